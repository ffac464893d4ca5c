"""Milvus, for when one machine is outgrown: the same exact scores and filters, one collection per release and side.

A collection is named after what is in it, so an interrupted import goes on where it was, and a rebuild that changes
nothing on a side imports nothing. Molseek opens the collection that a release names: a service that has an older
release open goes on finding that release's rows. The aliases `<prefix>_molecules` and `<prefix>_descriptions` follow
what is published, for whoever else looks into the server.

Each process that searches has the release directory as well: the vectors there are mapped, read for the rows that
Milvus proposes (for exact scores), and searched directly where a filter leaves little or Milvus's proposal does not
settle a query.
"""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tqdm import tqdm

from indexer.durable import sha256_file, sync_file, write_text
from indexer.engines.base import AUTO, EngineStats, Hits, IndexSpec, Rows, VectorIndex, Vectors, bias_file
from indexer.engines.exact import check_queries, empty_hits, exact_scores, put_best, ranking
from indexer.engines.files import open_bias, open_vectors
from indexer.engines.flat import FlatIndex, extended
from indexer.engines.milvus_settings import MilvusSettings
from indexer.engines.milvus_store import MOST_HITS, MilvusError, MilvusStore, Proposal

_SUFFIX = ".milvus.json"
# Rows fetched beyond k, so that a tie at the k-th place can be seen and settled by row number.
_OVERFETCH = 16
# Largest difference between a float32 inner product and the exact one, as in `indexer.engines.flat`.
_SCAN_ERROR = 1e-5


class MilvusParameters(BaseModel):
    """Parameters of a kind. `bias`: 1 if the rows have biases."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bias: Literal[0, 1] = 0


class _Pointer(BaseModel):
    """The file of a side in a release: which collection has its vectors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    side: str = Field(pattern=r"^[a-z]+$")
    collection: str = Field(pattern=r"^[a-z]+_[0-9a-f]{16}$")
    count: int = Field(ge=0)
    dim: int = Field(ge=1, description="of the vectors, without the bias")


class MilvusEngine:
    """Milvus, reached as the settings say: those given, else the `MOLSEEK_MILVUS_*` variables at the time of use."""

    name = "milvus"
    kinds: tuple[str, ...] = ("flat",)

    def __init__(self, settings: MilvusSettings | None = None) -> None:
        self._given = settings

    @property
    def _settings(self) -> MilvusSettings:
        if self._given is not None:
            return self._given
        try:
            return MilvusSettings()
        except ValidationError as error:
            first = error.errors()[0]
            name = "_".join(str(step) for step in first["loc"])
            raise MilvusError(f"the variable MOLSEEK_MILVUS_{name.upper()}: {first['msg']}") from None

    def resolve(self, spec: IndexSpec, count: int, dim: int, memory: int | None = None) -> IndexSpec:
        """`auto` is `flat`: a server is chosen for its size, and every one of its machines scans its own part."""
        kind = "flat" if spec.kind == AUTO else spec.kind
        return IndexSpec(engine=self.name, kind=kind, parameters=_given(_read_parameters(kind, spec)))

    def build(self, vectors: Path, directory: Path, spec: IndexSpec) -> list[Path]:
        """Import the vectors of a side, unless the server has them; returns the file that names their collection.

        Raises MilvusError; what has been imported by then is not imported again.
        """
        settings = self._settings
        parameters = _read_parameters(spec.kind, spec)
        array = open_vectors(vectors)
        bias = open_bias(vectors, len(array)) if parameters.bias else None
        pointer = _Pointer(
            side=vectors.stem,
            collection=f"{vectors.stem}_{_content(vectors, parameters)}",
            count=len(array),
            dim=array.shape[1],
        )
        path = directory / f"{pointer.side}{_SUFFIX}"
        write_text(path, pointer.model_dump_json(indent=2) + "\n")

        def read(start: int, stop: int) -> Vectors:
            part = array[start:stop]
            return part if bias is None else np.column_stack([part, bias[start:stop]])

        with (
            MilvusStore(settings) as store,
            # Silent where standard error is not a terminal.
            tqdm(total=len(array), desc=f"{pointer.side} to Milvus", unit=" rows", disable=None) as bar,
        ):
            width = pointer.dim + parameters.bias
            store.fill(_named(settings, pointer), pointer.count, width, {"index_type": "FLAT"}, read, bar.update)
        sync_file(path)
        return [path]

    def open(self, vectors: Path, directory: Path, spec: IndexSpec) -> VectorIndex:
        """Raises MilvusError if the server is away or has not the collection, ValueError for a damaged file."""
        parameters = _read_parameters(spec.kind, spec)
        array = open_vectors(vectors)
        bias = open_bias(vectors, len(array)) if parameters.bias else None
        pointer = _read_pointer(directory / f"{vectors.stem}{_SUFFIX}")
        if (pointer.count, pointer.dim) != array.shape:
            raise ValueError(f"{vectors.name} is {array.shape}; Milvus was given {(pointer.count, pointer.dim)}")
        settings = self._settings
        collection = _named(settings, pointer)
        store = MilvusStore(settings)
        try:
            store.load(collection, pointer.count)
        except MilvusError:
            store.close()
            raise
        return MilvusIndex(store, collection, FlatIndex(array, bias), settings.local_rows)

    def switch(self, release: Path) -> None:
        """Let the aliases stand for the collections of a release. MilvusError if one of them is not there."""
        pointers = _pointers([release])
        if not pointers:
            return
        settings = self._settings
        with MilvusStore(settings) as store:
            for pointer in pointers:
                store.load(_named(settings, pointer), pointer.count)
            for pointer in pointers:
                store.point(f"{settings.prefix}_{pointer.side}", _named(settings, pointer))

    def forget(self, removed: Iterable[Path], kept: Iterable[Path]) -> list[str]:
        """Drop the collections of removed releases that none of the kept ones has too; returns their names."""
        removed_pointers = _pointers(removed)
        if not removed_pointers:
            return []
        settings = self._settings
        needed = {_named(settings, pointer) for pointer in _pointers(kept)}
        doomed = sorted({_named(settings, pointer) for pointer in removed_pointers} - needed)
        if not doomed:
            return []
        with MilvusStore(settings) as store:
            return store.drop(doomed)


class MilvusIndex:
    """A collection, searched: Milvus proposes rows, and they are scored exactly.

    Its `flat` compares all vectors in float32. As in `indexer.engines.flat`, more is fetched until no other row can
    belong to the best k by the error that a float32 product can have, so the hits are those of FAISS's `flat`, bit for
    bit. A filter is applied to what Milvus proposes, which is made long enough for its share of the rows. Where that
    does not settle a query (Milvus gives 16,384 hits at most), all rows that the filter leaves are scored here.
    """

    def __init__(self, store: MilvusStore, collection: str, exact: FlatIndex, local_rows: int) -> None:
        self._store = store
        self._collection = collection
        self._exact = exact
        self._local_rows = local_rows
        self._closed = False
        bias = exact.bias
        self._largest_bias = float(np.abs(bias).max(initial=0)) if bias is not None else 0.0
        self.count = exact.count
        self.dim = exact.dim

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None) -> Hits:
        """See `indexer.engines.base.VectorIndex.search`; MilvusError if the server is away."""
        queries = check_queries(queries, k, self.dim)
        exact = FlatIndex(self._exact.vectors, self._exact.bias)  # held here: see FlatIndex.search
        available = exact.count if allowed is None else len(allowed)
        if allowed is not None and available <= self._local_rows:
            return exact.search(queries, k, allowed)
        hits = empty_hits(len(queries), k)
        pending = np.arange(len(queries)) if available and exact.count else np.empty(0, dtype=np.int64)
        width = _first_width(k, exact.count, available)
        while len(pending) and width <= MOST_HITS:
            width = min(width, exact.count)
            try:
                pending = self._search_once(exact, hits, pending, queries, width, allowed)
            except MilvusError:
                if not self._closed:
                    raise
                break  # closed meanwhile; this search still ends well
            width = min(4 * width, MOST_HITS) if width < MOST_HITS else MOST_HITS + 1
        if len(pending):
            rest = exact.search(queries[pending], k, allowed)
            hits.scores[pending], hits.rows[pending] = rest.scores, rest.rows
        return hits

    def _search_once(
        self, exact: FlatIndex, hits: Hits, pending: Rows, queries: Vectors, width: int, allowed: Rows | None
    ) -> Rows:
        """Write the hits of those pending queries that `width` rows settle; returns the others."""
        wide = queries if exact.bias is None else extended(queries, self.dim + 1)
        k, unsettled = hits.rows.shape[1], []
        found = self._store.search(self._collection, wide[pending], width)
        for position, proposal in zip(pending, found, strict=True):
            rows = proposal.rows if allowed is None else _among(proposal.rows, allowed)
            scores = exact_scores(exact.vectors, queries[position], rows)
            ranks = ranking(scores, rows, exact.bias)
            if len(proposal.rows) >= exact.count or self._settled(proposal, ranks, k, queries[position]):
                put_best(hits, int(position), scores, rows, ranks)
            else:
                unsettled.append(position)
        return np.asarray(unsettled, dtype=np.int64)

    def _settled(self, proposal: Proposal, ranks: Vectors, k: int, query: Vectors) -> bool:
        """Whether no row beyond the proposal could equal or beat the k-th best `(rows,)` of what it has."""
        if len(ranks) < k:
            return False
        kth = float(np.partition(ranks, len(ranks) - k)[len(ranks) - k])
        return kth > proposal.worst + _SCAN_ERROR * (float(np.linalg.norm(query)) + self._largest_bias)

    def stats(self) -> EngineStats:
        bias = self._exact.bias
        return EngineStats(
            "milvus",
            "flat",
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


def _first_width(k: int, count: int, available: int) -> int:
    """How many rows to ask for first: twice as many as leave k after an even filter."""
    if available == count:
        return k + _OVERFETCH
    return 2 * k * -(-count // max(available, 1)) + _OVERFETCH


def _among(rows: Rows, allowed: Rows) -> Rows:
    """Those of `rows` that are in `allowed` (ascending), in their order."""
    places = np.minimum(np.searchsorted(allowed, rows), len(allowed) - 1)
    among: Rows = rows[allowed[places] == rows]
    return among


def _content(vectors: Path, parameters: MilvusParameters) -> str:
    """What a collection with these vectors is named by: 16 hex digits."""
    digest = hashlib.sha256(sha256_file(vectors).encode())
    if parameters.bias:
        digest.update(sha256_file(bias_file(vectors)).encode())
    return digest.hexdigest()[:16]


def _read_parameters(kind: str, spec: IndexSpec) -> MilvusParameters:
    if kind not in MilvusEngine.kinds:
        raise ValueError(f"engine milvus has no kind {kind!r}; known: {', '.join(MilvusEngine.kinds)}")
    try:
        return MilvusParameters.model_validate(spec.parameters)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(step) for step in first["loc"])
        known = ", ".join(MilvusParameters.model_fields)
        raise ValueError(f"parameter {name!r} of kind {kind}: {first['msg']}; known: {known}") from None


def _given(parameters: MilvusParameters) -> dict[str, int | float | str]:
    return {name: value for name, value in parameters.model_dump().items() if value != 0}


def _named(settings: MilvusSettings, pointer: _Pointer) -> str:
    return f"{settings.prefix}_{pointer.collection}"


def _read_pointer(path: Path) -> _Pointer:
    try:
        return _Pointer.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{path.name} is damaged: {error.errors()[0]['msg']}") from None


def _pointers(releases: Iterable[Path]) -> Sequence[_Pointer]:
    """The collections of releases; a file that cannot be read names none."""
    found = []
    for release in releases:
        for path in sorted(release.glob(f"*{_SUFFIX}")):
            try:
                found.append(_read_pointer(path))
            except (OSError, ValueError):
                continue
    return found
