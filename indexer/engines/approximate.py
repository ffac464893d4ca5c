"""Search in a structure over the vectors (a graph, or clusters) with exact scores for what it proposes."""

from copy import copy
from pathlib import Path

import faiss
import numpy as np

from indexer.engines.base import EngineStats, Hits, Rows, Vectors, Where
from indexer.engines.exact import check_queries, empty_hits, exact_scores, put_best, ranking
from indexer.engines.files import resident_bytes
from indexer.engines.flat import FlatIndex, extended, selector
from indexer.engines.gpu import GpuCopy
from indexer.engines.parameters import ApproximateParameters, HnswParameters, IvfParameters

# A filter that leaves no more rows than this, or no larger share, is answered by scoring every one of them.
_EXACT_ROWS = 20_000
_EXACT_SHARE = 0.05
# Rows re-scored beyond a multiple of k, which is little for a k of 1.
_OVERFETCH = 16


class ApproximateIndex:
    """`hnsw`, `ivf` and `ivfpq`.

    FAISS proposes `overfetch` times k rows, which are scored exactly: what is reported is the exact cosine and in exact
    order, and what can be missing is a row that FAISS did not propose. Equal scores are in row order among the rows
    proposed. Filters that leave little are searched exactly, others with a look at more of the index, and a query that
    finds fewer rows than there are is answered exactly: no filter gets fewer hits than it leaves.
    """

    def __init__(
        self,
        kind: str,
        index: faiss.Index,
        parameters: ApproximateParameters,
        vectors: Vectors,
        bias: Vectors | None,
        path: Path,
        on_gpus: GpuCopy | None = None,
    ) -> None:
        self._kind = kind
        self._index: faiss.Index | None = index
        self.parameters = parameters
        self._exact = FlatIndex(vectors, bias)
        self._path = path
        self._on_gpus = on_gpus
        self._size = path.stat().st_size
        self.count = self._exact.count
        self.dim = self._exact.dim

    def with_effort(self, effort: int) -> "ApproximateIndex":
        """The same index, searched with another effort (probes of lists, candidates of a graph)."""
        other = copy(self)
        other.parameters = self.parameters.with_effort(effort)
        return other

    @property
    def most_effort(self) -> int:
        """The effort beyond which nothing more is found."""
        return self.parameters.lists if isinstance(self.parameters, IvfParameters) else self.count

    def exact(self) -> FlatIndex:
        """The same rows, searched exactly."""
        return self._exact

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None, where: Where | None = None) -> Hits:
        queries = check_queries(queries, k, self.dim)
        index, exact = self._index, self._exact
        vectors, bias, count = exact.vectors, exact.bias, exact.count  # held: see FlatIndex.search
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
            put_best(hits, position, scores, rows, ranking(scores, rows, bias))
        if short:
            rest = exact.search(queries[short], k, allowed)
            hits.scores[short], hits.rows[short] = rest.scores, rest.rows
        return hits

    def check(self) -> None:
        """Nothing is needed outside this process."""

    def _is_selective(self, allowed: Rows | None) -> bool:
        return allowed is not None and (len(allowed) <= _EXACT_ROWS or len(allowed) <= _EXACT_SHARE * self.count)

    def _propose(self, index: faiss.Index, queries: Vectors, width: int, allowed: Rows | None, count: int) -> Rows:
        """The rows that FAISS finds: int64 `(queries, width)`, -1 where there are no more."""
        # With a filter, as many allowed rows are looked at as rows are without one.
        effort = self.parameters.effort if allowed is None else -(-self.parameters.effort * count // len(allowed))
        on_gpus = self._on_gpus
        if on_gpus is not None and allowed is None and on_gpus.fits(width):
            _, rows = on_gpus.search(extended(queries, index.d), width, min(effort, self.most_effort))
            return rows
        options = {"sel": selector(allowed, count)} if allowed is not None else {}
        search: faiss.SearchParameters
        if isinstance(self.parameters, HnswParameters):
            # A graph returns no more rows than candidates.
            search = faiss.SearchParametersHNSW(efSearch=max(effort, width), **options)  # type: ignore[attr-defined]
        else:
            search = faiss.SearchParametersIVF(nprobe=min(effort, self.most_effort), **options)  # type: ignore[call-arg]
        _, rows = index.search(extended(queries, index.d), width, params=search)
        return np.asarray(rows, np.int64)

    def stats(self) -> EngineStats:
        whole = self._exact.stats()
        return EngineStats(
            whole.engine,
            self._kind,
            self.count,
            self.dim,
            vector_bytes=whole.vector_bytes,
            index_bytes=whole.index_bytes + self._size,
            resident_bytes=resident_bytes(self._index) if self._index is not None else 0,
            device="cuda" if self._on_gpus is not None else "cpu",
        )

    def close(self) -> None:
        """Let go of the mappings; they end when the last search that uses them has returned."""
        self._index = None
        self._on_gpus = None
        self._exact.close()
        self.count = 0
