"""The first hits of every text, and the rank of its molecule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.evaluation import EmbeddedSet, EvaluationSet
from training.evaluation.hits import first_hits, unit
from training.evaluation.metrics import rank_of_truth


@dataclass(frozen=True, slots=True)
class Retrieval:
    """text → molecule, best first.

    ranks: of the truth (queries,), ties at their mean; rows int64 (queries, k): pool rows of the first hits; scores
    (queries, k): their cosines; truth (queries,): the pool row of the best-scoring true molecule; truth_scores.
    """

    ranks: NDArray[np.float64]
    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    truth: NDArray[np.int64]
    truth_scores: NDArray[np.float32]


def retrieve(
    texts: NDArray[np.floating], molecules: NDArray[np.floating], truth: Sequence[NDArray[np.int64]], k: int = 5
) -> Retrieval:
    """Rank all molecules for every text. texts (queries, dim), molecules (pool, dim); truth: pool rows of each text.

    Equal scores come in the order of the pool.
    """
    hits = first_hits(texts, molecules, k)
    left, right = unit(texts), unit(molecules)
    best_truth = np.empty(len(left), np.int64)
    truth_scores = np.empty(len(left), np.float32)
    for query, candidates in enumerate(truth):
        cosines = right[candidates] @ left[query]
        best_truth[query], truth_scores[query] = candidates[cosines.argmax()], cosines.max()
    return Retrieval(rank_of_truth(texts, molecules, truth), hits.rows, hits.scores, best_truth, truth_scores)


def wrong_first_hits(
    retrieval: Retrieval, truth: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Queries whose truth is not first, and the pool rows of their wrong first hits: int64 (misses,) each."""
    queries = np.flatnonzero(retrieval.ranks > 1)
    wrong = [next((row for row in retrieval.rows[q] if row not in truth[int(q)]), -1) for q in queries]
    hits = np.array(wrong, np.int64).reshape(len(queries))
    return queries[hits >= 0].astype(np.int64), hits[hits >= 0]


def representatives(prepared: EvaluationSet, embedded: EmbeddedSet) -> tuple[NDArray[np.floating], ...]:
    """One text vector and the molecule's vector for each distinct molecule of the pairs: (molecules, dim) each."""
    first_texts = np.array([numbers[0] for numbers in prepared.query_truth], np.int64)
    return embedded.texts[first_texts], embedded.molecules[prepared.queries]
