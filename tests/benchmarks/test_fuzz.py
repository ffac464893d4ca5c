"""Made-up requests are the same in every run, and what they get is counted; a run that was stopped goes on."""

from __future__ import annotations

import json
import threading
from argparse import Namespace
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from benchmarks.fuzz import Batch, batches, faults_of, rows_of, send, send_all, tables


class _Service(BaseHTTPRequestHandler):
    """Answers every second line with a problem."""

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["Content-Length"])).splitlines()
        problem = {"error": {"status": 422, "code": "query_unparsable"}}
        answers = [{"results": []} if number % 2 else problem for number, _ in enumerate(lines)]
        self.send_response(200)
        self.end_headers()
        self.wfile.write("".join(json.dumps(answer) + "\n" for answer in answers).encode())

    def log_message(self, *_: object) -> None:
        """Not to the terminal."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_a_batch_is_the_same_in_every_run() -> None:
    one, other = Batch("/bulk/mol2text", 3, 64, 0), Batch("/bulk/mol2text", 4, 64, 0)
    assert one.texts() == one.texts() != other.texts()
    made = list(batches(100, 0))
    bulk = [batch for batch in made if batch.route.startswith("/bulk/")]
    assert sum(batch.size for batch in bulk) == 200
    assert {batch.route for batch in bulk} == {"/bulk/mol2text", "/bulk/mol2mol", "/bulk/text2mol"}
    smarts = Batch("/bulk/text2mol", 0, 2, 0)
    assert [[*body["filter"]] for body in smarts.bodies(smarts.texts())] == [
        ["has_substructure"],
        ["lacks_substructure"],
    ]  # type: ignore[misc]


def test_answers_are_counted(port: int) -> None:
    sent = send(Batch("/bulk/mol2text", 0, 10, 0), port, 0)
    assert sent.outcomes == {"200": 5, "422 query_unparsable": 5}
    assert 0 < sent.slowest <= sent.seconds and sent.slowest_item


def test_a_run_that_was_stopped_goes_on(port: int, tmp_path: Path) -> None:
    path = tmp_path / "fuzz.tsv"
    arguments = Namespace(tsv=path, clients=2)
    wanted = [Batch("/bulk/mol2text", number, 4, 0) for number in range(6)]
    send_all(wanted[:2], port, arguments)
    send_all(wanted, port, arguments)
    rows = rows_of(path)
    assert sorted(int(row["number"]) for row in rows) == list(range(6))
    assert not faults_of(rows)
    times, answers = tables(rows)
    assert times.rows[0][1:3] == (6, 24)
    assert sorted(row[1:] for row in answers.rows) == [("200", 12), ("422 query_unparsable", 12)]


@pytest.mark.parametrize(
    ("outcomes", "slowest", "fault"),
    [
        ({"200": 3, "422 query_unparsable": 1}, 29, False),
        ({"503 search_timeout": 1}, 29, False),
        ({"500 internal_error": 1}, 1, True),
        ({"none": 1}, 1, True),
        ({"200": 4}, 31, True),
    ],
)
def test_faults_of_the_service_are_told(outcomes: dict[str, int], slowest: float, fault: bool) -> None:
    row = {"route": "/bulk/mol2text", "number": "1", "slowest": f"{slowest}", "outcomes": json.dumps(outcomes)}
    assert bool(faults_of([row])) == fault
