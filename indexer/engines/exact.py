"""Exact cosines for rows that an engine proposes, ordered independently of how they were found."""

import numpy as np

from indexer.engines.base import NO_ROW, Hits, Rows, Vectors

_BLOCK = 8192


def check_queries(queries: Vectors, k: int, dim: int) -> Vectors:
    """Return the queries as contiguous float32 `(queries, dim)`, or raise ValueError saying what is wrong."""
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    checked = np.ascontiguousarray(queries, dtype=np.float32)
    if checked.ndim != 2 or checked.shape[1] != dim:
        raise ValueError(f"queries must have the shape (queries, {dim}), not {checked.shape}")
    if not np.isfinite(checked).all():
        raise ValueError("queries must be finite numbers")
    return checked


def exact_scores(vectors: Vectors, query: Vectors, rows: Rows) -> Vectors:
    """Cosines of `rows` with one query `(dim,)`, summed in float64 and rounded once: float32 `(rows,)`.

    Computed row by row, so equal vectors get equal scores, and a query gets the same scores alone as in a batch (the
    rounding of a matrix product depends on a row's position in the matrix).
    """
    scores = np.empty(len(rows), dtype=np.float32)
    wide = query.astype(np.float64)
    for start in range(0, len(rows), _BLOCK):
        block = vectors[rows[start : start + _BLOCK]].astype(np.float64)
        scores[start : start + _BLOCK] = np.einsum("rd,d->r", block, wide)
    return scores


def empty_hits(queries: int, k: int) -> Hits:
    """Hits without any row: row -1 and score -inf everywhere, shapes `(queries, k)`."""
    return Hits(
        scores=np.full((queries, k), -np.inf, dtype=np.float32),
        rows=np.full((queries, k), NO_ROW, dtype=np.int64),
    )


def put_best(hits: Hits, position: int, scores: Vectors, rows: Rows) -> None:
    """Write the best of `rows` `(rows,)` as the hits of query `position`: best first, ties in row order."""
    order = np.lexsort((rows, -scores))[: hits.rows.shape[1]]
    hits.scores[position, : len(order)] = scores[order]
    hits.rows[position, : len(order)] = rows[order]
