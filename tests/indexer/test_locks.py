"""One build and one publication at a time; locks end with the process that holds them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from indexer.errors import LockedError
from indexer.locks import exclusive


def test_a_second_build_is_refused_at_once_and_names_the_first(tmp_path: Path) -> None:
    with (
        exclusive(tmp_path, "build"),
        pytest.raises(LockedError, match=f"another build .*process {os.getpid()}"),
        exclusive(tmp_path, "build"),
    ):
        pass
    with exclusive(tmp_path, "build"):
        pass


def test_publications_do_not_wait_for_builds(tmp_path: Path) -> None:
    with exclusive(tmp_path, "build"), exclusive(tmp_path, "publish"):
        pass


def test_a_killed_process_holds_no_lock(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from indexer.locks import exclusive\n"
        "with exclusive(Path(sys.argv[1]), 'build'):\n    os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == -9
    with exclusive(tmp_path, "build"):
        pass
