"""The deployment for real: needs a container engine, named by ENGINE (default: docker compose)."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

SMOKE = Path(__file__).resolve().parents[2] / "docker" / "smoke.sh"


def engine_answers() -> bool:
    """Whether the compose command is there and reaches an engine."""
    try:
        command = [*shlex.split(os.environ.get("ENGINE", "docker compose")), "ps"]
        return subprocess.run(command, capture_output=True, timeout=60, check=False, cwd=SMOKE.parent).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_deployment_serves_rebuilds_and_takes_the_release_over() -> None:
    if not engine_answers():
        pytest.skip("no container engine: set ENGINE to a compose command that reaches one")
    done = subprocess.run([str(SMOKE)], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout
    assert "smoke: passed" in done.stdout
