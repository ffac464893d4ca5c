"""Hits by vectors and hits by words in one ranking: reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009)."""

from collections.abc import Collection, Sequence

CONSTANT = 60.0
"""Of the ranks in the denominator, as in the paper: how little the first places differ."""

WORDS_WEIGHT = 0.6
"""Of a rank by words against a rank by vectors, where a checkpoint was not calibrated for both together."""


def fuse(
    by_vector: Sequence[int],
    by_words: Sequence[int],
    k: int,
    weight: float = WORDS_WEIGHT,
    first: Sequence[int] = (),
    wordless: Collection[int] = (),
) -> list[int]:
    """The k best rows of two rankings, best first; equal ones as `by_vector` has them, then as `by_words` has them.

    first: rows that come before all others, in this order (exact matches). wordless: rows that have no description to
    be met in; their rank by vectors counts for both, since having no words says nothing against a molecule.
    """
    score: dict[int, float] = {}
    for rank, row in enumerate(dict.fromkeys(by_vector), 1):
        score[row] = (1.0 + weight if row in wordless else 1.0) / (CONSTANT + rank)
    for rank, row in enumerate(dict.fromkeys(by_words), 1):
        if row not in wordless or row not in score:
            score[row] = score.get(row, 0.0) + weight / (CONSTANT + rank)
    order = sorted(score, key=score.__getitem__, reverse=True)  # stable
    return list(dict.fromkeys([*first, *order]))[: max(k, 0)]
