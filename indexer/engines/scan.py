"""Approximate best rows in float32: matrix products, and of their scores those that can still be among the best.

PyTorch multiplies. The BLAS in FAISS's wheels does not know processors that are younger than itself, and takes up to
ten times as long on them. For a query alone, FAISS reads the vectors without it, as fast as memory is.
`python -m benchmarks.search` prints a table of both.
"""

import ctypes
from collections.abc import Iterator
from typing import TYPE_CHECKING

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Rows, Vectors

if TYPE_CHECKING:
    from torch import Tensor

# Rows multiplied or gathered at a time, and queries: 16k × 64 × 4 bytes = 4 MiB of scores. The first rows are fewer:
# all of them are sorted, and set a bound for the others.
_ROWS = 16_384
_FIRST_ROWS = 2048
_QUERIES = 64
# Gathering an allowed row costs several times as much as reading one that the filter drops.
SCAN_ALL_FROM = 0.125


def scan(vectors: Vectors, queries: Vectors, width: int, allowed: Rows | None) -> tuple[Vectors, Rows]:
    """The `width` best rows of each query, up to float32 rounding: scores and rows `(queries, width)`, in any order.

    `width` is at most the number of rows (of those allowed).
    """
    if allowed is None and len(queries) == 1:
        scores, rows = faiss.knn(queries, vectors, width, metric=faiss.METRIC_INNER_PRODUCT)
        return scores, rows
    parts = [
        _best(vectors, queries[start : start + _QUERIES], width, allowed) for start in range(0, len(queries), _QUERIES)
    ]
    return np.concatenate([scores for scores, _ in parts]), np.concatenate([rows for _, rows in parts])


def _best(vectors: Vectors, queries: Vectors, width: int, allowed: Rows | None) -> tuple[Vectors, Rows]:
    best = _Best(len(queries), width)
    for scores, rows in _scored(vectors, queries, max(_FIRST_ROWS, width), allowed):
        best.add(scores, rows)
    return best.scores, best.rows


def _scored(vectors: Vectors, queries: Vectors, first: int, allowed: Rows | None) -> Iterator[tuple[Vectors, Rows]]:
    """Scores `(queries, m)` of all (allowed) rows `(m,)`, some at a time."""
    asked = _tensor(queries)
    if allowed is not None and len(allowed) < SCAN_ALL_FROM * len(vectors):  # few: gather them
        for start, stop in _blocks(len(allowed), first):
            rows = allowed[start:stop]
            yield (asked @ _tensor(vectors[rows]).T).numpy(), rows
        return
    everything = _tensor(vectors)
    for start, stop in _blocks(len(vectors), first):
        scores = (asked @ everything[start:stop].T).numpy()
        if allowed is None:
            yield scores, np.arange(start, stop)
            continue
        rows = allowed[slice(*np.searchsorted(allowed, (start, stop)))]
        yield scores[:, rows - start], rows


def _blocks(count: int, first: int) -> Iterator[tuple[int, int]]:
    start = 0
    while start < count:
        stop = min(start + (_ROWS if start else first), count)
        yield start, stop
        start = stop


class _Best:
    """The best rows of each query so far, and their scores: `(queries, width)`, or less before there are so many."""

    def __init__(self, queries: int, width: int) -> None:
        self._width = width
        self.scores: Vectors = np.empty((queries, 0), np.float32)
        self.rows: Rows = np.empty((queries, 0), np.int64)

    def add(self, scores: Vectors, rows: Rows) -> None:
        """scores: `(queries, m)`; rows: `(m,)`."""
        if self.scores.shape[1] < self._width:
            self._keep_best(scores, np.broadcast_to(rows, scores.shape))
            return
        better = np.flatnonzero(scores > self.scores.min(axis=1, keepdims=True))  # few, and queries in order
        if not len(better):
            return
        queries, places = np.divmod(better, len(rows))
        counts = np.bincount(queries, minlength=len(scores))
        turns = np.arange(len(queries)) - np.repeat(np.cumsum(counts) - counts, counts)
        better_scores = np.full((len(scores), counts.max()), -np.inf, np.float32)
        better_rows = np.zeros(better_scores.shape, np.int64)
        better_scores[queries, turns] = scores[queries, places]
        better_rows[queries, turns] = rows[places]
        self._keep_best(better_scores, better_rows)

    def _keep_best(self, scores: Vectors, rows: Rows) -> None:
        scores, rows = np.concatenate([self.scores, scores], axis=1), np.concatenate([self.rows, rows], axis=1)
        if scores.shape[1] > self._width:
            best = np.argpartition(scores, scores.shape[1] - self._width, axis=1)[:, scores.shape[1] - self._width :]
            scores, rows = np.take_along_axis(scores, best, axis=1), np.take_along_axis(rows, best, axis=1)
        self.scores, self.rows = scores, rows


def _tensor(array: NDArray[np.float32]) -> "Tensor":
    """The same memory, which has to outlive the tensor. PyTorch would warn of a file that is mapped to be read only."""
    import torch  # here: commands that search nothing need not wait for it

    array = np.ascontiguousarray(array)
    if not array.flags.writeable:
        address = ctypes.cast(array.ctypes.data, ctypes.POINTER(ctypes.c_float))
        array = np.ctypeslib.as_array(address, array.shape)
    return torch.from_numpy(array)
