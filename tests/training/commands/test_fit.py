"""`molseek-train fit`: what it says, and mistakes in one line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file

from tests.support.recipes import write_run
from tests.support.runs import arguments, command


def test_the_command_trains_and_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files, preset = write_run(tmp_path, pairs=10, validation=4)
    code, shown, _ = command(monkeypatch, capsys, *arguments(files, preset, "epochs=2", "storage=int8"))
    assert code == 0
    assert "done: best epoch" in shown and str(files.out / "best") in shown
    assert "bag" in (files.out / "best" / "README.md").read_text()
    assert any(name.endswith(".int8") for name in load_file(files.out / "best" / "model.safetensors"))


@pytest.mark.parametrize("change", [{"preset": "nothing"}, {"pairs": "missing.tsv"}, {"set": "epochs=ten"}])
def test_mistakes_are_one_line(
    change: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files, preset = write_run(tmp_path, pairs=4, validation=2)
    files = replace(files, pairs=[change.get("pairs", files.pairs[0])])
    overrides = [change["set"]] if "set" in change else []
    code, _, errors = command(monkeypatch, capsys, *arguments(files, change.get("preset", str(preset)), *overrides))
    assert code == 1
    assert errors.startswith("molseek-train: ") and errors.count("\n") == 1
    assert not files.out.exists()
