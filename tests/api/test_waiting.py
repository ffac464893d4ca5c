"""Whoever asks for what needs a worker process keeps nobody else waiting."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from fastapi.testclient import TestClient

from indexer.chemistry import Chemistry, ReadStructure
from indexer.chemistry.name_reader import NamedStructure

TEXT = "/search/text2mol"
SLOW = "CCCC=O"
NAME = "4-methylheptane"


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Holds the workers that read `SLOW`, and the reader of names, until it is set."""
    go = Event()
    read = Chemistry.read

    def read_later(self: Chemistry, text: str, *rest: object) -> Future[ReadStructure]:
        if text == SLOW:
            assert go.wait(30)
        return read(self, text, *rest)  # type: ignore[arg-type]

    def read_name(self: Chemistry, name: str) -> NamedStructure:
        assert go.wait(30)
        return NamedStructure("CCCC(C)CCC" if name == NAME else "")

    monkeypatch.setattr(Chemistry, "read", read_later)
    monkeypatch.setattr(Chemistry, "read_name", read_name)
    monkeypatch.setattr(Chemistry, "reads_names_by", "OPSIN")
    return go


@pytest.mark.parametrize("query", [f"similar to {SLOW}", f"SMILES: {SLOW}", f"{SLOW} a title", SLOW, NAME])
def test_a_search_does_not_wait_for_the_workers_of_another(client: TestClient, wait: Event, query: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        slow = thread.submit(client.post, TEXT, json={"query": query})
        other = client.post(TEXT, json={"query": "an acid that is found in vinegar"})
        assert other.status_code == 200 and not slow.done()
        wait.set()
        answer = slow.result()
    assert answer.status_code == 200
    assert answer.json()["understood"][0]["kind"] == "structure"
