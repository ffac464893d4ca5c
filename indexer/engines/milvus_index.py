"""Search in a Milvus collection, with exact scores for the rows it proposes."""

import math
from collections.abc import Mapping
from copy import copy

import numpy as np

from indexer.columns import TAG_SET, SideColumns
from indexer.engines.base import EngineStats, Hits, Rows, Vectors, Where
from indexer.engines.exact import check_queries, empty_hits, exact_scores, put_best
from indexer.engines.flat import FlatIndex, padded_to
from indexer.engines.milvus_kinds import ApproximateKind
from indexer.engines.milvus_settings import MilvusError
from indexer.engines.milvus_store import MAX_HITS, MilvusStore, Proposal

# Rows fetched beyond k, to see a tie at the k-th place and settle it by row number.
_OVERFETCH = 16
# Maximum difference between a float32 inner product and the exact one, as in `indexer.engines.flat`.
_SCAN_ERROR = 1e-5
# Maximum number of tag sets in a condition; a filter with more is applied in this process.
_MAX_SETS = 4_096


class MilvusIndex:
    """Searches a collection: Milvus proposes rows, which are scored exactly.

    `flat` compares all vectors in float32. As in `indexer.engines.flat`, more rows are fetched until no other row can
    be among the best k given the rounding error, so the hits are those of FAISS's `flat`, bit for bit.

    The server filters by ranges and tags; rows that a filter drops for other reasons, such as substructures, are
    removed from the proposals, which are lengthened accordingly. Filters that leave few rows are answered here by
    scoring each row, and so is a query that is not settled by the 16,384 hits that Milvus returns at most.
    """

    def __init__(
        self, store: MilvusStore, collection: str, exact: FlatIndex, kind: str, has_columns: bool, local_rows: int
    ) -> None:
        self._store = store
        self._collection = collection
        self._exact = exact
        self._kind = kind
        self._has_columns = has_columns
        self._local_rows = local_rows
        self._closed = False
        self.count = exact.count
        self.dim = exact.dim

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None, where: Where | None = None) -> Hits:
        """See `indexer.engines.base.VectorIndex.search`; MilvusError if the server is unavailable."""
        queries = check_queries(queries, k, self.dim)
        exact = FlatIndex(self._exact.vectors)  # held here: see FlatIndex.search
        available = exact.count if allowed is None else len(allowed)
        if not available or (allowed is not None and available <= self._local_rows):
            return exact.search(queries, k, allowed)
        hits = empty_hits(len(queries), k)
        pending = self._ask(exact, hits, queries, _Among(exact.count, allowed, where if self._has_columns else None))
        if len(pending):
            rest = exact.search(queries[pending], k, allowed)
            hits.scores[pending], hits.rows[pending] = rest.scores, rest.rows
        return hits

    def _ask(self, exact: FlatIndex, hits: Hits, queries: Vectors, among: "_Among") -> Rows:
        """Write the hits of the queries that the server can settle; returns the others."""
        k, pending = hits.rows.shape[1], np.arange(len(queries))
        most = min(MAX_HITS, among.pool)
        width = min((k if among.share == 1 else 2 * k * among.share) + _OVERFETCH, among.pool)
        while len(pending) and width <= most:
            unsettled = []
            found = self._propose(exact, queries[pending], width, among.condition)
            if found is None:
                break
            for position, proposal in zip(pending, found, strict=True):
                rows = among.keep(proposal.rows)
                scores = exact_scores(exact.vectors, queries[position], rows)
                if len(proposal.rows) >= among.pool or _settled(proposal, scores, k, queries[position]):
                    put_best(hits, int(position), scores, rows)
                else:
                    unsettled.append(position)
            pending = np.asarray(unsettled, dtype=np.int64)
            width = min(4 * width, most) if width < most else most + 1
        return pending

    def _propose(
        self,
        exact: FlatIndex,
        queries: Vectors,
        width: int,
        condition: str,
        parameters: Mapping[str, str | int] | None = None,
    ) -> list[Proposal] | None:
        """What the server finds for each query; None if this index was closed meanwhile."""
        wide = padded_to(queries, self._width())
        try:
            return self._store.search(self._collection, wide, width, condition, parameters)
        except MilvusError:
            if not self._closed:
                raise
            return None  # this search still completes

    def _width(self) -> int:
        """Dimensions of the vectors on the server."""
        return self.dim

    def scores(self, query: Vectors, rows: Rows) -> Vectors:
        return self._exact.scores(query, rows)

    def check(self) -> None:
        """Raise MilvusError if the server is unavailable or lacks the collection."""
        self._store.check(self._collection)

    def stats(self) -> EngineStats:
        return EngineStats(
            "milvus",
            self._kind,
            self.count,
            self.dim,
            vector_bytes=self._exact.vectors.nbytes,
            index_bytes=0,
            device="server",
        )

    def close(self) -> None:
        """Disconnect and release the mappings. A search in progress in another thread still completes."""
        self._closed = True
        self._store.close()
        self._exact.close()
        self.count = 0


class MilvusApproximateIndex(MilvusIndex):
    """`hnsw`, `ivf` and `ivfpq`: Milvus proposes `overfetch` times k rows, and may miss some.

    Scores and order are exact, as with the approximate kinds of FAISS. With a filter, as many allowed rows are looked
    at as rows without one; a query that finds fewer rows than exist is answered here.
    """

    def __init__(
        self,
        store: MilvusStore,
        collection: str,
        exact: FlatIndex,
        kind: str,
        has_columns: bool,
        local_rows: int,
        parameters: ApproximateKind,
    ) -> None:
        super().__init__(store, collection, exact, kind, has_columns, local_rows)
        self.parameters = parameters

    def with_effort(self, effort: int) -> "MilvusApproximateIndex":
        """The same index, searched with another effort (lists probed, or candidates in a graph)."""
        other = copy(self)
        other.parameters = self.parameters.with_effort(effort)
        return other

    @property
    def max_effort(self) -> int:
        """The effort that looks at the whole index, or the largest that Milvus accepts."""
        return self.parameters.max_effort

    def exact(self) -> FlatIndex:
        """The same rows, searched exactly."""
        return self._exact

    def _ask(self, exact: FlatIndex, hits: Hits, queries: Vectors, among: "_Among") -> Rows:
        k = hits.rows.shape[1]
        width = min(k * self.parameters.overfetch * among.share + _OVERFETCH, among.pool)
        if width > MAX_HITS:
            return np.arange(len(queries))
        effort = min(-(-self.parameters.effort * exact.count // among.available), self.max_effort)
        found = self._propose(exact, queries, width, among.condition, self.parameters.search(effort, width))
        short = []
        for position, query in enumerate(queries):
            rows = among.keep(found[position].rows) if found is not None else np.empty(0, np.int64)
            if len(rows) < min(k, among.available):
                short.append(position)
                continue
            scores = exact_scores(exact.vectors, query, rows)
            put_best(hits, position, scores, rows)
        return np.asarray(short, np.int64)

    def _width(self) -> int:
        return self.parameters.width(self.dim)


def _settled(proposal: Proposal, scores: Vectors, k: int, query: Vectors) -> bool:
    """Whether no row beyond the proposal could equal or beat the k-th best of its `scores` `(rows,)`."""
    if len(scores) < k:
        return False
    kth = float(np.partition(scores, len(scores) - k)[len(scores) - k])
    return kth > proposal.worst + _SCAN_ERROR * float(np.linalg.norm(query))


class _Among:
    """The rows that a search may find, and the part of the filter that the server applies.

    `pool` rows meet the `condition`; `available` of them are allowed, one in `share`.
    """

    def __init__(self, count: int, allowed: Rows | None, where: Where | None) -> None:
        self._allowed = allowed
        self.available = count if allowed is None else len(allowed)
        self.condition, self.pool = "", count
        if allowed is not None and where is not None and len(where.tag_sets or ()) <= _MAX_SETS:
            self.condition, self.pool = condition(where), where.count
        self.share = -(-self.pool // self.available)

    def keep(self, rows: Rows) -> Rows:
        """Those of `rows` that are allowed, in their order."""
        if self._allowed is None or self.available == self.pool:
            return rows
        places = np.minimum(np.searchsorted(self._allowed, rows), self.available - 1)
        kept: Rows = rows[self._allowed[places] == rows]
        return kept


def condition(where: Where) -> str:
    """The conditions as a Milvus expression; it also requires that the row has a molecule."""
    parts = [f"{TAG_SET} >= 0"]
    for name, (least, most) in where.ranges:
        whole = SideColumns.dtypes[name] != "<f8"
        if least is not None:
            parts.append(f"{name} >= {_small(math.ceil(least)) if whole else _decimal(least)}")
        if most is not None:
            parts.append(f"{name} <= {_small(math.floor(most)) if whole else _decimal(most)}")
    if where.tag_sets is not None:
        parts.append(f"{TAG_SET} in [{', '.join(map(str, where.tag_sets))}]")
    return " and ".join(parts)


def _small(number: int) -> int:
    """Clipped to the range of an int16 column."""
    limits = np.iinfo(np.int16)
    return max(int(limits.min), min(int(limits.max), number))


def _decimal(number: float) -> str:
    """All digits, without an exponent."""
    return np.format_float_positional(number, trim="0")
