"""Word search in names and descriptions: BM25, weighed when the release is built.

`indexer.build.word_index_writer` stores for each word the molecules that have it and what the word adds to the score
of each. A search only adds up, where SQLite's own ranking weighs every molecule again for every query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.readonly import ReadOnlyDatabase
from indexer.search.names import telling_words

ROW_TYPE, WEIGHT_TYPE = np.dtype("<i4"), np.dtype("<f2")
"""How the rows and the weights of a word are stored."""
MOST_POSTINGS = 60_000
"""Molecules that are looked at for one query, and kept for one word: those that it says most about."""

_MOST_WORDS = 24


@dataclass(frozen=True, slots=True)
class WordHits:
    """rows: molecules that have words of the query, best first; scores: their BM25, higher is better."""

    rows: tuple[int, ...]
    scores: tuple[float, ...]


class WordIndex:
    """The words of the molecules of a lexicon, `molecules` of which there are."""

    def __init__(self, database: ReadOnlyDatabase, molecules: int) -> None:
        self._database = database
        self._molecules = molecules

    def search(self, text: str, k: int, allowed: NDArray[np.bool_] | None = None) -> WordHits:
        """The k molecules whose names and descriptions have the words of a text, by BM25; of equal ones the lower row.

        `allowed`: which rows may be found, bool `(molecules,)`. The commonest words of a query are left out where
        looking at all molecules that have them would take long.
        """
        lists = self._postings(telling_words(text))
        if not lists or k < 1:
            return WordHits((), ())
        scores = np.zeros(self._molecules, np.float32)
        for rows, weights in lists:
            scores[rows] += weights  # a word has each row once
        # Rows that several words have are in here as often. Few enough are kept that this costs nothing.
        met = np.concatenate([rows for rows, _ in lists])
        if allowed is not None:
            met = met[np.asarray(allowed, bool)[met]]
        enough = k * len(lists)
        if len(met) > enough:
            met = met[np.argpartition(-scores[met], enough - 1)[:enough]]
        found = np.unique(met)
        best = found[np.lexsort((found, -scores[found]))][:k]
        return WordHits(tuple(best.tolist()), tuple(scores[best].tolist()))

    def _postings(self, asked: Sequence[str]) -> list[tuple[NDArray[np.int32], NDArray[np.float16]]]:
        """Rows and weights of the rarest words, as many as a search has time for."""
        asked = asked[: 4 * _MOST_WORDS]
        chosen: list[int] = []
        postings = 0
        with self._database.connection() as connection:
            marks = ",".join("?" * len(asked))
            counted = connection.execute(
                f"SELECT molecules, number FROM words WHERE word IN ({marks}) ORDER BY molecules, word", tuple(asked)
            )
            for molecules, number in counted.fetchmany(_MOST_WORDS):
                postings += min(molecules, MOST_POSTINGS)
                if chosen and postings > MOST_POSTINGS:
                    break
                chosen.append(number)
            counted.close()
            marks = ",".join("?" * len(chosen))
            stored = connection.execute(f"SELECT rows, weights FROM postings WHERE word IN ({marks})", chosen)
            return [(np.frombuffer(rows, ROW_TYPE), np.frombuffer(weights, WEIGHT_TYPE)) for rows, weights in stored]
