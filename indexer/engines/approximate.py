"""Approximate search (a graph, or clusters) with exact scores for the rows it proposes."""

from copy import copy
from pathlib import Path

import faiss
import numpy as np

from indexer.engines.base import EngineStats, Hits, Rows, Vectors, Where
from indexer.engines.exact import check_queries, empty_hits, exact_scores, put_best
from indexer.engines.files import resident_bytes
from indexer.engines.flat import FlatIndex, padded_to, selector
from indexer.engines.gpu import GpuCopy
from indexer.engines.inverted_lists import lists_file
from indexer.engines.parameters import ApproximateParameters, HnswParameters, IvfParameters

# Filters that leave at most so many rows, or so large a share, are answered by scoring every row.
_EXACT_ROWS = 20_000
_EXACT_SHARE = 0.05
# Rows re-scored beyond the multiple of k, which is small for k = 1.
_OVERFETCH = 16


class ApproximateIndex:
    """`hnsw`, `ivf` and `ivfpq`.

    FAISS proposes `overfetch` times k rows, which are scored exactly and ordered by that score; only a row that FAISS
    did not propose can be missing. Selective filters are searched exactly, others with more effort, and a query that
    finds fewer rows than exist is answered exactly: a filter always gets as many hits as it leaves rows, up to k.
    """

    def __init__(
        self,
        kind: str,
        index: faiss.Index,
        parameters: ApproximateParameters,
        vectors: Vectors,
        path: Path,
        on_gpus: GpuCopy | None = None,
    ) -> None:
        self._kind = kind
        self._index: faiss.Index | None = index
        self.parameters = parameters
        self._exact = FlatIndex(vectors)
        self._path = path
        self._on_gpus = on_gpus
        self._size = sum(file.stat().st_size for file in (path, lists_file(path)) if file.exists())
        self.count = self._exact.count
        self.dim = self._exact.dim

    def with_effort(self, effort: int) -> "ApproximateIndex":
        """The same index, searched with another effort (lists probed, or candidates in a graph)."""
        other = copy(self)
        other.parameters = self.parameters.with_effort(effort)
        return other

    @property
    def max_effort(self) -> int:
        """The effort that looks at the whole index."""
        return self.parameters.lists if isinstance(self.parameters, IvfParameters) else self.count

    def exact(self) -> FlatIndex:
        """The same rows, searched exactly."""
        return self._exact

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None, where: Where | None = None) -> Hits:
        queries = check_queries(queries, k, self.dim)
        index, exact = self._index, self._exact
        vectors, count = exact.vectors, exact.count  # held: see FlatIndex.search
        available = count if allowed is None else len(allowed)
        width = k * self.parameters.overfetch + _OVERFETCH
        if index is None or available <= width or self._is_selective(allowed):
            return exact.search(queries, k, allowed)
        found = self._propose(index, queries, width, allowed, count)
        hits = empty_hits(len(queries), k)
        short = []
        for position, (query, rows) in enumerate(zip(queries, found, strict=True)):
            rows = rows[rows >= 0]
            if len(rows) < k:
                short.append(position)
                continue
            scores = exact_scores(vectors, query, rows)
            put_best(hits, position, scores, rows)
        if short:
            rest = exact.search(queries[short], k, allowed)
            hits.scores[short], hits.rows[short] = rest.scores, rest.rows
        return hits

    def scores(self, query: Vectors, rows: Rows) -> Vectors:
        return self._exact.scores(query, rows)

    def check(self) -> None:
        """Needs no server."""

    def _is_selective(self, allowed: Rows | None) -> bool:
        return allowed is not None and (len(allowed) <= _EXACT_ROWS or len(allowed) <= _EXACT_SHARE * self.count)

    def _propose(self, index: faiss.Index, queries: Vectors, width: int, allowed: Rows | None, count: int) -> Rows:
        """The rows that FAISS finds: int64 `(queries, width)`, -1 where there are no more."""
        # With a filter, look at as many allowed rows as rows without one.
        effort = self.parameters.effort if allowed is None else -(-self.parameters.effort * count // len(allowed))
        on_gpus = self._on_gpus
        if on_gpus is not None and allowed is None and on_gpus.fits(width):
            _, rows = on_gpus.search(padded_to(queries, index.d), width, min(effort, self.max_effort))
            return rows
        options = {"sel": selector(allowed, count)} if allowed is not None else {}
        search: faiss.SearchParameters
        if isinstance(self.parameters, HnswParameters):
            # A graph returns no more rows than candidates.
            search = faiss.SearchParametersHNSW(efSearch=max(effort, width), **options)  # type: ignore[attr-defined]
        else:
            search = faiss.SearchParametersIVF(nprobe=min(effort, self.max_effort), **options)  # type: ignore[call-arg]
        _, rows = index.search(padded_to(queries, index.d), width, params=search)
        return np.asarray(rows, np.int64)

    def stats(self) -> EngineStats:
        flat = self._exact.stats()
        return EngineStats(
            flat.engine,
            self._kind,
            self.count,
            self.dim,
            vector_bytes=flat.vector_bytes,
            index_bytes=self._size,
            resident_bytes=resident_bytes(self._index) if self._index is not None else 0,
            device="cuda" if self._on_gpus is not None else "cpu",
        )

    def close(self) -> None:
        """Release the mappings; they end when the last search that uses them returns."""
        self._index = None
        self._on_gpus = None
        self._exact.close()
        self.count = 0
