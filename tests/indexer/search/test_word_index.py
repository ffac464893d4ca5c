"""Words that were weighed at build time rank as SQLite ranks them, and cost no more than they may."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexer.build import word_index_writer
from indexer.build.word_index_writer import sorter, write_word_index
from indexer.readonly import ReadOnlyDatabase
from indexer.search.word_index import WordIndex

Documents = list[tuple[int, str, str]]

_SOME_WORDS = st.lists(
    st.sampled_from(["acid", "ester", "ketone", "drug", "solvent", "base", "salt", "dye", "13c"]), max_size=8
)
_DOCUMENTS = st.lists(st.tuples(_SOME_WORDS, _SOME_WORDS), min_size=1, max_size=30)


def written(path: Path, documents: Documents, molecules: int) -> WordIndex:
    path.unlink(missing_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    with sorter(connection, path):
        write_word_index(connection, documents)
    connection.close()
    assert not path.with_name(path.name + ".words").exists()
    return WordIndex(ReadOnlyDatabase(path), molecules)


def ranked_by_sqlite(documents: Documents, query: str) -> dict[int, float]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(names, texts)")
    connection.executemany("INSERT INTO t (rowid, names, texts) VALUES (?, ?, ?)", documents)
    words = " OR ".join(dict.fromkeys(query.split()))
    found = connection.execute("SELECT rowid, -bm25(t, 2.0, 1.0) FROM t WHERE t MATCH ?", (words,))
    return dict(found.fetchall())


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=_DOCUMENTS, query=st.sampled_from(["acid", "ester ketone", "drug acid solvent", "base 13c", "dye dye salt"])
)
def test_scores_are_those_of_bm25_in_sqlite(
    tmp_path: Path, made: list[tuple[list[str], list[str]]], query: str
) -> None:
    documents = [(row, " ".join(names), " ".join(texts)) for row, (names, texts) in enumerate(made) if names or texts]
    found = written(tmp_path / "words.sqlite", documents, len(made)).search(query, 100)
    expected = ranked_by_sqlite(documents, query)
    assert dict(zip(found.rows, found.scores, strict=True)) == pytest.approx(expected, rel=2e-3, abs=1e-5)
    assert list(found.scores) == sorted(found.scores, reverse=True)


def test_of_equal_molecules_the_lower_row_comes_first(tmp_path: Path) -> None:
    index = written(tmp_path / "words.sqlite", [(row, "", "an acid") for row in (2, 5, 7)], 8)
    assert index.search("acid", 2).rows == (2, 5)


def test_rows_that_are_not_allowed_are_not_found(tmp_path: Path) -> None:
    index = written(tmp_path / "words.sqlite", [(row, "", "an acid") for row in range(6)], 6)
    allowed = np.zeros(6, bool)
    allowed[[1, 4]] = True
    assert index.search("acid", 5, allowed).rows == (1, 4)
    assert index.search("acid", 5, np.zeros(6, bool)).rows == ()


@pytest.mark.parametrize("query", ["", "the of", "unheard-of", '"', "acid" * 5000])
def test_what_no_molecule_says_finds_none(tmp_path: Path, query: str) -> None:
    index = written(tmp_path / "words.sqlite", [(0, "", "an acid")], 1)
    assert index.search(query, 5).rows == ()


def test_a_word_that_nearly_all_have_is_kept_for_those_it_says_most_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_index_writer, "MOST_POSTINGS", 5)
    documents = [(row, "", "acid" + " filler" * row) for row in range(20)]
    index = written(tmp_path / "words.sqlite", [*documents, (20, "", "ester")], 21)
    assert index.search("acid", 10).rows == (0, 1, 2, 3, 4)  # the shortest
