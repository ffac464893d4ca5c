"""Approximate best rows in float32, by FAISS's scan or its blocked matrix product.

Measured on one core with 33,000 × 256 vectors and 26 rows wanted, in microseconds a query (scan, FAISS's product, plain
NumPy product): 1 query 980, 2,530, 1,170; 4 queries 1,120, 630, 600; 8 queries 1,040, 400, 370; 64 queries 990, 190,
180. `python -m benchmarks.search` prints such a table.
"""

from collections.abc import Iterator
from functools import cache

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Rows, Vectors

# FAISS multiplies matrices from this many numbers in the queries on: 4 queries of 256, where the product overtakes the
# scan. With its own default (128,000: 500 queries of 256) batches in between take up to five times as long.
_PRODUCT_FROM = 4 * 256
# Rows multiplied or gathered at a time: 64k × 300 × 4 bytes = 75 MiB gathered, and 0.25 MiB of scores per query.
_ROWS = 65_536
_QUERIES = 64
# Gathering an allowed row costs several times as much as reading one that the filter drops.
SCAN_ALL_FROM = 0.125


def scan(vectors: Vectors, queries: Vectors, width: int, allowed: Rows | None) -> tuple[Vectors, Rows]:
    """The `width` best rows of each query, up to float32 rounding: scores and rows `(queries, width)`, in any order.

    `width` is at most the number of rows (of those allowed).
    """
    if allowed is None:
        return nearest(vectors, queries, width)
    blocks = _all_blocks if len(allowed) >= SCAN_ALL_FROM * len(vectors) else _gathered_blocks
    parts = [
        _best_of(list(blocks(vectors, queries[start : start + _QUERIES], width, allowed)), width)
        for start in range(0, len(queries), _QUERIES)
    ]
    return np.concatenate([scores for scores, _ in parts]), np.concatenate([rows for _, rows in parts])


def nearest(vectors: Vectors, queries: Vectors, width: int) -> tuple[Vectors, Rows]:
    """The `width` best of all vectors: scores and rows `(queries, width)`, in any order."""
    _prefer_products()
    scores, rows = faiss.knn(queries, vectors, width, metric=faiss.METRIC_INNER_PRODUCT)
    return scores, rows


@cache
def _prefer_products() -> None:
    """Set FAISS's threshold, which is global to the process and affects speed only, once."""
    faiss.cvar.distance_compute_blas_threshold = _PRODUCT_FROM


def _best_of(found: list[tuple[Vectors, Rows]], width: int) -> tuple[Vectors, Rows]:
    scores = np.concatenate([part for part, _ in found], axis=1)
    rows = np.concatenate([part for _, part in found], axis=1)
    best = np.argpartition(scores, scores.shape[1] - width, axis=1)[:, scores.shape[1] - width :]
    return np.take_along_axis(scores, best, axis=1), np.take_along_axis(rows, best, axis=1)


def _gathered_blocks(vectors: Vectors, queries: Vectors, width: int, allowed: Rows) -> Iterator[tuple[Vectors, Rows]]:
    """Few rows are allowed: gather them."""
    for start in range(0, len(allowed), _ROWS):
        rows = allowed[start : start + _ROWS]
        yield _top(queries @ vectors[rows].T, rows, width)


def _all_blocks(vectors: Vectors, queries: Vectors, width: int, allowed: Rows) -> Iterator[tuple[Vectors, Rows]]:
    """Most rows are allowed: multiply all in place, then keep the allowed ones."""
    for start in range(0, len(vectors), _ROWS):
        stop = min(start + _ROWS, len(vectors))
        first, last = np.searchsorted(allowed, (start, stop))
        rows = allowed[first:last]
        if len(rows):
            yield _top((queries @ vectors[start:stop].T)[:, rows - start], rows, width)


def _top(scores: Vectors, rows: Rows, width: int) -> tuple[Vectors, NDArray[np.int64]]:
    if scores.shape[1] <= width:
        return scores, np.broadcast_to(rows, scores.shape)
    best = np.argpartition(scores, scores.shape[1] - width, axis=1)[:, scores.shape[1] - width :]
    return np.take_along_axis(scores, best, axis=1), rows[best]
