"""A `model.py` beside a notebook is named, not imported in place of ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["model", "training", "indexer", "service"])
@pytest.mark.parametrize("package", [False, True])
def test_a_module_that_hides_ours_is_named(name: str, package: bool, tmp_path: Path) -> None:
    file = tmp_path / name / "__init__.py" if package else tmp_path / f"{name}.py"
    file.parent.mkdir(exist_ok=True)
    file.write_text("answer = 42\n", encoding="utf-8")
    run = _python(tmp_path, "import molseek")
    assert run.returncode != 0
    assert f"ImportError: Molseek's package '{name}' is hidden by" in run.stderr
    assert str(file) in run.stderr and "Rename" in run.stderr


def test_a_module_that_was_imported_before_is_named(tmp_path: Path) -> None:
    code = "import sys, types; m = types.ModuleType('model'); m.__file__ = '/notebook/model.py'; "
    run = _python(tmp_path, code + "sys.modules['model'] = m; import molseek")
    assert "hidden by /notebook/model.py" in run.stderr


def test_the_import_is_light(tmp_path: Path) -> None:
    """`import molseek` must not wait for torch: a notebook's first cell is quick."""
    run = _python(tmp_path, "import sys, molseek; sys.exit('torch' in sys.modules or 'faiss' in sys.modules)")
    assert run.returncode == 0, run.stderr


def _python(directory: Path, code: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
