"""BM25 (Robertson and Zaragoza, 2009), part by part: what a word says of a document depends on the two alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import log
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from model.inputs.words import telling_words

NAME_WEIGHT, TEXT_WEIGHT = 2.0, 1.0
"""A word of a name counts so much of a word of a description."""
MOST_WORDS = 24
"""Of a query, the rarest, that are looked up."""
WIDER = 0.8
"""What is said of a kind that holds more than was asked for, or beside a name, counts so much."""

# As usual: how soon repetition stops to count, and how much of a document's length does.
_K1, _B = 1.2, 0.75
_LEAST_IDF = 1e-6  # of words that most documents have


def inverse_frequency(documents: int, having: int) -> float:
    """How much a word tells that `having` of the documents have; never negative."""
    return max(log((documents - having + 0.5) / (having + 0.5)), _LEAST_IDF)


def saturation(lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """What long documents are made up for, by the words of each, `(documents,)`."""
    mean = max(float(lengths.mean()), 1.0) if len(lengths) else 1.0
    made_up: NDArray[np.float64] = _K1 * (1 - _B + _B * lengths.astype(np.float64) / mean)
    return made_up


def word_scores(inverse: float, frequency: NDArray[np.number], saturated: NDArray[np.float64]) -> NDArray[np.float64]:
    """What one word adds to the score of each document that has it so often, `(documents,)`."""
    often = frequency.astype(np.float64)
    scores: NDArray[np.float64] = inverse * often * (_K1 + 1) / (often + saturated)
    return scores


@dataclass(frozen=True, slots=True)
class WordHits:
    """rows: molecules that have words of the query, best first; scores: their BM25, higher is better.

    words: what was looked up, with the rows that have each, ascending, and how much it tells.
    """

    rows: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    words: Mapping[str, tuple[NDArray[np.integer], float]] = field(default_factory=dict)

    def shares(
        self,
        parts: Sequence[Sequence[str]],
        rows: Sequence[int],
        wider: Collection[str] = (),
        named: Mapping[str, NDArray[np.integer]] = MappingProxyType({}),
    ) -> NDArray[np.float64]:
        """How much of what the words of a query tell each row has, `(rows,)`, from 0 to 1.

        parts: of the query, each a phrase, or several that stand for the same. A row has of a part what it has of the
        phrase of which it has most, less of one that is `wider` than what was asked for, or a name: `named` has the
        rows that are called so, ascending. A phrase counts for what its words tell; several for what the rarest word
        of their commonest phrase does, as what they stand for is no rarer. Words that were not looked up do not count.
        """
        asked = np.asarray(rows, np.int64)
        has, whole = np.zeros(len(asked)), 0.0
        for part in parts:
            share, weights = np.zeros(len(asked)), []
            for phrase in part:
                known = [self.words[word] for word in telling_words(phrase) if word in self.words]
                telling = sum(each for _, each in known)
                if telling > 0:
                    has_of_it = sum(each * _among(asked, having) for having, each in known) / telling
                    if (called_so := named.get(phrase)) is not None:
                        has_of_it = np.where(_among(asked, called_so), 1.0, has_of_it * WIDER)
                    elif phrase in wider:
                        has_of_it = has_of_it * WIDER
                    share = np.maximum(share, has_of_it)
                    weights.append(telling if len(part) == 1 else max(each for _, each in known))
            if weights:
                has += min(weights) * share
                whole += min(weights)
        return has / whole if whole > 0 else has


def _among(asked: NDArray[np.int64], having: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which of `asked` are in `having`, which is ascending."""
    if not len(having):
        return np.zeros(len(asked), np.bool_)
    at = np.minimum(np.searchsorted(having, asked.astype(having.dtype)), len(having) - 1)
    same: NDArray[np.bool_] = having[at] == asked
    return same
