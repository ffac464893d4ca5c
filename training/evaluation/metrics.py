"""Retrieval metrics: the rank of the truth among all candidates, and metrics of many ranks.

Scores are cosines. Ties are counted at their mean rank: a truth that shares its score with t wrong candidates
and is beaten by g has rank 1 + g + t / 2, so an encoder that maps everything to one point gets the middle of
the pool and never a lucky first place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

TIE_TOLERANCE = 1e-6
"""Cosines closer than this are one score: a float32 vector that was embedded in another batch differs by about
1e-7, and such noise must not decide a rank. Scores themselves are computed in float64, where the way they are cut
into blocks changes nothing that this tolerance could see."""

DEFAULT_CHUNK_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics of one direction.

    hits1, hits10: share of queries whose truth has rank ≤ 1, ≤ 10 (a shared first place is no hit at 1);
    mrr: mean of 1 / rank; mean_rank: mean of rank; queries: how many; pool: candidates ranked for each.
    """

    hits1: float
    hits10: float
    mrr: float
    mean_rank: float
    queries: int
    pool: int

    def as_json(self) -> dict[str, float | int]:
        return {
            "hits@1": self.hits1,
            "hits@10": self.hits10,
            "mrr": self.mrr,
            "mean_rank": self.mean_rank,
            "queries": self.queries,
            "pool": self.pool,
        }


def metrics_of_ranks(ranks: ArrayLike, pool: int) -> Metrics:
    """Metrics of `ranks`, `(queries,)`, each from 1 to `pool`.

    Raises:
        ValueError: there are no ranks, or one lies outside the pool.
    """
    values = np.asarray(ranks, dtype=np.float64)
    if values.ndim != 1 or not values.size:
        raise ValueError("metrics need at least one rank")
    if not bool(np.all((values >= 1) & (values <= pool))):
        raise ValueError(f"ranks must lie between 1 and the pool's size, {pool}")
    return Metrics(
        hits1=float(np.mean(values <= 1)),
        hits10=float(np.mean(values <= 10)),
        mrr=float(np.mean(1 / values)),
        mean_rank=float(np.mean(values)),
        queries=int(values.size),
        pool=pool,
    )


def rank_of_truth(
    queries: NDArray[np.floating],
    candidates: NDArray[np.floating],
    truth: Sequence[ArrayLike] | NDArray[np.integer],
    *,
    chunk_bytes: int = DEFAULT_CHUNK_BYTES,
    tolerance: float = TIE_TOLERANCE,
) -> NDArray[np.float64]:
    """The rank of each query's truth among all candidates by cosine, ties at their mean rank.

    Args:
        queries: `(queries, dim)`, of any length: they are normalised here (a zero vector has cosine 0 to
            all).
        candidates: `(candidates, dim)`, likewise.
        truth: for each query the candidate rows that are right, at least one; or an integer array
            `(queries,)`. Where several are right the best-scoring one is ranked, and the others neither beat
            it nor tie with it.
        chunk_bytes: memory for one block of scores; it changes the speed, not the result.
        tolerance: scores that differ by no more are tied.

    Returns:
        `(queries,)`, each from 1 to the number of candidates; a rank ends in .5 where an odd number ties.

    Raises:
        ValueError: shapes do not fit, a query has no truth or one outside the candidates, or a vector is not
            finite (its comparisons would all be false, and its rank 1).
    """
    left, right = _normalised(queries, "query"), _normalised(candidates, "candidate")
    if left.shape[1] != right.shape[1]:
        raise ValueError(f"queries have {left.shape[1]} dimensions, candidates {right.shape[1]}")
    owners, rows = _flatten_truth(truth, len(left), len(right))

    # Blocks of queries by blocks of candidates; a block of scores stays within chunk_bytes.
    cells = max(1, chunk_bytes // np.dtype(np.float64).itemsize)
    candidate_step = max(1, min(len(right), cells // max(1, min(256, len(left)))))
    query_step = max(1, cells // candidate_step)
    ranks = np.empty(len(left), dtype=np.float64)
    for start in range(0, len(left), query_step):
        block = left[start : start + query_step].astype(np.float64)
        first, last = np.searchsorted(owners, [start, start + len(block)])
        owner, row = owners[first:last] - start, rows[first:last]
        best = np.full(len(block), -np.inf)
        for offset in range(0, len(row), candidate_step):
            some = slice(offset, offset + candidate_step)
            true_scores = np.einsum("rd,rd->r", block[owner[some]], right[row[some]], dtype=np.float64)
            np.maximum.at(best, owner[some], true_scores)
        above = np.zeros(len(block), dtype=np.int64)
        not_below = np.zeros(len(block), dtype=np.int64)
        for offset in range(0, len(right), candidate_step):
            scores = block @ right[offset : offset + candidate_step].astype(np.float64).T
            inside = (row >= offset) & (row < offset + candidate_step)
            scores[owner[inside], row[inside] - offset] = -np.inf  # only wrong candidates are counted
            above += np.count_nonzero(scores > (best + tolerance)[:, None], axis=1)
            not_below += np.count_nonzero(scores >= (best - tolerance)[:, None], axis=1)
        ranks[start : start + len(block)] = 1 + above + (not_below - above) / 2
    return ranks


def _normalised(vectors: NDArray[np.floating], what: str) -> NDArray[np.floating]:
    """`vectors` at unit length, in float32 unless they are float64."""
    array = np.asarray(vectors)
    if array.ndim != 2:
        raise ValueError(f"{what} vectors must have the shape (rows, dim), not {array.shape}")
    array = array.astype(np.float64 if array.dtype == np.float64 else np.float32, copy=False)
    if not bool(np.isfinite(array).all()):
        raise ValueError(f"a {what} vector is not finite")
    # Lengths in float64: the squares of very long or short float32 vectors leave its range.
    norms = np.sqrt(np.einsum("rd,rd->r", array, array, dtype=np.float64))[:, None]
    normalised: NDArray[np.floating] = (array / np.where(norms > 0, norms, 1)).astype(array.dtype)
    return normalised


def _flatten_truth(
    truth: Sequence[ArrayLike] | NDArray[np.integer], queries: int, candidates: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Query numbers (ascending) and candidate rows of all truths, `(truths,)` each."""
    if len(truth) != queries:
        raise ValueError(f"{queries} queries came with {len(truth)} truths")
    sets = [np.unique(np.atleast_1d(np.asarray(one))) for one in truth]
    for number, one in enumerate(sets):
        if not one.size:
            raise ValueError(f"query {number} has no true candidate")
        if not np.issubdtype(one.dtype, np.integer):
            raise ValueError(f"the truth of query {number} is not a set of candidate rows")
        if one[0] < 0 or one[-1] >= candidates:
            raise ValueError(f"the truth of query {number} lies outside the {candidates} candidates")
    owners = np.repeat(np.arange(queries), [one.size for one in sets]).astype(np.int64)
    rows = np.concatenate(sets).astype(np.int64) if sets else np.empty(0, dtype=np.int64)
    return owners, rows
