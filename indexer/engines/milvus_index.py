"""Search in a collection of Milvus, with exact scores for what it proposes."""

import math
from collections.abc import Mapping
from copy import copy

import numpy as np

from indexer.columns import TAG_SET, SideColumns
from indexer.engines.base import EngineStats, Hits, Rows, Vectors, Where
from indexer.engines.exact import check_queries, empty_hits, exact_scores, put_best, ranking
from indexer.engines.flat import FlatIndex, extended
from indexer.engines.milvus_kinds import ApproximateKind
from indexer.engines.milvus_store import MOST_HITS, MilvusError, MilvusStore, Proposal

# Rows fetched beyond k, so that a tie at the k-th place can be seen and settled by row number.
_OVERFETCH = 16
# Largest difference between a float32 inner product and the exact one, as in `indexer.engines.flat`.
_SCAN_ERROR = 1e-5
# Sets of tags that are named to the server at most; a filter of more is left to this process.
_MOST_SETS = 4_096


class MilvusIndex:
    """A collection, searched: Milvus proposes rows, and they are scored exactly.

    `flat` compares all vectors in float32. As in `indexer.engines.flat`, more is fetched until no other row can belong
    to the best k by the error that a float32 product can have, so the hits are those of FAISS's `flat`, bit for bit.

    Ranges and tags are conditions that the server keeps to; what else a filter drops, such as substructures, is dropped
    from the proposals, which are made long enough for the share that is left. Filters that leave few rows are answered
    by scoring each of them here, and so is a query that is not settled by the 16,384 hits that Milvus gives at most.
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
        bias = exact.bias
        self._largest_bias = float(np.abs(bias).max(initial=0)) if bias is not None else 0.0
        self.count = exact.count
        self.dim = exact.dim

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None, where: Where | None = None) -> Hits:
        """See `indexer.engines.base.VectorIndex.search`; MilvusError if the server is away."""
        queries = check_queries(queries, k, self.dim)
        exact = FlatIndex(self._exact.vectors, self._exact.bias)  # held here: see FlatIndex.search
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
        """Write the hits of those queries that the server can settle; returns the others."""
        k, pending = hits.rows.shape[1], np.arange(len(queries))
        most = min(MOST_HITS, among.pool)
        width = min((k if among.share == 1 else 2 * k * among.share) + _OVERFETCH, among.pool)
        while len(pending) and width <= most:
            unsettled = []
            found = self._propose(exact, queries[pending], width, among.condition)
            if found is None:
                break
            for position, proposal in zip(pending, found, strict=True):
                rows = among.keep(proposal.rows)
                scores = exact_scores(exact.vectors, queries[position], rows)
                ranks = ranking(scores, rows, exact.bias)
                if len(proposal.rows) >= among.pool or self._settled(proposal, ranks, k, queries[position]):
                    put_best(hits, int(position), scores, rows, ranks)
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
        wide = self._widened(queries)
        try:
            return self._store.search(self._collection, wide, width, condition, parameters)
        except MilvusError:
            if not self._closed:
                raise
            return None  # this search still ends well

    def _widened(self, queries: Vectors) -> Vectors:
        return queries if self._exact.bias is None else extended(queries, self.dim + 1)

    def _settled(self, proposal: Proposal, ranks: Vectors, k: int, query: Vectors) -> bool:
        """Whether no row beyond the proposal could equal or beat the k-th best `(rows,)` of what it has."""
        if len(ranks) < k:
            return False
        kth = float(np.partition(ranks, len(ranks) - k)[len(ranks) - k])
        return kth > proposal.worst + _SCAN_ERROR * (float(np.linalg.norm(query)) + self._largest_bias)

    def check(self) -> None:
        """Raise MilvusError if the server is away or has not the collection."""
        self._store.check(self._collection)

    def stats(self) -> EngineStats:
        bias = self._exact.bias
        return EngineStats(
            "milvus",
            self._kind,
            self.count,
            self.dim,
            vector_bytes=self._exact.vectors.nbytes,
            index_bytes=bias.nbytes if bias is not None else 0,
            device="server",
        )

    def close(self) -> None:
        """Leave the server and let go of the mappings. A search that is under way in another thread still ends well."""
        self._closed = True
        self._store.close()
        self._exact.close()
        self.count = 0


class MilvusApproximateIndex(MilvusIndex):
    """`hnsw`, `ivf` and `ivfpq`: Milvus proposes `overfetch` times k rows, and may miss some.

    What is reported is the exact cosine in exact order, as with the approximate kinds of FAISS. With a filter, as many
    allowed rows are looked at as rows are without one; a query that finds fewer rows than there are is answered here.
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
        """The same index, searched with another effort (probes of lists, candidates of a graph)."""
        other = copy(self)
        other.parameters = self.parameters.with_effort(effort)
        return other

    @property
    def most_effort(self) -> int:
        """The effort beyond which nothing more is found, or asked for."""
        return self.parameters.most_effort

    def exact(self) -> FlatIndex:
        """The same rows, searched exactly."""
        return self._exact

    def _ask(self, exact: FlatIndex, hits: Hits, queries: Vectors, among: "_Among") -> Rows:
        k = hits.rows.shape[1]
        width = min(k * self.parameters.overfetch * among.share + _OVERFETCH, among.pool)
        if width > MOST_HITS:
            return np.arange(len(queries))
        effort = min(-(-self.parameters.effort * exact.count // among.available), self.most_effort)
        found = self._propose(exact, queries, width, among.condition, self.parameters.search(effort, width))
        short = []
        for position, query in enumerate(queries):
            rows = among.keep(found[position].rows) if found is not None else np.empty(0, np.int64)
            if len(rows) < min(k, among.available):
                short.append(position)
                continue
            scores = exact_scores(exact.vectors, query, rows)
            put_best(hits, position, scores, rows, ranking(scores, rows, exact.bias))
        return np.asarray(short, np.int64)

    def _widened(self, queries: Vectors) -> Vectors:
        return extended(queries, self.parameters.width(self.dim))


class _Among:
    """The rows that a search may find, and what of that is said to the server.

    `pool`: how many rows meet the `condition`, `available` of them allowed, one in `share`.
    """

    def __init__(self, count: int, allowed: Rows | None, where: Where | None) -> None:
        self._allowed = allowed
        self.available = count if allowed is None else len(allowed)
        self.condition, self.pool = "", count
        if allowed is not None and where is not None and len(where.tag_sets or ()) <= _MOST_SETS:
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
    """The conditions in Milvus's own words; beside them, that there is a molecule at all."""
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
    """What a column of small numbers can be compared with."""
    limits = np.iinfo(np.int16)
    return max(int(limits.min), min(int(limits.max), number))


def _decimal(number: float) -> str:
    """All digits, without an exponent."""
    return np.format_float_positional(number, trim="0")
