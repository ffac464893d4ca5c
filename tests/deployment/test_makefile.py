"""What a newcomer's first `make` does before anything is installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_make_alone_lists_the_targets() -> None:
    listed = make()
    assert listed.returncode == 0
    for target in ("serve", "test", "lint", "slow", "clean"):
        assert f"  {target} " in listed.stdout


def test_without_a_usable_python_the_error_says_what_to_install(tmp_path: Path) -> None:
    shim = tmp_path / "python3.11"
    shim.write_text("#!/bin/sh\necho 'python3.11: command not found' >&2\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    venv = tmp_path / "venv"
    refused = make(f"VENV={venv}", f"PYTHON={shim}", f"{venv}/bin/python")
    assert refused.returncode != 0
    assert "No usable Python found: Molseek needs Python 3.11, 3.12 or 3.13" in refused.stderr
    assert not venv.exists()


def test_a_shim_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    shim = tmp_path / "python3.11"
    shim.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    venv = tmp_path / "venv"
    made = make(f"VENV={venv}", f"PYTHON={shim} {sys.executable}", f"{venv}/bin/python")
    assert made.returncode == 0, made.stderr
    assert (venv / "bin" / "python").exists()


def test_the_second_time_nothing_is_installed(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    for done in ("bin/python", ".installed-service", ".installed-dev"):
        (venv / done).touch()
    planned = make("--dry-run", f"VENV={venv}", "test")
    assert planned.returncode == 0, planned.stderr
    assert "pytest" in planned.stdout
    assert "install" not in planned.stdout.replace(".installed", "")


def test_the_service_is_installed_without_what_only_developers_need(tmp_path: Path) -> None:
    planned = make("--dry-run", f"VENV={tmp_path}/venv", f"INDEX={tmp_path}/index", "serve")
    assert planned.returncode == 0, planned.stderr
    assert "-e ." in planned.stdout
    assert "[train" not in planned.stdout and "dev]" not in planned.stdout
    assert planned.stdout.index("torch") < planned.stdout.index("-e .")
