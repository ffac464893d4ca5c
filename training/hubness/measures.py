"""How uneven a space is: who is found how often, and how its vectors are spread. Pure functions of arrays.

k-occurrence and its skewness: Radovanović, Nanopoulos, Ivanović, "Hubs in Space", JMLR 11 (2010). Alignment and
uniformity: Wang and Isola, ICML 2020.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.hits import unit
from training.metrics import TIE_TOLERANCE

NEARLY_EQUAL = 0.99
"""Cosine from which on two vectors are counted as nearly equal."""

_SHARPNESS = 2.0  # Wang and Isola's t
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Spread:
    """Random pairs of one set of vectors: 0 and -4 are the best there is (in high dimension, isotropic).

    mean_cosine: anisotropy; uniformity: log of the mean of exp(-2 d²) over Euclidean distances d.
    """

    mean_cosine: float
    uniformity: float


def occurrences(hits: NDArray[np.int64], candidates: int) -> NDArray[np.int64]:
    """N_k: among the first hits of how many queries each candidate is, `(candidates,)`. hits: rows (queries, k)."""
    return np.bincount(hits.ravel(), minlength=candidates).astype(np.int64)


def skewness(values: NDArray[np.integer] | NDArray[np.floating]) -> float:
    """The third standardised moment of all values: 0 for a symmetric distribution, and where all are equal."""
    centred = np.asarray(values, np.float64) - np.mean(values, dtype=np.float64)
    variance = float(np.mean(centred**2))
    return float(np.mean(centred**3)) / variance**1.5 if variance > 0 else 0.0


def chance_skewness(queries: int, k: int, candidates: int) -> float:
    """The skewness of N_k (binomial) where every query draws its hits by lot."""
    share = min(k / candidates, 1.0)
    variance = queries * share * (1 - share)
    return (1 - 2 * share) / math.sqrt(variance) if variance > 0 else 0.0


def chance_never(queries: int, k: int, candidates: int) -> float:
    """The share of candidates that no query finds, where every query draws its hits by lot."""
    return (1 - min(k / candidates, 1.0)) ** queries


def spread(vectors: NDArray[np.floating], *, sample: int = 2000, seed: int = 0) -> Spread:
    """Of all pairs among `sample` rows drawn by lot. vectors (rows, dim), two at least, of any length."""
    rows = np.random.default_rng(seed).permutation(len(vectors))[:sample]
    some = unit(vectors[rows]).astype(np.float64)
    cosines = (some @ some.T)[np.triu_indices(len(some), k=1)]
    return Spread(float(cosines.mean()), float(np.log(np.mean(np.exp(-_SHARPNESS * (2 - 2 * cosines))))))


def alignment(texts: NDArray[np.floating], molecules: NDArray[np.floating]) -> float:
    """The mean squared distance, from 0 to 4, of paired vectors at unit length. (pairs, dim) each."""
    return float(np.mean(2 - 2 * paired_cosines(texts, molecules)))


def paired_cosines(left: NDArray[np.floating], right: NDArray[np.floating]) -> NDArray[np.float64]:
    """Cosine of row i of one and row i of the other: (rows,)."""
    cosines: NDArray[np.float64] = np.einsum("nd,nd->n", unit(left), unit(right), dtype=np.float64)
    return cosines


def nearest_other(vectors: NDArray[np.floating], groups: NDArray[np.int64]) -> NDArray[np.float32]:
    """For each vector the highest cosine to one of another group, -inf where there is none: float32 (rows,).

    groups: int64 (rows,); rows of one group are the same molecule or text.
    """
    normed = unit(vectors)
    best = np.full(len(normed), -np.inf, np.float32)
    starts = range(0, len(normed), _BLOCK)
    for start in starts:
        rows = slice(start, start + _BLOCK)
        for other in range(start, len(normed), _BLOCK):  # cosines are symmetric: each block is made once
            columns = slice(other, other + _BLOCK)
            block = normed[rows] @ normed[columns].T
            block[groups[rows, None] == groups[None, columns]] = -np.inf
            np.maximum(best[rows], block.max(axis=1), out=best[rows])
            np.maximum(best[columns], block.max(axis=0), out=best[columns])
    return best


def equal(cosines: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which cosines are 1 as far as retrieval can tell."""
    return cosines >= 1 - TIE_TOLERANCE
