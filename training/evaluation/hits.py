"""The first hits of many queries among many candidates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 256


@dataclass(frozen=True, slots=True)
class FirstHits:
    """Best first, equal cosines in the order of the candidates. rows int64 and scores float32: (queries, k)."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]


def first_hits(queries: NDArray[np.floating], candidates: NDArray[np.floating], k: int) -> FirstHits:
    """The k candidates of highest cosine for each query, all of them where there are fewer. (rows, dim) each, of any
    length; a zero vector has cosine 0 to all.
    """
    left, right = unit(queries), unit(candidates)
    k = min(k, len(right))
    rows = np.empty((len(left), k), np.int64)
    scores = np.empty((len(left), k), np.float32)
    for start in range(0, len(left), _BLOCK):
        block = left[start : start + _BLOCK] @ right.T
        best = np.argpartition(-block, k - 1, axis=1)[:, :k] if k < len(right) else np.argsort(-block, axis=1)
        values = np.take_along_axis(block, best, axis=1)
        order = np.lexsort((best, -values))
        rows[start : start + _BLOCK] = np.take_along_axis(best, order, axis=1)
        scores[start : start + _BLOCK] = np.take_along_axis(values, order, axis=1)
    return FirstHits(rows, scores)


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """The vectors (rows, dim) at unit length; zero ones stay zero."""
    single = np.asarray(vectors, np.float32)
    norms = np.linalg.norm(single, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (single / np.where(norms > 0, norms, 1)).astype(np.float32)
    return unit
