"""Hits by vectors and hits by words in one ranking: reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009)."""

from collections.abc import Sequence

CONSTANT = 60.0
"""Of the ranks in the denominator, as in the paper: how little the first places differ."""

WORDS_WEIGHT = 0.6
"""Of a rank by words against a rank by vectors; see `benchmarks.everyday` for what it was chosen on."""


def fuse(
    by_vector: Sequence[int], by_words: Sequence[int], k: int, weight: float = WORDS_WEIGHT, first: Sequence[int] = ()
) -> list[int]:
    """The k best rows of two rankings, best first; equal ones as `by_vector` has them, then as `by_words` has them.

    first: rows that come before all others, in this order (exact matches).
    """
    score: dict[int, float] = {}
    for share, rows in ((1.0, by_vector), (weight, by_words)):
        for rank, row in enumerate(dict.fromkeys(rows), 1):
            score[row] = score.get(row, 0.0) + share / (CONSTANT + rank)
    order = sorted(score, key=score.__getitem__, reverse=True)  # stable
    return list(dict.fromkeys([*first, *order]))[: max(k, 0)]
