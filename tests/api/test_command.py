"""`molseek-serve` as a process: it serves, says how to ask, and ends when told."""

from __future__ import annotations

import json
import os
import queue
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner

from service.cli import cli
from tests.api.corpus import Index, copy_index

REPOSITORY = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "service.cli"]


def environment(**variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOLSEEK_")}
    return kept | {"PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"} | variables


class Served:
    """A running service: its process, the query it suggested, its address and the lines of its log."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.log: queue.Queue[str] = queue.Queue()
        assert process.stderr is not None and process.stdout is not None
        threading.Thread(target=self._drain, daemon=True).start()
        deadline = time.monotonic() + 60
        self.example = ""
        self.announced = ""
        while not self.example.startswith("curl ") and time.monotonic() < deadline and process.poll() is None:
            self.example = process.stdout.readline().strip()
            self.announced += self.example
        assert self.example.startswith("curl "), f"the service did not start: {self.example} {self.lines()}"
        self.url = next(word for word in shlex.split(self.example) if word.startswith("http"))
        self.port = int(self.url.split(":")[2].split("/")[0])

    def _drain(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.log.put(line)

    def lines(self) -> list[str]:
        found = []
        while not self.log.empty():
            found.append(self.log.get())
        return found


@pytest.fixture(scope="module")
def served(index: Index) -> Iterator[Served]:
    arguments = ["--checkpoint", str(index.checkpoint), "--index", str(index.root), "--port", "0"]
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    try:
        yield Served(process)
    finally:
        process.kill()
        process.wait()


def raw(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send bytes as they are, and everything that comes back until the service closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    return received


def test_the_suggested_query_works(served: Served) -> None:
    words = shlex.split(served.example)
    assert words[:2] == ["curl", "-s"]
    body = words[words.index("-d") + 1]
    answer = httpx2.post(served.url, content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert len(answer.json()["results"][0]) == 3


def test_the_page_is_announced(served: Served) -> None:
    page = next(word for word in served.announced.split() if word.startswith("http"))
    assert page == f"http://127.0.0.1:{served.port}/"
    assert "Molseek" in httpx2.get(page).text


def test_one_line_a_request_and_nothing_of_the_query(served: Served) -> None:
    served.lines()
    httpx2.post(served.url + "?hidden=1", json={"query": "an unpublished drug", "k": 2}, headers={"X-Request-ID": "r1"})
    httpx2.post(served.url, json={"query": "another unpublished drug", "k": 0})
    time.sleep(0.5)
    lines = served.lines()
    ok, refused = [json.loads(line) for line in lines]
    assert "unpublished" not in "".join(lines) and "hidden" not in "".join(lines)
    assert (ok["request_id"], ok["method"], ok["path"], ok["status"], ok["k"]) == (
        "r1", "POST", "/search/text2mol", 200, 2
    )  # fmt: skip
    assert ok["ms"] > 0 and ok["release"]
    assert (refused["status"], refused["problem_code"]) == (422, "k_out_of_range")


@pytest.mark.parametrize("declared", [True, False])
def test_large_bodies_over_the_wire(served: Served, declared: bool) -> None:
    """Refused on a declared length and on counted chunks, with an answer that reaches the client."""
    body = b'{"query": "' + b"a" * 3_000_000 + b'"}'

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    content = body if declared else chunks()
    answer = httpx2.post(served.url, content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert answer.headers["content-type"] == "application/problem+json"


def test_large_body_is_refused_before_it_is_sent(served: Served) -> None:
    head = b"POST /search/text2mol HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\nExpect: 100-continue\r\n\r\n"
    received = raw(served.port, head)  # none of the body is ever sent: a service that waited for it would answer 408
    assert received.startswith(b"HTTP/1.1 413")


def test_ends_cleanly_when_told(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=20):  # an idle connection does not hold it up
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(timeout=20) == 0
    assert "Traceback" not in "".join(served.lines())


@pytest.mark.slow
def test_a_missing_index_is_one_line_of_the_process(index: Index, tmp_path: Path) -> None:
    arguments = ["--checkpoint", str(index.checkpoint), "--index", str(tmp_path / "none")]
    done = subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=60, env=environment(), check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert "the index directory does not exist" in line


@pytest.fixture
def quiet_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command, run in this process, leaves logging and signals of the tests alone."""
    monkeypatch.setattr("service.cli.configure_logging", lambda *_: None)
    monkeypatch.setattr("signal.signal", lambda *_: None)


@pytest.mark.parametrize(
    ("checkpoint", "root", "said"),
    [
        ("none", "good", "no checkpoint"),
        ("empty", "good", "is not a checkpoint"),
        ("good", "none", "does not exist"),
        ("good", "empty", "no release is published"),
        ("good", "foreign", "was built with checkpoint"),
        ("good", "damaged", "records.sqlite"),
    ],
)
@pytest.mark.usefixtures("quiet_command")
def test_what_cannot_be_served_is_one_line(index: Index, tmp_path: Path, checkpoint: str, root: str, said: str) -> None:
    (tmp_path / "empty").mkdir()
    checkpoints = {"good": index.checkpoint}
    roots = {"good": index.root, "foreign": index.foreign}
    if root == "damaged":
        copy_index(index.root, tmp_path / "damaged")
        (tmp_path / "damaged" / "releases" / index.first / "records.sqlite").unlink()
    result = CliRunner().invoke(
        cli,
        [
            "--port", "0",
            "--checkpoint", str(checkpoints.get(checkpoint, tmp_path / checkpoint)),
            "--index", str(roots.get(root, tmp_path / root)),
        ],
    )  # fmt: skip
    assert result.exit_code == 1
    [line] = result.output.splitlines()
    assert line.startswith("molseek-serve: ") and said in line


@pytest.mark.usefixtures("quiet_command")
def test_a_port_in_use_is_one_line_before_anything_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        arguments = ["--checkpoint", str(tmp_path), "--index", str(tmp_path), "--port", str(port)]
        result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"molseek-serve: cannot listen on 127.0.0.1 port {port}: Address already in use"
    ]
