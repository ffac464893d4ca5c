"""Weighs the words of names and descriptions for `indexer.search.word_index`.

SQLite's full-text index sorts the words of all molecules in bounded memory; it is read once, word by word, and thrown
away. What is kept are weights of BM25: they depend on word and molecule alone, so no query has to compute them.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.search.word_index import MOST_POSTINGS, ROW_TYPE, WEIGHT_TYPE
from model.inputs.bm25 import NAME_WEIGHT, TEXT_WEIGHT, inverse_frequency, saturation, word_scores

_SCHEMA = """
CREATE TABLE words (number INTEGER PRIMARY KEY, word TEXT NOT NULL, molecules INTEGER NOT NULL);
CREATE TABLE postings (word INTEGER PRIMARY KEY, rows BLOB NOT NULL, weights BLOB NOT NULL);
"""
_SORTER = """
CREATE VIRTUAL TABLE sorter.word_index USING fts5(names, texts, content='', tokenize='unicode61 remove_diacritics 0');
"""
_TERMS = "CREATE VIRTUAL TABLE temp.word_terms USING fts5vocab(sorter, word_index, instance)"


@contextmanager
def sorter(target: sqlite3.Connection, path: Path) -> Iterator[None]:
    """A scratch database beside the lexicon, for as long as its words are being sorted."""
    scratch = path.with_name(path.name + ".words")
    scratch.unlink(missing_ok=True)
    target.execute("ATTACH ? AS sorter", (str(scratch),))
    try:
        target.executescript("PRAGMA sorter.journal_mode = OFF; PRAGMA sorter.synchronous = OFF;" + _SORTER)
        yield
    finally:
        target.execute("DETACH sorter")
        scratch.unlink(missing_ok=True)


def write_word_index(target: sqlite3.Connection, documents: Iterable[tuple[int, str, str]]) -> None:
    """Write the words of `documents` (row, words of the names, words of the descriptions; rows ascending).

    To be called in a `sorter`, outside of a transaction.
    """
    rows, lengths = array("q"), array("q")

    def counted() -> Iterator[tuple[int, str, str]]:
        for row, names, texts in documents:
            rows.append(row)
            lengths.append(names.count(" ") + texts.count(" ") + bool(names) + bool(texts))
            yield row, names, texts

    target.executescript(_SCHEMA)
    target.execute("BEGIN")
    target.executemany("INSERT INTO sorter.word_index (rowid, names, texts) VALUES (?, ?, ?)", counted())
    target.execute("COMMIT")
    target.execute(_TERMS)
    target.execute("BEGIN")
    target.executemany("INSERT INTO words VALUES (?, ?, ?)", _weighed(target, np.array(rows), np.array(lengths)))
    target.execute("CREATE UNIQUE INDEX words_by_word ON words (word)")
    target.execute("COMMIT")
    target.execute("DROP TABLE temp.word_terms")


def _weighed(
    target: sqlite3.Connection, rows: NDArray[np.int64], lengths: NDArray[np.int64]
) -> Iterator[tuple[int, str, int]]:
    """Number, word and how many molecules have it; its postings are written on the way."""
    documents = len(rows)
    saturated = saturation(lengths)
    instances = target.execute("SELECT term, doc, col FROM temp.word_terms")
    for number, (word, met) in enumerate(groupby(instances, key=itemgetter(0)), start=1):
        occurrences = [(doc, NAME_WEIGHT if column == "names" else TEXT_WEIGHT) for _, doc, column in met]
        places, weights = zip(*occurrences, strict=True)
        having, at = np.unique(np.array(places), return_inverse=True)
        frequency = np.bincount(at, weights=weights)
        molecules = len(having)
        inverse = inverse_frequency(documents, molecules)
        scores = word_scores(inverse, frequency, saturated[np.searchsorted(rows, having)])
        if molecules > MOST_POSTINGS:
            kept = np.sort(np.argpartition(-scores, MOST_POSTINGS - 1)[:MOST_POSTINGS])
            having, scores = having[kept], scores[kept]
        stored = (number, having.astype(ROW_TYPE).tobytes(), scores.astype(WEIGHT_TYPE).tobytes())
        target.execute("INSERT INTO postings VALUES (?, ?, ?)", stored)
        yield number, word, molecules
