"""Scanning all vectors for approximate best rows in float32, by FAISS's scan or its blocked matrix product.

Measured on one core with 33,000 × 256 vectors and 26 rows wanted, in microseconds a query (scan, FAISS's product, the
bare product of NumPy): 1 query 980, 2,530, 1,170; 4 queries 1,120, 630, 600; 8 queries 1,040, 400, 370; 64 queries 990,
190, 180. `python -m benchmarks.search` prints such a table.
"""

from collections.abc import Iterator

import faiss
import numpy as np

from indexer.engines.base import Rows, Vectors

# From this many queries on, the matrix product is faster than scanning for one query after the other.
_PRODUCT_FROM = 4
# Rows gathered at a time when a filter leaves only some of them: 64k × 300 × 4 bytes = 75 MiB.
_GATHER = 65_536


def scan(vectors: Vectors, queries: Vectors, width: int, allowed: Rows | None) -> tuple[Vectors, Rows]:
    """The `width` best rows of each query, up to float32 rounding: scores and rows `(queries, width)`, in any order.

    `width` is at most the number of rows (that are allowed).
    """
    if allowed is None:
        return _nearest(vectors, queries, width)
    found = list(_scan_blocks(vectors, queries, width, allowed))
    scores = np.concatenate([part for part, _ in found], axis=1)
    rows = np.concatenate([part for _, part in found], axis=1)
    best = np.argpartition(scores, scores.shape[1] - width, axis=1)[:, scores.shape[1] - width :]
    return np.take_along_axis(scores, best, axis=1), np.take_along_axis(rows, best, axis=1)


def _nearest(vectors: Vectors, queries: Vectors, width: int) -> tuple[Vectors, Rows]:
    # FAISS takes the product from this many numbers in the queries on. Its own default (128,000: 500 queries of 256)
    # leaves batches below five times slower than they need be. A setting of the process, and only one of speed.
    faiss.cvar.distance_compute_blas_threshold = _PRODUCT_FROM * vectors.shape[1]
    scores, rows = faiss.knn(queries, vectors, width, metric=faiss.METRIC_INNER_PRODUCT)
    return scores, rows


def _scan_blocks(vectors: Vectors, queries: Vectors, width: int, allowed: Rows) -> Iterator[tuple[Vectors, Rows]]:
    for start in range(0, len(allowed), _GATHER):
        rows = allowed[start : start + _GATHER]
        scores, places = _nearest(vectors[rows], queries, min(width, len(rows)))
        yield scores, rows[places]
