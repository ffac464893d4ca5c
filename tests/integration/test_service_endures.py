"""A real service whose processes are killed under load, and that is told to stop: nobody's request is lost for it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from tests.api.corpus import Index, build_index

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes in /proc"),
]

REPOSITORY = Path(__file__).parents[2]
CLIENTS = 4
LOST = -1  # a connection that ended without an answer


@pytest.fixture(scope="module")
def index(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    return build_index(tiny_checkpoint, tmp_path_factory.mktemp("endures"))


class Served:
    """A service on a free port."""

    def __init__(self, index: Index, processes: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        command = [sys.executable, "-m", "service.cli", "--checkpoint", str(index.checkpoint)]
        command += ["--index", str(index.root), "--port", str(self.port), "--processes", str(processes)]
        environment = os.environ | {"PYTHONPATH": str(REPOSITORY), "MOLSEEK_SHUTDOWN_SECONDS": "60"}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(lambda: self.ask("/health/ready") == 200, 300)

    def ask(self, path: str, body: object = None) -> int:
        """The status of an answer, or `LOST`."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            if body is None:
                connection.request("GET", path)
            else:
                connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, HTTPException):
            return LOST
        finally:
            connection.close()

    def members(self, words: str) -> list[int]:
        """Processes that the service has started, and those have, with these words in their command lines."""
        found, members = [], [self.process.pid]
        for member in members:
            with suppress(OSError):  # it has ended
                if words in Path(f"/proc/{member}/cmdline").read_bytes().replace(b"\0", b" ").decode():
                    found.append(member)
                for task in Path(f"/proc/{member}/task").glob("*/children"):
                    members += [int(child) for child in task.read_text().split()]
        return found

    @contextmanager
    def under_load(self) -> Iterator[list[int]]:
        """Clients search by texts and structures during the block; the list has the statuses that they got so far."""
        statuses: list[int] = []
        ended = threading.Event()

        def search() -> None:
            number = 0
            while not ended.is_set():
                number += 1
                statuses.append(self.ask("/search/text2mol", {"query": f"an acid of number {number}"}))
                statuses.append(self.ask("/search/mol2text", {"query": "C" * (number % 50 + 1)}))

        threads = [threading.Thread(target=search) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield statuses
        finally:
            ended.set()
            for thread in threads:
                thread.join()


def eventually(condition: Callable[[], bool], seconds: float = 300.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@contextmanager
def serving(index: Index, processes: int = 1) -> Iterator[Served]:
    served = Served(index, processes)
    try:
        yield served
    finally:
        served.process.terminate()
        try:
            served.process.wait(120)
        except subprocess.TimeoutExpired:
            served.process.kill()


def test_no_request_fails_when_chemistry_workers_are_killed(index: Index) -> None:
    with serving(index) as served, served.under_load() as statuses:
        for _ in range(3):
            for worker in served.members("indexer.chemistry.worker"):
                os.kill(worker, signal.SIGKILL)
            done = len(statuses)
            eventually(lambda done=done: len(statuses) > done + 4 * CLIENTS)  # type: ignore[misc]
    assert set(statuses) == {200}


def test_the_others_answer_when_one_of_several_processes_is_killed(index: Index) -> None:
    with serving(index, processes=2) as served, served.under_load() as statuses:
        eventually(lambda: len(statuses) > 4 * CLIENTS)
        members = served.members("spawn_main")
        os.kill(members[-1], signal.SIGKILL)
        eventually(lambda: len(set(served.members("spawn_main")) - {members[-1]}) >= len(members))
        done = len(statuses)
        eventually(lambda: len(statuses) > done + 10 * CLIENTS)
    assert set(statuses) <= {200, LOST}
    assert statuses.count(LOST) <= 4 * CLIENTS  # what the killed one had, or had been given by the kernel
    assert set(statuses[-4 * CLIENTS :]) == {200}


def test_nobody_notices_a_build_that_is_killed(index: Index, tmp_path: Path) -> None:
    corpus = tmp_path / "m.tsv"
    corpus.write_text("id\tsmiles\n" + "".join(f"{n}\t{'C' * (n % 40 + 1)}O\n" for n in range(400)))
    command = [sys.executable, "-m", "indexer.cli", "build", "--checkpoint", str(index.checkpoint)]
    command += ["--molecules", str(corpus), "--out", str(index.root), "--shard-rows", "32", "--workers", "0", "--force"]
    with serving(index) as served, served.under_load() as statuses:
        build = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually(lambda: any(index.root.glob("work/*/lookup.sqlite")) or build.poll() is not None)
        build.kill()
        assert build.wait() == -signal.SIGKILL
        done = len(statuses)
        eventually(lambda: len(statuses) > done + 4 * CLIENTS)
    assert set(statuses) == {200}


def test_what_has_been_accepted_is_answered_before_the_service_ends(index: Index) -> None:
    with serving(index) as served, ThreadPoolExecutor(CLIENTS) as threads:
        queries = {"queries": ["C" * length for length in range(1, 65)], "k": 1}
        asked = [threads.submit(served.ask, "/search/mol2text", queries) for _ in range(CLIENTS)]
        eventually(lambda: served.members("indexer.chemistry.worker") != [])
        time.sleep(0.3)  # accepted, and most likely not answered
        served.process.send_signal(signal.SIGTERM)
        assert [future.result() for future in asked] == [200] * CLIENTS
        assert served.process.wait(120) == 0
