"""Fingerprints of molecules that are no part of a corpus."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from indexer.chemistry import Chemistry, WorkerStartError
from model.inputs.structure import StructureLimits
from service.answering.fingerprints import KeptFingerprints


@pytest.fixture(scope="module")
def chemistry() -> Iterator[Chemistry]:
    chemistry = Chemistry(StructureLimits(), {}, workers=1)
    chemistry.start()  # whose first call would wait longer than fingerprints are waited for
    yield chemistry
    chemistry.close()


def test_each_structure_is_read_once(chemistry: Chemistry, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    read = Chemistry.read

    def counted(chemistry: Chemistry, text: str, **rest: Any) -> Any:
        asked.append(text)
        return read(chemistry, text, **rest)

    monkeypatch.setattr(Chemistry, "read", counted)
    kept = KeptFingerprints(chemistry)
    first, none, unreadable, again = kept.of(["CCO", None, "C1CC", "CCO"])
    assert first is not None and again is not None and (first == again).all()
    assert none is None and unreadable is None
    assert kept.of(["C1CC", "CCO"])[0] is None
    assert sorted(asked) == ["C1CC", "CCO"]


@pytest.mark.parametrize("never", [False, True], ids=["no worker starts", "all are busy"])
def test_answers_do_not_wait_for_workers(chemistry: Chemistry, monkeypatch: pytest.MonkeyPatch, never: bool) -> None:
    def fails(*_: object, **__: object) -> Future[Any]:
        future: Future[Any] = Future()
        if not never:
            future.set_exception(WorkerStartError("no more processes"))
        return future

    kept = KeptFingerprints(chemistry)
    with monkeypatch.context() as patched:
        patched.setattr(Chemistry, "read", fails)
        assert kept.of(["CCO"]) == [None]
    assert kept.of(["CCO"])[0] is not None  # it is asked for again
