"""Word search in names and descriptions: BM25, weighed when the release is built.

`indexer.build.word_index_writer` stores for each word the molecules that have it and what the word adds to the score
of each. A search only adds up, where SQLite's own ranking weighs every molecule again for every query.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer.readonly import ReadOnlyDatabase
from model.inputs.bm25 import MOST_WORDS, WordHits, inverse_frequency
from model.inputs.words import telling_words

ROW_TYPE, WEIGHT_TYPE = np.dtype("<i4"), np.dtype("<f2")
"""How the rows and the weights of a word are stored."""
MOST_POSTINGS = 60_000
"""Molecules that are looked at for one query, and kept for one word: those that it says most about."""


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
        words, lists = self._postings(telling_words(text))
        if not lists or k < 1:
            return WordHits(words=words)
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
        return WordHits(tuple(best.tolist()), tuple(scores[best].tolist()), words)

    def _postings(
        self, asked: Sequence[str]
    ) -> tuple[dict[str, tuple[NDArray[np.int32], float]], list[tuple[NDArray[np.int32], NDArray[np.float16]]]]:
        """The rarest words, as many as a search has time for, and those that no molecule has; rows and weights of the
        former.
        """
        asked = asked[: 4 * MOST_WORDS]
        chosen: dict[int, tuple[str, int]] = {}
        postings = 0
        with self._database.connection() as connection:
            marks = ",".join("?" * len(asked))
            counted = connection.execute(
                f"SELECT molecules, number, word FROM words WHERE word IN ({marks}) ORDER BY molecules, word",
                tuple(asked),
            )
            met = counted.fetchall()
            for molecules, number, word in met[:MOST_WORDS]:
                postings += min(molecules, MOST_POSTINGS)
                if chosen and postings > MOST_POSTINGS:
                    break
                chosen[number] = word, molecules
            marks = ",".join("?" * len(chosen))
            stored = connection.execute(
                f"SELECT word, rows, weights FROM postings WHERE word IN ({marks})", tuple(chosen)
            )
            read = [
                (n, np.frombuffer(rows, ROW_TYPE), np.frombuffer(weights, WEIGHT_TYPE)) for n, rows, weights in stored
            ]
        words = {
            word: (np.empty(0, ROW_TYPE), inverse_frequency(self._molecules, 0))
            for word in set(asked).difference(word for _, _, word in met)
        }
        for number, rows, _ in read:
            word, molecules = chosen[number]
            words[word] = rows, inverse_frequency(self._molecules, molecules)
        return words, [(rows, weights) for _, rows, weights in read]
