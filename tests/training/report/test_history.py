"""Histories as curves: repeated steps, torn last lines, the epoch that was kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.report.errors import ReportError
from training.report.history import Progress, progress, read_history


def write(path: Path, *lines: dict[str, object], tail: str = "") -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + tail, encoding="utf-8")
    return path


def validation(step: int, epoch: int, mrr: float) -> dict[str, object]:
    return {"kind": "validation", "step": step, "epoch": epoch, "seconds": 60.0 * epoch, "text2mol/mrr": mrr}


def test_of_a_step_that_a_resumed_run_repeats_the_last_line_counts(tmp_path: Path) -> None:
    history = read_history(
        write(
            tmp_path / "history.jsonl",
            {"kind": "train", "step": 10, "learning_rate": 0.1, "infonce": 5.0, "total": 5.0},
            {"kind": "train", "step": 20, "learning_rate": 0.1, "infonce": 4.0, "total": 4.0},
            validation(20, 1, 0.1),
            {"kind": "train", "step": 20, "learning_rate": 0.1, "infonce": 3.0, "total": 3.0},
            validation(20, 1, 0.2),
        )
    )
    assert history.losses["infonce"].steps == (10, 20)
    assert history.losses["infonce"].values == (5.0, 3.0)
    assert "learning_rate" not in history.losses
    assert history.validation["text2mol/mrr"].values == (0.2,)
    assert history.seconds == 60


def test_a_torn_last_line_is_left_out_and_another_is_an_error(tmp_path: Path) -> None:
    torn = write(tmp_path / "torn.jsonl", validation(5, 1, 0.1), tail='{"kind": "val')
    assert read_history(torn).epochs == (1,)
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"kind": "val\n' + json.dumps(validation(5, 1, 0.1)) + "\n", encoding="utf-8")
    with pytest.raises(ReportError, match="line 1"):
        read_history(broken)


def test_the_earliest_of_equally_good_validations_is_the_best(tmp_path: Path) -> None:
    path = write(tmp_path / "h.jsonl", validation(5, 1, 0.1), validation(10, 2, 0.4), validation(15, 3, 0.4))
    assert read_history(path).best() == 1


def test_a_run_that_was_never_validated_has_no_best(tmp_path: Path) -> None:
    assert read_history(write(tmp_path / "h.jsonl")).best() is None


def test_a_run_is_unfinished_until_its_last_epoch_is_validated(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    validated = read_history(write(tmp_path / "h.jsonl", validation(5, 1, 0.1), validation(10, 2, 0.4)))
    assert progress(config, validated) is None  # not known
    config.write_text("config: {epochs: 3}\n")
    assert progress(config, validated) == Progress(2, 3)
    assert progress(config, read_history(write(tmp_path / "none.jsonl"))) == Progress(0, 3)
    config.write_text("config: {epochs: 2}\n")
    assert progress(config, validated) is None
