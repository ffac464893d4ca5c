"""Ensembles as Text2Mol makes them: candidates in the order of their mean rank over several systems.

Edwards, Zhai, Ji, "Text2Mol", EMNLP 2021: every system ranks all candidates of a query, and the ranks, not the cosines,
are averaged, so that systems need no common scale.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from training.evaluation.hits import unit

_BLOCK = 64


def rank_of_truth_by_mean_rank(
    systems: Sequence[tuple[NDArray[np.floating], NDArray[np.floating]]],
    truth: Sequence[ArrayLike] | NDArray[np.integer],
) -> NDArray[np.float64]:
    """The rank of each query's truth when candidates are ordered by the mean of their ranks, ties at their mean rank.

    systems: for each the vectors of the queries `(queries, dim)` and of the candidates `(candidates, dim)`, dim its
    own; truth: for each query the rows that are right, of which the best-ranked counts. Returns `(queries,)`.

    Raises:
        ValueError: there is no system, or the systems differ in queries or candidates.
    """
    if len({(len(queries), len(candidates)) for queries, candidates in systems}) != 1:
        raise ValueError("ranks can be averaged over one system or more with the same queries and candidates")
    systems_of_units = [(unit(queries), unit(candidates).T) for queries, candidates in systems]
    ranks = np.empty(len(truth), np.float64)
    for start in range(0, len(truth), _BLOCK):
        stop = start + _BLOCK
        total = sum(rankdata(-(queries[start:stop] @ candidates), axis=1) for queries, candidates in systems_of_units)
        for row, sums in enumerate(total):
            right = np.atleast_1d(np.asarray(truth[start + row]))
            best, wrong = sums[right].min(), np.delete(sums, right)
            ranks[start + row] = 1 + np.count_nonzero(wrong < best) + np.count_nonzero(wrong == best) / 2
    return ranks
