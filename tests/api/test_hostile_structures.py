"""Structures and patterns made to stop the service: each gets its own problem, and everyone else is served."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from indexer.chemistry import Chemistry, WorkerStartError
from service.app import create_app
from service.settings import Settings
from tests.api.corpus import Index
from tests.support.molecules import complete_graph, molblock

TEXT = "/search/text2mol"
MOLECULE = "/search/mol2text"
STRUCTURES = {
    "20 connected dummies": (complete_graph(20), "too_complex"),
    "12 connected atoms": (complete_graph(12, "[Fe]"), "too_complex"),
    "20 connected atoms in a molblock": (molblock(20, [*combinations(range(20), 2)]), "too_complex"),
    "and isolated atoms": (molblock(300, [*combinations(range(20), 2)], v3000=True), "too_complex"),
    "20 phenylenes in a ring": (f"C9{'c1ccc(cc1)' * 20}9", "too_complex"),
    "128 neighbours": ("*" + "(C)" * 128, "too_complex"),
    "hydrogens": ("[CH999999999]", "invalid_chemistry"),
    "256 hydrogens": ("[CH256]", "invalid_chemistry"),
    "an element": ("[#999]", "invalid_chemistry"),
    "two elements": ("[#118][#119]", "invalid_chemistry"),
    "a charge": ("[C+999999999]", "invalid_chemistry"),
    "a negative charge": ("[N-200]", "invalid_chemistry"),
    "an InChI of many hydrogens": ("InChI=1S/CH256", "unparsable"),
    "open brackets": ("[" * 3000, "unparsable"),
    "open branches": ("C(" * 1999, "unparsable"),
}


@pytest.fixture(scope="module")
def server(tiny_checkpoint: Path, index: Index) -> Iterator[TestClient]:
    settings = Settings(checkpoint=tiny_checkpoint, index=index.root, workers=2, structure_seconds=20)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("name", STRUCTURES)
def test_a_structure_is_refused_alone(server: TestClient, name: str) -> None:
    structure, code = STRUCTURES[name]
    answer = server.post(MOLECULE, json={"query": structure})
    assert (answer.status_code, answer.json()["code"]) == (422, f"query_{code}")
    answer = server.post(TEXT, json={"query": "an acid", "reference": structure})
    assert (answer.status_code, answer.json()["code"]) == (422, f"reference_{code}")
    answer = server.post(MOLECULE, json={"queries": ["CCO", structure, "CCN"]})
    assert (answer.status_code, answer.json()["field"]) == (422, "queries[1]")
    assert server.post(MOLECULE, json={"queries": ["CCO", "CCN"]}).status_code == 200


@pytest.mark.parametrize("kind", ["has_substructure", "lacks_substructure"])
@pytest.mark.parametrize("smarts", [complete_graph(10), "[#6](-[#8])-[#6].[#6].[#6].[#6].[#7]"])
def test_a_pattern_of_too_many_ways_is_refused(server: TestClient, kind: str, smarts: str) -> None:
    answer = server.post(TEXT, json={"query": "an acid", "filter": {kind: [smarts] * 8}})
    assert {error["code"] for error in answer.json()["errors"]} == {"substructure_too_complex"}


def test_the_largest_branched_chains_are_answered(server: TestClient) -> None:
    """24 of them kept everyone else out for two minutes."""
    branch = "C"
    for _ in range(7):
        branch = f"C({branch}){branch}"
    answer = server.post(MOLECULE, json={"queries": [f"C({branch}){branch}"] * 8, "k": 1})
    assert answer.status_code == 200, answer.text


def test_the_service_answers_while_its_workers_are_kept_busy(server: TestClient) -> None:
    """Its own process runs no chemistry, so its health is known at once whatever is being read."""
    hostile = [structure for structure, _ in STRUCTURES.values()] + ["C1" + "C" * 590 + "1", "N" + "CC(=O)N" * 80]
    stopped = threading.Event()
    waits: list[float] = []

    def watch() -> None:
        while not stopped.is_set():
            start = time.monotonic()
            assert server.get("/health/live").status_code == 200
            waits.append(time.monotonic() - start)

    with ThreadPoolExecutor(5) as threads:
        watching = threads.submit(watch)
        answers = [threads.submit(server.post, MOLECULE, json={"query": each, "k": 1}) for each in hostile * 2]
        codes = {answer.result().status_code for answer in answers}
        stopped.set()
        watching.result()
    assert codes <= {200, 422}
    assert len(waits) > 5


def test_where_no_worker_starts_structures_have_to_wait_and_texts_have_not(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(WorkerStartError("no more processes"))
        return future

    monkeypatch.setattr(Chemistry, "read", fails)
    answer = client.post("/search/mol2text", json={"query": "CCO"})
    assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
    assert "Retry-After" in answer.headers
    assert client.post("/search/text2mol", json={"query": "an acid"}).status_code == 200
