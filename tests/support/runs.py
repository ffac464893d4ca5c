"""Runs of `molseek-train fit`, in this process or in one to be killed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from safetensors.torch import load_file

from model import load_checkpoint
from training.cli import main
from training.runs.run_data import RunFiles

REPOSITORY = Path(__file__).parents[2]
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
