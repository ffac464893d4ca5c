"""Word search over a corpus in memory, by the scores that a release stores of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.inputs.bm25 import MOST_WORDS, NAME_WEIGHT, TEXT_WEIGHT, WordHits, inverse_frequency, saturation, word_scores
from model.inputs.words import telling_words, words


@dataclass(frozen=True, slots=True)
class Document:
    """What a molecule is called, and what is said of it."""

    names: Sequence[str]
    text: str


class WordSearch:
    """BM25 over documents, each a row."""

    def __init__(self, documents: Iterable[Document]) -> None:
        counts: dict[str, dict[int, float]] = {}
        lengths = []
        for row, document in enumerate(documents):
            named = [word for name in document.names for word in words(name)]
            said = words(document.text)
            lengths.append(len(named) + len(said))
            frequency: dict[str, float] = {}
            for of, weight in ((named, NAME_WEIGHT), (said, TEXT_WEIGHT)):
                for word in of:
                    frequency[word] = frequency.get(word, 0.0) + weight
            for word, often in frequency.items():
                counts.setdefault(word, {})[row] = often
        self._documents = len(lengths)
        saturated = saturation(np.array(lengths, np.int64))
        self._postings: dict[str, tuple[NDArray[np.int64], float, NDArray[np.float64]]] = {}
        for word, having in counts.items():
            rows = np.fromiter(having, np.int64, len(having))
            inverse = inverse_frequency(self._documents, len(rows))
            scores = word_scores(inverse, np.fromiter(having.values(), np.float64, len(rows)), saturated[rows])
            self._postings[word] = rows, inverse, scores

    def search(self, text: str, k: int) -> WordHits:
        """The k documents that have most of a text's words, as `indexer.search.word_index` finds them."""
        asked = telling_words(text)
        unknown = inverse_frequency(self._documents, 0)
        looked_up: dict[str, tuple[NDArray[np.integer], float]] = {
            word: (np.empty(0, np.int64), unknown) for word in asked if word not in self._postings
        }
        scores = np.zeros(self._documents)
        met = sorted((word for word in asked if word in self._postings), key=lambda word: len(self._postings[word][0]))
        for word in met[:MOST_WORDS]:
            rows, inverse, added = self._postings[word]
            looked_up[word] = rows, inverse
            scores[rows] += added
        found = np.flatnonzero(scores)
        best = found[np.lexsort((found, -scores[found]))][:k]
        return WordHits(tuple(best.tolist()), tuple(scores[best].tolist()), looked_up)
