"""Runs that were stopped or killed end as if nobody had disturbed them."""

from __future__ import annotations

import json
import random
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.recipes import write_run
from tests.support.runs import EPOCHS, arguments, assert_same_run, started, wait_for
from training.config import load_preset
from training.loop.run_state import Position
from training.loop.trainer import InterruptedRunError, Trainer
from training.runs.fit import fit
from training.runs.run_data import RunFiles


@pytest.mark.slow
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
