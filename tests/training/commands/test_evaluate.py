"""`molseek-train evaluate` on a finished run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from model import load_checkpoint
from tests.support.runs import command
from training.runs.run_data import RunFiles


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
