"""A tiny checkpoint that learns classes and roles."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from model import CheckpointError, load_checkpoint, parse_structure, save_checkpoint, save_ensemble
from tests.support.tiny import tiny_config, tiny_encoder
from tests.support.tiny_run import SMALL
from training.categories.questions import Questions
from training.categories.tune_checkpoint import Tuned, TuneRequest, tune_checkpoint
from training.categories.tuning import TuningSettings
from training.cli import app
from training.config import ConfigError, load_preset
from training.inputs.corpus import Corpus
from training.pairs import Pair
from training.runs.network import build_encoder

KINDS = {"O": ("alcohol", "a solvent"), "N": ("amine", "a base"), "S": ("thiol", "an odour")}
TRAINED = {
    f"{'C' * length}{atom}": f"The molecule is an {kind} that is long. It has a role as {role}."
    for atom, (kind, role) in KINDS.items()
    for length in range(1, 9)
}
HELD_OUT = {
    f"C{'C' * length}(C){atom}": f"The molecule is an {kind}. It has a role as {role}."
    for atom, (kind, role) in KINDS.items()
    for length in range(2, 12)
}
SETTINGS = TuningSettings(steps=25, questions=16, anchors=8, anchor_weight=5.0)
RECIPE = load_preset("compact", [*SMALL, "model.text_bag.width=16", "model.molecule_bag.width=16", "storage=float32"])


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of the compact recipe that was made and not trained: it knows the words, and all molecules apart."""
    encoder = build_encoder(RECIPE, Corpus(list(TRAINED), list(TRAINED.values()), workers=0))
    directory = tmp_path_factory.mktemp("start") / "start"
    record = {"preset": "of old", "config": RECIPE.model_dump(mode="json")}
    save_checkpoint(directory, encoder, name="start", training=record, precision=RECIPE.storage)
    return directory


def _request(start: Path, folder: Path) -> TuneRequest:
    for name, captions in (("pairs", TRAINED), ("validation", HELD_OUT)):
        rows = "".join(f"{smiles}\t{text}\n" for smiles, text in captions.items())
        (folder / f"{name}.tsv").write_text(f"smiles\tdescription\n{rows}")
    return TuneRequest(
        checkpoint=str(start),
        pairs=[str(folder / "pairs.tsv")],
        validation=str(folder / "validation.tsv"),
        candidates=str(folder / "validation.tsv"),
        out=folder / "out",
        settings=SETTINGS,
        workers=0,
    )


@pytest.fixture
def request_(start: Path, tmp_path: Path) -> TuneRequest:
    return _request(start, tmp_path)


@pytest.fixture(scope="module")
def finished(start: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[TuneRequest, Tuned]:
    """A tuning at its end, done once for the module."""
    request = _request(start, tmp_path_factory.mktemp("finished"))
    return request, tune_checkpoint(request)


def test_categories_are_learned_and_the_molecule_tower_is_not_touched(finished: tuple[TuneRequest, Tuned]) -> None:
    request, tuned = finished
    before, after = tuned.categories
    # Most names of parts are none of the words that so small a network was made of.
    for kind, least in (("class", 0.05), ("role", 0.05), ("structure", 0.02)):
        assert after[kind].mean_average_precision > before[kind].mean_average_precision + least
    first, best = load_checkpoint(request.checkpoint), load_checkpoint(request.out / "best")
    molecules = [parse_structure(smiles) for smiles in HELD_OUT]
    assert np.array_equal(first.encoder.encode_molecules(molecules), best.encoder.encode_molecules(molecules))
    old, new = first.network.state_dict(), best.network.state_dict()
    assert {name.split(".")[0] for name in old if not torch.equal(old[name], new[name])} == {"text_encoder", "text_bag"}


def test_the_record_tells_of_both_trainings(finished: tuple[TuneRequest, Tuned]) -> None:
    request, tuned = finished
    first, best = load_checkpoint(request.checkpoint), load_checkpoint(request.out / "best")
    record = best.info.training["tuned"]
    assert isinstance(record, dict)
    assert (best.info.training["preset"], record["from"]) == ("of old", first.digest)
    assert str(request.out.parent) not in str(best.info.training)
    metrics = best.info.metrics["text2mol"]
    assert isinstance(metrics, dict)
    assert metrics["mrr"] == pytest.approx(tuned.mrr[1], abs=1e-4)


def moved(request: TuneRequest) -> float:
    texts = [*TRAINED.values()]
    first, best = load_checkpoint(request.checkpoint).encoder, load_checkpoint(request.out / "best").encoder
    return float(1 - (first.encode_text(texts) * best.encode_text(texts)).sum(axis=1).mean())


def test_anchors_hold_other_texts_where_they_are(request_: TuneRequest, finished: tuple[TuneRequest, Tuned]) -> None:
    loose = replace(request_, settings=SETTINGS.model_copy(update={"anchor_weight": 0.0}))
    tune_checkpoint(loose)
    assert moved(finished[0]) < 0.5 * moved(loose)


def killed(request: TuneRequest) -> None:
    """The same tuning in a process that ends in its middle, as a kill would end it, having just saved."""
    code = f"""
import os, training.categories.tuning as tuning
from pathlib import Path
from training.categories.tune_checkpoint import TuneRequest, tune_checkpoint
save = tuning.save_state
def save_and_die(*arguments):
    save(*arguments)
    if arguments[1].step == 12:
        os.kill(os.getpid(), 9)
tuning.save_state = save_and_die
tuning.tune.__kwdefaults__["save_every_seconds"] = 0.0
tune_checkpoint(TuneRequest({request.checkpoint!r}, {request.pairs!r}, {request.validation!r}, {request.candidates!r},
    Path({str(request.out)!r}), tuning.TuningSettings(**{request.settings.model_dump()!r}), 0))
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert ended.returncode == -9, ended.stderr


@pytest.mark.slow
def test_a_killed_tuning_goes_on_to_the_same_end(request_: TuneRequest, finished: tuple[TuneRequest, Tuned]) -> None:
    killed(request_)
    assert not (request_.out / "best").exists()
    tune_checkpoint(request_)
    ended, expected = (load_checkpoint(one.out / "best").network.state_dict() for one in (request_, finished[0]))
    assert all(torch.allclose(ended[name], expected[name], atol=1e-5) for name in expected)


def test_a_finished_tuning_is_not_done_again(finished: tuple[TuneRequest, Tuned]) -> None:
    request, tuned = finished
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("training.categories.tune_checkpoint.read_pairs", None)
        assert tune_checkpoint(request) == tuned


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: replace(one, settings=SETTINGS.model_copy(update={"seed": 1})), "configuration or other data"),
        (lambda one: replace(one, pairs=[*one.pairs, one.pairs[0] + "?smiles=CO"]), "configuration or other data"),
        (lambda one: replace(one, out=Path(one.checkpoint)), "is not a run of this command"),
    ],
)
def test_another_directory_than_its_own_is_refused(
    finished: tuple[TuneRequest, Tuned], change: Callable[[TuneRequest], TuneRequest], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        tune_checkpoint(change(finished[0]))


def test_texts_without_classes_teach_nothing(request_: TuneRequest, tmp_path: Path) -> None:
    (tmp_path / "names.tsv").write_text("smiles\tdescription\nCO\tThe molecule is methanol.\n")
    with pytest.raises(ConfigError, match="nothing to learn"):
        tune_checkpoint(replace(request_, pairs=[str(tmp_path / "names.tsv")]))
    assert not request_.out.exists()


def test_an_ensemble_is_not_tuned(request_: TuneRequest, tmp_path: Path) -> None:
    save_ensemble(tmp_path / "both", [request_.checkpoint, request_.checkpoint], name="both")
    with pytest.raises(CheckpointError, match="ensemble"):
        tune_checkpoint(replace(request_, checkpoint=str(tmp_path / "both")))


def test_held_out_molecules_are_not_learned_from(
    request_: TuneRequest, finished: tuple[TuneRequest, Tuned], tmp_path: Path
) -> None:
    everything = tmp_path / "everything.tsv"
    rows = [f"{smiles}\t{text}\n" for smiles, text in (TRAINED | HELD_OUT).items()]
    everything.write_text("".join(["smiles\tdescription\n", *rows]))
    assert tune_checkpoint(replace(request_, pairs=[str(everything)])) == finished[1]


def test_it_is_stored_as_its_recipe_says(request_: TuneRequest, tmp_path: Path) -> None:
    recipe = RECIPE.model_copy(update={"storage": "int8"}).model_dump(mode="json")
    network = load_checkpoint(request_.checkpoint).network
    save_checkpoint(tmp_path / "small", network, name="small", training={"config": recipe}, precision="int8")
    tune_checkpoint(replace(request_, checkpoint=str(tmp_path / "small")))
    weights = [one / "model.safetensors" for one in (tmp_path / "small", request_.out / "best")]
    assert weights[0].stat().st_size == weights[1].stat().st_size


def test_a_checkpoint_without_a_recipe_is_tuned_too(request_: TuneRequest, tmp_path: Path) -> None:
    save_checkpoint(tmp_path / "bags", tiny_encoder(tiny_config(text_encoder=None, graph_encoder=None)), name="bags")
    tune_checkpoint(replace(request_, checkpoint=str(tmp_path / "bags")))
    assert load_checkpoint(request_.out / "best").name == "bags"


def test_the_command_says_what_it_brought(request_: TuneRequest) -> None:
    options = ["--checkpoint", request_.checkpoint, "--pairs", request_.pairs[0], "--out", str(request_.out)]
    options += ["--validation", request_.validation, "--candidates", request_.candidates, "--workers", "0"]
    answer = CliRunner().invoke(app, ["tune", *options, "--steps", "1"])
    assert answer.exit_code == 0, answer.output
    lines = answer.output.splitlines()
    assert [line.split()[0] for line in lines] == ["class", "role", "structure", "text2mol"]
    assert all("→" in line for line in lines)


def test_questions_are_of_training_molecules_alone() -> None:
    pairs = [Pair(smiles, text, None, "") for smiles, text in TRAINED.items()]
    questions = Questions(pairs, {pair.smiles: pair.smiles for pair in pairs})
    assert set(questions.molecules) == set(TRAINED)
    assert questions.sample(random.Random(0)).answers
