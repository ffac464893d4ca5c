"""Rows meet their parsed structures again, and are counted by file."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from indexer.build.chunks import Chunk
from indexer.build.parsing import Identity, Known, ParsedBatch
from indexer.build.report import StageClock
from indexer.build.shards import FileTally
from indexer.corpus import Reject, Row
from indexer.corpus.rows import RejectCode
from tests.support.entries import molecule


def row(line: int, structure: str | None, file: str = "m.tsv", dropped: Reject | None = None) -> Row:
    return Row(file, line, structure, None, None, None, None, "", remarks=(dropped,) if dropped else ())


def reject(line: int, code: RejectCode = "empty_structure", file: str = "m.tsv") -> Reject:
    return Reject(file, line, "smiles", code, "why", "what")


def task(*smiles: str) -> Future[ParsedBatch]:
    done: Future[ParsedBatch] = Future()
    done.set_result(ParsedBatch([Identity(one, "") for one in smiles], 2.0, 1.0))
    return done


def test_each_row_gets_what_is_known_or_was_parsed_for_it() -> None:
    known = Known(3, Identity("CC", ""), molecule("x", "CC").properties)
    rows = [row(1, "CCO"), reject(2), row(3, "CC"), row(4, None), row(5, "CCN"), row(6, "CCC")]
    chunk = Chunk(0, rows, None, [None, None, known, None, None, None], [task("CCO", "CCN"), task("CCC")])
    clock = StageClock()
    found = list(chunk.parsed(clock))
    assert [one for one, _ in found] == rows
    assert [parsed for _, parsed in found] == [
        Identity("CCO", ""),
        None,
        known,
        None,
        Identity("CCN", ""),
        Identity("CCC", ""),
    ]
    assert (clock.seconds("parse"), clock.seconds("featurise")) == (4.0, 2.0)


def test_a_worker_that_loses_a_structure_is_an_error_and_not_a_shift() -> None:
    chunk = Chunk(0, [row(1, "CCO"), row(2, "CCN")], None, [None, None], [task("CCO")])
    with pytest.raises((StopIteration, RuntimeError)):
        list(chunk.parsed(StageClock()))


def test_rows_are_counted_by_file_and_a_dropped_text_costs_no_row() -> None:
    dropped = reject(2, "empty_text")
    rows = [row(1, "CCO"), row(2, "CCN", dropped=dropped), reject(3), row(1, "CC", file="n.tsv")]
    duplicate = reject(1, "duplicate_id", file="n.tsv")
    tally = Chunk(0, rows, None, [], []).tally([dropped, rows[2], duplicate])  # type: ignore[list-item]
    assert tally == {
        "m.tsv": FileTally(rows=3, accepted=2, rejected=1, dropped_texts=1),
        "n.tsv": FileTally(rows=1, accepted=0, rejected=1),
    }
