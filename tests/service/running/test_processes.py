"""Processes on one port: replaced when they die, ended when the supervisor is told to or is gone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.running.processes import bind

REPOSITORY = Path(__file__).parents[2]
# Each process announces itself with a file of its number, and would take a minute to end.
PROGRAM = """
import os, sys, time
from functools import partial
from pathlib import Path
from service.running.processes import Supervisor

def serve(folder, place, again, announce):
    if (folder / "broken").exists():
        sys.exit(3)
    announce()
    (folder / f"{os.getpid()}.pid").write_text(f"{place}{again}")
    time.sleep(60)

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    died = lambda place: (folder / "died").write_text(str(place))
    sys.exit(Supervisor(partial(serve, folder), 2, 5.0, died).run((folder / "ready").touch))
"""


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return not Path(f"/proc/{pid}/stat").read_text().split(")")[1].startswith(" Z")
    except OSError:
        return False


def members(folder: Path) -> set[int]:
    return {pid for path in folder.glob("*.pid") if alive(pid := int(path.stem))}


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    process = subprocess.Popen(
        [sys.executable, str(program), str(tmp_path)], env=os.environ | {"PYTHONPATH": str(REPOSITORY)}
    )
    yield process
    process.kill()
    process.wait()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_a_process_that_dies_is_replaced_and_all_end_with_the_supervisor(
    supervisor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    eventually((tmp_path / "ready").exists)
    eventually(lambda: len(members(tmp_path)) == 2)
    killed, kept = members(tmp_path)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: len(members(tmp_path)) == 2 and kept in members(tmp_path))
    eventually(lambda: (tmp_path / "died").is_file() and (tmp_path / "died").read_text() != "")
    died = (tmp_path / "died").read_text()
    assert (tmp_path / f"{killed}.pid").read_text() == died + "False"
    eventually(
        lambda: (
            {(tmp_path / f"{pid}.pid").read_text() for pid in members(tmp_path)}
            == {died + "True", str(1 - int(died)) + "False"}
        )
    )
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(20) == 0
    assert members(tmp_path) == set()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc")
def test_processes_do_not_outlive_a_supervisor_that_was_killed(
    supervisor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    eventually(lambda: len(members(tmp_path)) == 2)
    supervisor.kill()
    eventually(lambda: not members(tmp_path))


def test_what_cannot_start_ends_the_supervisor(supervisor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    (tmp_path / "broken").touch()
    assert supervisor.wait(60) == 3


def test_a_port_is_shared_only_by_those_that_say_so() -> None:
    with bind("127.0.0.1", 0, shared=True) as first:
        first.listen()
        port = first.getsockname()[1]
        with bind("127.0.0.1", port, shared=True) as second:
            assert second.getsockname() == first.getsockname()
        with pytest.raises(OSError):
            bind("127.0.0.1", port)


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(socket.gaierror):
        bind("no such host.invalid", 80)
