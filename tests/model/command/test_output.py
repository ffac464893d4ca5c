"""Commands whose output cannot be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
COMMANDS = {
    "molseek": "molseek.cli",
    "molseek-index": "indexer.cli",
    "molseek-serve": "service.cli",
    "molseek-train": "training.cli",
}
_MANY_LINES = """
from model.command.output import written_output
with written_output("many"):
    for number in range(100_000):
        print(number)
"""


def run(*arguments: str, stdout: object, unbuffered: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    command = [sys.executable, *arguments]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, env=environment)  # type: ignore[call-overload,no-any-return]


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_disk_is_a_sentence(name: str, unbuffered: str) -> None:
    with FULL.open("w") as full:
        done = run("-m", COMMANDS[name], "--help", stdout=full, unbuffered=unbuffered)
    assert done.returncode == 1
    assert done.stderr == f"{name}: the output cannot be written: No space left on device\n"


def test_who_closes_a_pipe_is_told_nothing() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run("-c", _MANY_LINES, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (1, "")


def test_letters_that_an_output_lacks_are_replaced() -> None:
    code = _MANY_LINES.replace("print(number)", "print('α')").replace("100_000", "1")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env={**os.environ, "PYTHONIOENCODING": "latin-1"}
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"?\n", b"")


def test_errors_that_cannot_be_told_stop_nothing(tmp_path: Path) -> None:
    code = "import sys; from model.command.output import written_output\n"
    code += "with written_output('any'): print('lost', file=sys.stderr); print('kept')"
    with FULL.open("w") if FULL.exists() else (tmp_path / "errors").open("w") as full:
        done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=full, text=True)
    assert (done.returncode, done.stdout) == (0, "kept\n")


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the output")
def test_a_closed_output_is_none() -> None:
    code = "from model.command.output import written_output\nwith written_output('any'): print('lost')"
    done = subprocess.run(f'"{sys.executable}" -c "{code}" >&-', shell=True, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_json_keeps_letters_that_an_output_lacks(encoding: str) -> None:
    value = {"naïve α 🧪": ["→", 1]}
    code = "from model.command.output import json_text, written_output\n"
    code += f"with written_output('one'):\n    print(json_text({value!a}, indent=1))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}, check=True
    )
    assert json.loads(done.stdout.decode(encoding)) == value
    assert ("α".encode() in done.stdout) is (encoding == "utf-8")
