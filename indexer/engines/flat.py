"""Exact search by scanning every vector, as float32 or (half the bytes to read) as float16."""

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import EngineStats, Hits, Rows, Vectors, Where
from indexer.engines.exact import check_queries, empty_hits, exact_scores, put_best, ranking
from indexer.engines.gpu import GpuCopy
from indexer.engines.scan import SCAN_ALL_FROM, nearest, scan

# Rows fetched beyond k, so that a tie at the k-th place can be seen and settled by row number.
_OVERFETCH = 16
# Largest difference between a float32 scan's score and the exact cosine of two unit vectors (seen: 4e-7 at d=300).
_SCAN_ERROR = 1e-5
# Rounding to float16 changes a number by at most 2^-11 of itself, so by Cauchy and Schwarz a score of unit vectors by
# as much, plus what numbers below 2^-14 lose (2^-25 each).
_HALF_ERROR = 2.0**-11 + 1e-6
# From this many queries on, halves are made float32 block by block and multiplied (100,000 × 304, a core: 44 ms against
# 34 at 16 queries, 77 against 128 at 64).
_DECODE_FROM = 24
_DECODE_ROWS = 8192


class HalfScan:
    """The vectors as float16, with their biases in the dimension after the last, mapped from a FAISS file."""

    def __init__(self, index: faiss.IndexScalarQuantizer, path: Path) -> None:
        self._index = index
        self._codes: NDArray[np.uint8] = faiss.rev_swig_ptr(index.codes.data(), index.ntotal * index.code_size).reshape(
            index.ntotal, index.code_size
        )
        self.nbytes = path.stat().st_size

    def scan(self, queries: Vectors, width: int, allowed: Rows | None) -> tuple[Vectors, Rows]:
        """As `indexer.engines.scan.scan`, with the scores of the 16-bit copies."""
        queries = extended(queries, self._index.d)
        if allowed is not None:
            parameters = faiss.SearchParameters(sel=selector(allowed, self._index.ntotal))  # type: ignore[call-arg]
            scores, rows = self._index.search(queries, width, params=parameters)
            return scores, rows
        if len(queries) < _DECODE_FROM:
            scores, rows = self._index.search(queries, width)
            return scores, rows
        return self._scan_decoded(queries, width)

    def _scan_decoded(self, queries: Vectors, width: int) -> tuple[Vectors, Rows]:
        scores = np.empty((len(queries), 0), np.float32)
        rows = np.empty((len(queries), 0), np.int64)
        for start in range(0, len(self._codes), _DECODE_ROWS):
            block = self._index.sq.decode(self._codes[start : start + _DECODE_ROWS])
            found, places = nearest(block, queries, min(width, len(block)))
            scores, rows = np.hstack([scores, found]), np.hstack([rows, places + start])
            if scores.shape[1] > width:
                best = np.argpartition(scores, scores.shape[1] - width, axis=1)[:, scores.shape[1] - width :]
                scores, rows = np.take_along_axis(scores, best, axis=1), np.take_along_axis(rows, best, axis=1)
        return scores, rows


def extended(queries: Vectors, width: int) -> Vectors:
    """Queries as wide as an index: a 1 for the bias, then zeros, as in `indexer.engines.making`."""
    wide = np.zeros((len(queries), width), np.float32)
    wide[:, : queries.shape[1]] = queries
    if width > queries.shape[1]:
        wide[:, queries.shape[1]] = 1  # meets a zero where there are no biases
    return wide


def selector(allowed: Rows, count: int) -> faiss.IDSelector:
    """FAISS's form of a filter: one bit a row."""
    mask = np.zeros(count, np.bool_)
    mask[allowed] = True
    return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))  # type: ignore[call-arg, arg-type]


class FlatIndex:
    """Exact search by scanning.

    A scan proposes a few rows more than asked; those are scored exactly, so results do not depend on the path taken.
    Where a row that was not fetched could still belong to the best, by the error that the scan can have, more are
    fetched: also a scan of float16 ends with the exact result.
    """

    def __init__(
        self,
        vectors: Vectors,
        bias: Vectors | None = None,
        half: HalfScan | None = None,
        on_gpus: GpuCopy | None = None,
    ) -> None:
        self.vectors = vectors
        self.bias = bias
        self._half = half
        self._on_gpus = on_gpus
        self._largest_bias = float(np.abs(bias).max(initial=0)) if bias is not None else 0.0
        self.count = int(vectors.shape[0])
        self.dim = int(vectors.shape[1])

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None, where: Where | None = None) -> Hits:
        queries = check_queries(queries, k, self.dim)
        vectors, bias = self.vectors, self.bias  # held here: `close` in another thread does not end this search
        half, on_gpus = self._half, self._on_gpus if allowed is None else None
        hits = empty_hits(len(queries), k)
        available = len(vectors) if allowed is None else len(allowed)
        if half is not None and allowed is not None and available < SCAN_ALL_FROM * len(vectors):
            half = None
        pending = np.arange(len(queries)) if available else np.empty(0, dtype=np.int64)
        width = k + _OVERFETCH
        while len(pending):
            width = min(width, available)
            if on_gpus is not None and on_gpus.fits(width):
                scan_scores, scan_rows = on_gpus.search(queries[pending], width)
            elif half is not None and width < available:
                scan_scores, scan_rows = half.scan(queries[pending], width, allowed)
            else:
                scan_scores, scan_rows = scan(vectors, bias, queries[pending], width, allowed)
            unsettled = []
            for i, position in enumerate(pending):
                query, rows = queries[position], scan_rows[i]
                scores = exact_scores(vectors, query, rows)
                ranks = ranking(scores, rows, bias)
                if width < available and self._may_miss(ranks, float(scan_scores[i].min()), k, query, half):
                    unsettled.append(position)
                else:
                    put_best(hits, int(position), scores, rows, ranks)
            pending = np.asarray(unsettled, dtype=np.int64)
            width *= 4
        return hits

    def check(self) -> None:
        """Nothing is needed outside this process."""

    def _may_miss(self, ranks: Vectors, worst_fetched: float, k: int, query: Vectors, half: HalfScan | None) -> bool:
        """Whether a row that was not fetched could equal or beat the k-th best of those that were."""
        kth = float(np.partition(ranks, len(ranks) - k)[len(ranks) - k])
        length = float(np.linalg.norm(query))
        error = _SCAN_ERROR * (length + self._largest_bias)
        if half is not None:
            wide = np.hypot(length, 1.0) if self.bias is not None else length
            error += _HALF_ERROR * float(wide * np.hypot(1.0, self._largest_bias))
        return kth <= worst_fetched + error

    def stats(self) -> EngineStats:
        half_bytes = self._half.nbytes if self._half else 0
        bias_bytes = self.bias.nbytes if self.bias is not None else 0
        return EngineStats(
            "faiss",
            "flat",
            self.count,
            self.dim,
            vector_bytes=self.vectors.nbytes,
            index_bytes=half_bytes + bias_bytes,
            device="cuda" if self._on_gpus is not None else "cpu",
        )

    def close(self) -> None:
        """Let go of the mappings; they end when the last search that uses them has returned."""
        self.vectors = np.empty((0, self.dim), dtype=np.float32)
        self.bias = None
        self._half = None
        self._on_gpus = None
        self.count = 0
