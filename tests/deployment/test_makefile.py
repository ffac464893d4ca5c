"""What a newcomer's first `make` does before anything is installed."""

from __future__ import annotations

import os
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


@pytest.mark.parametrize(
    ("stamp", "stays"), [(".made-from-compact-example-", False), (".made-from-compact-mine.tsv-", True), ("", True)]
)
def test_clean_leaves_what_it_did_not_make(tmp_path: Path, stamp: str, stays: bool) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for folder in (".venv/bin", "var/audit", "var/mine/releases/one", "var/index/releases/one", "model/__pycache__"):
        (tmp_path / folder).mkdir(parents=True)
    index = tmp_path / "var" / "index"
    (index / "current").symlink_to("releases/one")
    if stamp:
        (index / stamp).touch()
        os.utime(index / stamp, (4e9, 4e9))
    done = make("-C", str(tmp_path), "clean")
    assert done.returncode == 0, done.stderr
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("**/*") if path.is_dir()}
    assert left == {"var", "var/mine", "var/mine/releases", "var/mine/releases/one", "model"} | (
        {"var/index", "var/index/current", "var/index/releases", "var/index/releases/one"} if stays else set()
    )


def test_clean_leaves_what_was_built_after_it(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    index = tmp_path / "var" / "index"
    index.mkdir(parents=True)
    (index / ".made-from-compact-example-").touch()
    os.utime(index / ".made-from-compact-example-", (1e9, 1e9))
    (index / "releases" / "of-my-own").mkdir(parents=True)
    (index / "current").symlink_to("releases/of-my-own")
    assert make("-C", str(tmp_path), "clean").returncode == 0
    assert (index / "current").is_dir()


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
