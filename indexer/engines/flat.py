"""Exact search by scanning every vector, as float32 or (half the bytes to read) as float16."""

from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import EngineStats, Hits, Rows, Vectors, Where
from indexer.engines.exact import check_queries, empty_hits, exact_scores, put_best
from indexer.engines.gpu import GpuCopy
from indexer.engines.scan import SCAN_ALL_FROM, scan

# Rows fetched beyond k, to see a tie at the k-th place and settle it by row number.
_OVERFETCH = 16
# Maximum difference between a float32 scan's score and the exact cosine of two unit vectors (observed: 4e-7 at d=300).
_SCAN_ERROR = 1e-5
# Rounding to float16 changes a number by at most 2^-11 of itself, so by Cauchy-Schwarz a score of unit vectors by as
# much, plus 2^-25 for each number below 2^-14.
_HALF_ERROR = 2.0**-11 + 1e-6
# From this many queries on, float16 blocks are converted to float32 and multiplied (100,000 × 304, one core: 44 ms
# against 34 at 16 queries, 77 against 128 at 64).
_DECODE_FROM = 24
_DECODE_ROWS = 8192


class HalfScan:
    """The vectors as float16, mapped from a FAISS file."""

    def __init__(self, index: faiss.IndexScalarQuantizer, path: Path) -> None:
        self._index = index
        self._codes: NDArray[np.uint8] = faiss.rev_swig_ptr(index.codes.data(), index.ntotal * index.code_size).reshape(
            index.ntotal, index.code_size
        )
        self.nbytes = path.stat().st_size

    def scan(self, queries: Vectors, width: int, allowed: Rows | None) -> tuple[Vectors, Rows]:
        """As `indexer.engines.scan.scan`, with the scores of the float16 vectors."""
        queries = padded_to(queries, self._index.d)
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
            found, places = scan(block, queries, min(width, len(block)), None)
            scores, rows = np.hstack([scores, found]), np.hstack([rows, places + start])
            if scores.shape[1] > width:
                best = np.argpartition(scores, scores.shape[1] - width, axis=1)[:, scores.shape[1] - width :]
                scores, rows = np.take_along_axis(scores, best, axis=1), np.take_along_axis(rows, best, axis=1)
        return scores, rows


def padded_to(vectors: Vectors, width: int) -> Vectors:
    """Vectors `(rows, dim)` with zeros appended: `(rows, width)`."""
    if vectors.shape[1] == width:
        return vectors
    wide = np.zeros((len(vectors), width), np.float32)
    wide[:, : vectors.shape[1]] = vectors
    return wide


def selector(allowed: Rows, count: int) -> faiss.IDSelector:
    """A filter in FAISS's form: one bit per row."""
    mask = np.zeros(count, np.bool_)
    mask[allowed] = True
    return faiss.IDSelectorBitmap(np.packbits(mask, bitorder="little"))  # type: ignore[call-arg, arg-type]


class FlatIndex:
    """Exact search by scanning.

    A scan proposes a few rows more than k; those are scored exactly, so the hits do not depend on how the scan was
    done. More rows are fetched while one that was not could still be among the k best, given the scan's rounding
    error: a float16 scan, too, ends with the exact result.
    """

    def __init__(self, vectors: Vectors, half: HalfScan | None = None, on_gpus: GpuCopy | None = None) -> None:
        self.vectors = vectors
        self._half = half
        self._on_gpus = on_gpus
        self.count = int(vectors.shape[0])
        self.dim = int(vectors.shape[1])

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None, where: Where | None = None) -> Hits:
        queries = check_queries(queries, k, self.dim)
        vectors = self.vectors  # held here: `close` in another thread does not end this search
        half, on_gpus = self._half, self._on_gpus if allowed is None else None
        hits = empty_hits(len(queries), k)
        available = len(vectors) if allowed is None else len(allowed)
        if half is not None and allowed is not None and available < SCAN_ALL_FROM * len(vectors):
            half = None
        of_nothing = ~queries.any(axis=1)  # equally near to all rows: a scan would settle nothing before the last one
        for position in np.flatnonzero(of_nothing) if available else ():
            first = np.arange(min(k, available)) if allowed is None else allowed[:k]
            put_best(hits, int(position), np.zeros(len(first), np.float32), first)
        pending = np.flatnonzero(~of_nothing) if available else np.empty(0, dtype=np.int64)
        width = k + _OVERFETCH
        while len(pending):
            width = min(width, available)
            if on_gpus is not None and on_gpus.fits(width):
                scan_scores, scan_rows = on_gpus.search(queries[pending], width)
            elif half is not None and width < available:
                scan_scores, scan_rows = half.scan(queries[pending], width, allowed)
            else:
                scan_scores, scan_rows = scan(vectors, queries[pending], width, allowed)
            unsettled = []
            for i, position in enumerate(pending):
                query, rows = queries[position], scan_rows[i]
                scores = exact_scores(vectors, query, rows)
                worst_fetched = float(scan_scores[i].min())
                if width < available and _may_miss(scores, worst_fetched, k, query, half is not None):
                    unsettled.append(position)
                else:
                    put_best(hits, int(position), scores, rows)
            pending = np.asarray(unsettled, dtype=np.int64)
            width *= 4
        return hits

    def scores(self, query: Vectors, rows: Rows) -> Vectors:
        return exact_scores(self.vectors, query, rows)

    def check(self) -> None:
        """Needs no server."""

    def stats(self) -> EngineStats:
        return EngineStats(
            "faiss",
            "flat",
            self.count,
            self.dim,
            vector_bytes=self.vectors.nbytes,
            index_bytes=self._half.nbytes if self._half else 0,
            device="cuda" if self._on_gpus is not None else "cpu",
        )

    def close(self) -> None:
        """Release the mappings; they end when the last search that uses them returns."""
        self.vectors = np.empty((0, self.dim), dtype=np.float32)
        self._half = None
        self._on_gpus = None
        self.count = 0


def _may_miss(scores: Vectors, worst_fetched: float, k: int, query: Vectors, half: bool) -> bool:
    """Whether a row that was not fetched could equal or beat the k-th best of those that were."""
    kth = float(np.partition(scores, len(scores) - k)[len(scores) - k])
    error = (_SCAN_ERROR + (_HALF_ERROR if half else 0.0)) * float(np.linalg.norm(query))
    return kth <= worst_fetched + error
