"""`compare`: real tiny runs of the papers' presets, resumed, ensembled, beside embeddings from outside."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from model import load_checkpoint
from tests.support.tiny_run import SMALL, TinyFiles, write_tiny_files
from training.cli import app
from training.config import ConfigError
from training.evaluation import EvaluationError, as_json, embed, evaluate, prepare
from training.evaluation.metrics import metrics_of_ranks
from training.evaluation.rank_average import rank_of_truth_by_mean_rank
from training.loop.trainer import InterruptedRunError
from training.pairs import read_candidates, read_pairs
from training.runs import compare as comparing
from training.runs.compare import compare
from training.runs.compare_request import (
    CompareRequest,
    Ensemble,
    External,
    parse_ensemble,
    parse_external,
    parse_preset,
)
from training.runs.starting import load_encoder

ALL_RUNS = Ensemble("all-ensemble", ("all",), "cosines")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TinyFiles:
    return write_tiny_files(tmp_path_factory.mktemp("data"))


def request_for(files: TinyFiles, out: Path, *presets: str) -> CompareRequest:
    return CompareRequest(
        presets=presets,
        seeds=(0, 1),
        pairs=(files.pairs,),
        validation=files.validation,
        candidates=files.candidates,
        out=out,
        overrides=SMALL,
        workers=0,
        device="cpu",
    )


@pytest.fixture(scope="module")
def done(files: TinyFiles, tmp_path_factory: pytest.TempPathFactory) -> CompareRequest:
    """Two presets with two seeds each and their ensemble, trained once for the module."""
    request = replace(
        request_for(files, tmp_path_factory.mktemp("out"), "text2mol_mlp", "no_memory_bank"), ensembles=(ALL_RUNS,)
    )
    compare(request)
    return request


def figures(checkpoints: list[Path], files: TinyFiles) -> dict[str, dict[str, float | int]]:
    pairs, candidates = read_pairs(files.validation).pairs, read_candidates(files.candidates)
    return as_json(evaluate(load_encoder([str(path) for path in checkpoints]), pairs, candidates))


def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("trained what was finished")

    monkeypatch.setattr(comparing, "fit", refuse)


def test_every_preset_is_trained_with_every_seed(done: CompareRequest, files: TinyFiles) -> None:
    table = compare(done)
    assert [system.name for system in table.systems] == ["text2mol_mlp", "no_memory_bank", "all-ensemble"]
    for system in table.systems[:2]:
        assert [one.seed for one in system.measured] == [0, 1]
        for one in system.measured:
            best = done.out / "runs" / f"{system.name}-seed{one.seed}" / "best"
            assert one.metrics == figures([best], files)
            assert (one.metrics["text2mol"]["queries"], one.metrics["text2mol"]["pool"]) == (3, 5)
            network = load_checkpoint(best).network
            assert one.parameters == sum(parameter.numel() for parameter in network.parameters())
            assert one.seconds is not None
            assert one.epochs in (1, 2)
    kinds = {
        name: load_checkpoint(done.out / "runs" / f"{name}-seed0" / "best").network.config for name in done.presets
    }
    assert kinds["text2mol_mlp"].graph_encoder is not None
    assert kinds["text2mol_mlp"].graph_encoder.kind == "pooled_mlp"
    assert kinds["no_memory_bank"].projector.kind == "linear"


def test_the_ensemble_averages_all_runs(done: CompareRequest, files: TinyFiles) -> None:
    [ensemble] = [system for system in compare(done).systems if system.name == "all-ensemble"]
    members = [done.out / "runs" / f"{name}-seed{seed}" / "best" for name in done.presets for seed in (0, 1)]
    assert ensemble.measured[0].metrics == figures(members, files)
    assert ensemble.parameters == sum(
        sum(parameter.numel() for parameter in load_checkpoint(member).network.parameters()) for member in members
    )


def test_presets_have_seeds_of_their_own_and_ensembles_of_ranks(
    done: CompareRequest, files: TinyFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_training(monkeypatch)
    out = shutil.copytree(done.out, tmp_path / "out")
    ensembles = (Ensemble("mlp", ("text2mol_mlp",)), Ensemble("both", ("text2mol_mlp", "no_memory_bank")))
    table = compare(replace(done, out=out, seeds=(0,), own_seeds={"text2mol_mlp": (0, 1)}, ensembles=ensembles))
    assert [len(system.measured) for system in table.systems] == [2, 1, 1, 1]
    pairs, candidates = read_pairs(files.validation).pairs, read_candidates(files.candidates)
    prepared = prepare(pairs, candidates)
    members = [done.out / "runs" / f"text2mol_mlp-seed{seed}" / "best" for seed in (0, 1)]
    embedded = [embed(load_encoder([str(member)]), prepared) for member in members]
    ranks = rank_of_truth_by_mean_rank([(one.texts, one.molecules) for one in embedded], prepared.text_truth)
    mlp, both = table.systems[2:]
    assert mlp.measured[0].metrics["text2mol"] == metrics_of_ranks(ranks, 5).as_json()
    assert both.parameters == 2 * (table.systems[0].parameters or 0) + (table.systems[1].parameters or 0)


def test_checkpoints_are_selected_on_validation_and_measured_on_test(files: TinyFiles, tmp_path: Path) -> None:
    """The test pairs are three training pairs: dropped from training and counted, or kept on demand."""
    lines = Path(files.pairs).read_text(encoding="utf-8").splitlines()
    test = tmp_path / "test.tsv"
    test.write_text("\n".join(lines[:4]) + "\n", encoding="utf-8")
    request = replace(
        request_for(files, tmp_path / "out", "text2mol_mlp"),
        **{"seeds": (0,), "test": str(test), "texts": (files.pairs, files.validation)},  # type: ignore[arg-type]
    )
    table = compare(request)
    [run] = table.systems[0].measured
    assert {way: (values["queries"], values["pool"]) for way, values in run.metrics.items()} == {
        "text2mol": (3, 8),  # five candidates and the three test molecules, which are none of them
        "mol2text": (3, 3),
        "mol2text_all": (3, 11),
    }
    assert "## Molecule → text, all texts" in table.as_markdown()
    assert table.conditions["evaluated on"] == "test.tsv; validation.tsv selected each checkpoint"
    record = yaml.safe_load((request.out / "runs" / "text2mol_mlp-seed0" / "config.yaml").read_text(encoding="utf-8"))
    assert record["data"]["pairs"] == 5
    assert "test: 3 training pairs of 3 held-out molecules" in record["data"]["leaks"]
    kept = replace(request, keep_overlap=True, out=tmp_path / "kept")
    compare(kept)
    record = yaml.safe_load((kept.out / "runs" / "text2mol_mlp-seed0" / "config.yaml").read_text(encoding="utf-8"))
    assert (record["data"]["pairs"], record["data"]["overlap"]) == (8, "kept")


def test_presets_and_ensembles_are_read_from_text() -> None:
    assert parse_preset("paper") == ("paper", None)
    assert parse_preset("a=b/mine.yaml=0,12") == ("a=b/mine.yaml", (0, 12))
    assert parse_ensemble("Both=a, b", "ranks") == Ensemble("Both", ("a", "b"), "ranks")
    for wrong in ("Both", "=a", "Both=", "Both=a,"):
        with pytest.raises(ConfigError, match="NAME=PRESET"):
            parse_ensemble(wrong, "ranks")


def test_what_is_finished_is_not_repeated(
    done: CompareRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (done.out / "comparison.md").read_text(encoding="utf-8")
    no_training(monkeypatch)
    table = compare(done)
    assert (done.out / "comparison.md").read_text(encoding="utf-8") == table.as_markdown() == before
    assert json.loads((done.out / "comparison.json").read_text(encoding="utf-8")) == table.as_json()


def test_another_seed_is_added(files: TinyFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    request = replace(request_for(files, tmp_path, "text2mol_mlp"), seeds=(0,))
    first = compare(request)
    trained: list[str] = []
    fit = comparing.fit

    def counted(*arguments: object, **options: object) -> object:
        trained.append(arguments[0].name)  # type: ignore[attr-defined]
        return fit(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(comparing, "fit", counted)
    second = compare(replace(request, seeds=(0, 1)))
    assert trained == ["text2mol_mlp"]
    assert second.systems[0].measured[0] == first.systems[0].measured[0]


def test_an_interrupted_comparison_goes_on_to_the_same_table(
    done: CompareRequest, files: TinyFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped inside the second run; the first is not trained again, the second ends as if it had not been stopped."""
    from training.loop.trainer import Trainer

    request = replace(done, out=tmp_path)
    step = Trainer.train_step
    steps = 0

    def stopping(self: Trainer, number: int) -> dict[str, float]:
        nonlocal steps
        steps += 1
        if steps == 4 + 3:  # two epochs of two batches, then the third step of the next run
            raise InterruptedRunError("stopped")
        return step(self, number)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "train_step", stopping)
        with pytest.raises(InterruptedRunError):
            compare(request)
    partial = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    assert [system["name"] for system in partial["systems"]] == ["text2mol_mlp"]
    resumed, whole = compare(request), compare(done)
    for one, other in zip(resumed.systems, whole.systems, strict=True):
        assert [run.metrics for run in one.measured] == [run.metrics for run in other.measured]


def test_results_of_another_recipe_or_other_data_are_refused(
    done: CompareRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_training(monkeypatch)
    with pytest.raises(ConfigError, match="another recipe or other data"):
        compare(replace(done, overrides=(*SMALL, "epochs=3")))
    changed = tmp_path / "pairs.tsv"
    changed.write_text(Path(done.pairs[0]).read_text(encoding="utf-8") + "CCCC\tAn alkane.\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="another recipe or other data"):
        compare(replace(done, pairs=(str(changed),)))


def test_data_may_move(done: CompareRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    no_training(monkeypatch)
    moved = write_tiny_files(tmp_path / "elsewhere")
    compare(replace(done, pairs=(moved.pairs,), validation=moved.validation, candidates=moved.candidates))


def external(folder: Path, name: str, flip: bool) -> External:
    """Texts and molecules of one direction each; with `flip` the third text points at a wrong molecule."""
    texts, molecules = folder / f"{name}-t.npz", folder / f"{name}-m.npz"
    axes = np.eye(5, dtype=np.float32)
    np.savez(texts, ids=np.array(["1", "2", "3"]), embeddings=axes[[0, 1, 3 if flip else 2]] + 0.1 * axes[2])
    np.savez(molecules, ids=np.array(["5", "4", "3", "2", "1"]), embeddings=axes[::-1])
    return External(name, texts, molecules)


def test_external_systems_stand_in_the_same_table(done: CompareRequest, tmp_path: Path) -> None:
    outside = [external(tmp_path, "perfect", False), external(tmp_path, "theirs", True)]
    outside.append(replace(outside[0], name="theirs"))
    table = compare(replace(done, presets=(), ensembles=(), out=tmp_path / "out", externals=outside))
    perfect, theirs = table.systems
    assert perfect.figure("text2mol", "hits@1").mean == 1.0
    assert perfect.figure("text2mol", "mean_rank").mean == 1.0
    # A run in which the third text has its molecule second, and one without fault: (2/3 + 1) / 2.
    assert theirs.figure("text2mol", "hits@1").mean == pytest.approx(5 / 6)
    assert theirs.figure("text2mol", "mrr").mean == pytest.approx((2.5 / 3 + 1) / 2)
    assert theirs.figure("text2mol", "hits@1").std == pytest.approx((1 / 18) ** 0.5)
    assert "| theirs | 2 |" in table.as_markdown()
    swapped = External("theirs", outside[0].molecules, outside[0].texts)
    with pytest.raises(EvaluationError, match="no embedding"):
        compare(replace(done, presets=(), ensembles=(), out=tmp_path / "swapped", externals=[swapped]))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"presets": ("paper", "paper")}, "two systems are called 'paper'"),
        ({"presets": ("paper",), "externals": (External("paper", Path(), Path()),)}, "two systems are called 'paper'"),
        ({"presets": ("paper",), "overrides": ("name=../up",)}, "cannot be the name of a directory"),
        ({"presets": ("paper",), "seeds": (1, 1)}, "a seed is given twice"),
        ({"presets": ("paper",), "seeds": ()}, "no seeds"),
        ({"presets": ("nothing",)}, "no preset 'nothing'"),
        ({"presets": ()}, "nothing to compare"),
        (
            {"presets": ("paper",), "ensembles": (Ensemble("two", ("aman",)),)},
            "two is of presets that are not compared",
        ),
    ],
)
def test_mistakes_show_before_anything_is_trained(
    files: TinyFiles, tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        compare(replace(request_for(files, tmp_path / "out"), **changes))  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("text", ["", "name", "name=", "name=a.npz", "=a,b", "name=a,"])
def test_external_systems_are_named_with_two_files(text: str) -> None:
    with pytest.raises(ConfigError, match=r"NAME=texts.npz,molecules.npz"):
        parse_external(text)
    assert parse_external("theirs=a.npz,b.npz") == External("theirs", Path("a.npz"), Path("b.npz"))


def command(done: CompareRequest, *more: str) -> list[str]:
    arguments = ["compare", "--validation", done.validation, "--candidates", done.candidates, "--out", str(done.out)]
    arguments += [part for preset in done.presets for part in ("--preset", preset)]
    arguments += [part for override in done.overrides for part in ("--set", override)]
    return [*arguments, "--pairs", done.pairs[0], "--workers", "0", "--device", "cpu", *more]


def test_the_command_prints_the_table(done: CompareRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    no_training(monkeypatch)
    answer = CliRunner().invoke(
        app, command(done, "--seeds", "0,1", "--ensemble", "all-ensemble=all", "--average", "cosines")
    )
    assert answer.exit_code == 0, answer.output
    assert answer.output.strip() == (done.out / "comparison.md").read_text(encoding="utf-8").strip()
    assert "- training pairs: pairs.tsv" in answer.output
    for wrong, reason in (("x", "whole numbers"), ("-1", "0 or more")):
        failed = CliRunner().invoke(app, command(done, "--seeds", wrong))
        assert isinstance(failed.exception, ConfigError)
        assert reason in str(failed.exception)


def test_evaluate_and_ensemble_commands_agree(done: CompareRequest, tmp_path: Path) -> None:
    """Several --checkpoint, and the checkpoint made of them, give the same figures."""
    members = [done.out / "runs" / f"{name}-seed0" / "best" for name in done.presets]
    both = [part for member in members for part in ("--checkpoint", str(member))]
    made = CliRunner().invoke(app, ["ensemble", *both, "--out", str(tmp_path / "both"), "--name", "both"])
    assert made.exit_code == 0, made.output
    assert "2 members, 32 dimensions" in made.output
    data = ["--pairs", done.validation, "--candidates", done.candidates]
    for source, out in ((both, "a.json"), (["--checkpoint", str(tmp_path / "both")], "b.json")):
        answer = CliRunner().invoke(app, ["evaluate", *source, *data, "--json", str(tmp_path / out)])
        assert answer.exit_code == 0, answer.output
    assert (tmp_path / "a.json").read_text() == (tmp_path / "b.json").read_text()
