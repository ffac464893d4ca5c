"""Parsing processes: the same results as in this process, a clear error if one dies, none left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Sequence

import pytest

from indexer.errors import BuildError
from indexer.parsing import Failure, Identity, ParsedBatch, StructureParser
from indexer.workers import ParsePool, default_workers
from model.structure import StructureLimits


class Mortal(StructureParser):
    """Its process is killed, as by the system when memory runs out, when it meets one structure."""

    def __call__(self, structures: Sequence[str | None], whole: bool) -> ParsedBatch:
        if "poison" in structures:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(structures, whole)


def test_a_process_that_dies_is_a_clear_error_and_no_process_is_left() -> None:
    parser = Mortal(StructureLimits(), featurizer=None)
    with ParsePool(parser, workers=1) as pool:
        there = pool.submit(["OCC", None, "C1"], whole=False).result(timeout=120)
        with pytest.raises(BuildError, match=r"a parsing process died \(exit code -9\)"):
            pool.submit(["poison"], whole=False).result(timeout=120)
    assert multiprocessing.active_children() == []
    here = parser(["OCC", None, "C1"], whole=False)
    assert there.results == here.results
    ethanol, nothing, failure = here.results
    assert isinstance(ethanol, Identity)
    assert (ethanol.smiles, ethanol.inchikey) == ("CCO", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N")
    assert nothing is None
    assert isinstance(failure, Failure)
    assert failure.code == "unparsable_structure"


def test_an_error_in_a_row_costs_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    from indexer import parsing

    def broken(*_: object) -> None:
        raise RuntimeError("Pre-condition\nViolation")

    monkeypatch.setattr(parsing, "parse_structure", broken)
    (failure,) = StructureParser(StructureLimits(), None)(["CCO"], whole=True).results
    assert failure == Failure(
        "featurisation_failed", "RDKit cannot compute what is needed (RuntimeError: Pre-condition Violation)."
    )


def test_there_is_always_a_worker() -> None:
    assert default_workers() >= 1
