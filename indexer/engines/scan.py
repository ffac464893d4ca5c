"""Scanning vectors for approximate best rows in float32, by FAISS's scan or its blocked matrix product.

Measured on one core with 33,000 × 256 vectors and 26 rows wanted, in microseconds a query (scan, FAISS's product, the
bare product of NumPy): 1 query 980, 2,530, 1,170; 4 queries 1,120, 630, 600; 8 queries 1,040, 400, 370; 64 queries 990,
190, 180. `python -m benchmarks.search` prints such a table.
"""

from collections.abc import Iterator

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Rows, Vectors

# From this many queries on, the matrix product is faster than scanning for one query after the other.
_PRODUCT_FROM = 4
# Rows multiplied or gathered at a time: 64k × 300 × 4 bytes = 75 MiB gathered, and 0.25 MiB of scores a query.
_ROWS = 65_536
_QUERIES = 64
# Gathering the rows that a filter leaves costs several times as much a row as reading on past those that it drops.
SCAN_ALL_FROM = 0.125


def scan(
    vectors: Vectors, bias: Vectors | None, queries: Vectors, width: int, allowed: Rows | None
) -> tuple[Vectors, Rows]:
    """The `width` best rows of each query, up to float32 rounding: scores and rows `(queries, width)`, in any order.

    `width` is at most the number of rows (that are allowed). `bias` `(count,)` is added to the scores of its rows.
    """
    if allowed is None and bias is None:
        return nearest(vectors, queries, width)
    blocks = _all_blocks if allowed is None or len(allowed) >= SCAN_ALL_FROM * len(vectors) else _gathered_blocks
    parts = [
        _best_of(list(blocks(vectors, bias, queries[start : start + _QUERIES], width, allowed)), width)
        for start in range(0, len(queries), _QUERIES)
    ]
    return np.concatenate([scores for scores, _ in parts]), np.concatenate([rows for _, rows in parts])


def nearest(vectors: Vectors, queries: Vectors, width: int) -> tuple[Vectors, Rows]:
    """The `width` best of all vectors: scores and rows `(queries, width)`, in any order."""
    # FAISS takes the product from this many numbers in the queries on. Its own default (128,000: 500 queries of 256)
    # leaves batches below five times slower than they need be. A setting of the process, and only one of speed.
    faiss.cvar.distance_compute_blas_threshold = _PRODUCT_FROM * vectors.shape[1]
    scores, rows = faiss.knn(queries, vectors, width, metric=faiss.METRIC_INNER_PRODUCT)
    return scores, rows


def _best_of(found: list[tuple[Vectors, Rows]], width: int) -> tuple[Vectors, Rows]:
    scores = np.concatenate([part for part, _ in found], axis=1)
    rows = np.concatenate([part for _, part in found], axis=1)
    best = np.argpartition(scores, scores.shape[1] - width, axis=1)[:, scores.shape[1] - width :]
    return np.take_along_axis(scores, best, axis=1), np.take_along_axis(rows, best, axis=1)


def _gathered_blocks(
    vectors: Vectors, bias: Vectors | None, queries: Vectors, width: int, allowed: Rows | None
) -> Iterator[tuple[Vectors, Rows]]:
    """Few rows are allowed: bring them together."""
    assert allowed is not None
    for start in range(0, len(allowed), _ROWS):
        rows = allowed[start : start + _ROWS]
        scores = queries @ vectors[rows].T
        if bias is not None:
            scores += bias[rows]
        yield _top(scores, rows, width)


def _all_blocks(
    vectors: Vectors, bias: Vectors | None, queries: Vectors, width: int, allowed: Rows | None
) -> Iterator[tuple[Vectors, Rows]]:
    """Most rows are allowed: multiply them all as they lie, then look at the allowed ones."""
    for start in range(0, len(vectors), _ROWS):
        stop = min(start + _ROWS, len(vectors))
        scores = queries @ vectors[start:stop].T
        if bias is not None:
            scores += bias[start:stop]
        rows = np.arange(start, stop, dtype=np.int64)
        if allowed is not None:
            first, last = np.searchsorted(allowed, (start, stop))
            rows = allowed[first:last]
            scores = scores[:, rows - start]
        if len(rows):
            yield _top(scores, rows, width)


def _top(scores: Vectors, rows: Rows, width: int) -> tuple[Vectors, NDArray[np.int64]]:
    if scores.shape[1] <= width:
        return scores, np.broadcast_to(rows, scores.shape)
    best = np.argpartition(scores, scores.shape[1] - width, axis=1)[:, scores.shape[1] - width :]
    return np.take_along_axis(scores, best, axis=1), rows[best]
