"""Milvus, for when one machine is outgrown: the same exact scores and filters, one collection per release and side.

A collection is named by the digest of its content and index parameters, so an interrupted import resumes, and a rebuild
that leaves a side unchanged imports nothing. Beside the vectors it stores the columns that searches filter by
(`indexer.columns`), so the server filters by ranges and tags itself. Molseek opens the collection that a release names:
a service with an older release open keeps finding that release's rows. The aliases `<prefix>_molecules` and
`<prefix>_descriptions` point at the published release, for other clients of the server.

Each searching process needs the release directory too: its vectors are mapped, read for the rows that Milvus proposes
(for exact scores), and searched directly where a filter leaves few rows or Milvus's proposal does not settle a query.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from tqdm import tqdm

from indexer.columns import SideColumns, column_files
from indexer.durable import sync_file, write_text
from indexer.engines.base import AUTO, IndexSpec, VectorIndex
from indexer.engines.files import open_vectors
from indexer.engines.flat import FlatIndex, padded_to
from indexer.engines.milvus_index import MilvusApproximateIndex, MilvusIndex
from indexer.engines.milvus_kinds import KINDS, ApproximateKind, FlatKind, ServerParameters, read_kind
from indexer.engines.milvus_settings import MilvusError, MilvusSettings, read_milvus_settings
from indexer.engines.milvus_store import VECTOR, MilvusStore
from indexer.engines.parameters import APPROXIMATE_FROM
from model.files import sha256_file

_SUFFIX = ".milvus.json"


class _Pointer(BaseModel):
    """The file of a side in a release: the collection that holds its vectors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    side: str = Field(pattern=r"^[a-z]+$")
    collection: str = Field(pattern=r"^[a-z]+_[0-9a-f]{16}$")
    count: int = Field(ge=0)
    dim: int = Field(ge=1, description="of the vectors, before padding")
    columns: bool = False


class MilvusEngine:
    """Milvus, reached by the given settings, else by the `MOLSEEK_MILVUS_*` variables at the time of use."""

    name = "milvus"
    kinds: tuple[str, ...] = tuple(KINDS)

    def __init__(self, settings: MilvusSettings | None = None) -> None:
        self._given = settings

    @property
    def _settings(self) -> MilvusSettings:
        return self._given if self._given is not None else read_milvus_settings()

    def resolve(self, spec: IndexSpec, count: int, dim: int, memory: int | None = None) -> IndexSpec:
        """`auto` is `flat`: each machine of the cluster scans its own part."""
        kind = read_kind(spec.model_copy(update={"kind": "flat"}) if spec.kind == AUTO else spec)
        name = "flat" if spec.kind == AUTO or count < APPROXIMATE_FROM else spec.kind
        if name == "flat":
            kind = FlatKind()
        kind.index(dim)  # ValueError for parameters that contradict each other
        return IndexSpec(engine=self.name, kind=name, parameters=kind.as_dict())

    def build(self, vectors: Path, directory: Path, spec: IndexSpec) -> list[Path]:
        """Import the vectors of a side, unless the server has them; returns the file that names their collection.

        Raises MilvusError; the next import resumes after the rows imported by then.
        """
        settings = self._settings
        kind = read_kind(spec)
        array = open_vectors(vectors)
        files = column_files(directory)
        columns = SideColumns(directory, vectors.stem) if files else None
        index = kind.index(array.shape[1])
        content = _content([vectors, *files], index)
        pointer = _Pointer(
            side=vectors.stem,
            collection=f"{vectors.stem}_{content}",
            count=len(array),
            dim=array.shape[1],
            columns=columns is not None,
        )
        path = directory / f"{pointer.side}{_SUFFIX}"
        write_text(path, pointer.model_dump_json(indent=2) + "\n")

        width = kind.width(pointer.dim)

        def read(start: int, stop: int) -> dict[str, NDArray[np.generic]]:
            return {VECTOR: padded_to(array[start:stop], width), **(columns.rows(start, stop) if columns else {})}

        with (
            MilvusStore(settings) as store,
            # Silent where standard error is not a terminal.
            tqdm(total=len(array), desc=f"{pointer.side} to Milvus", unit=" rows", disable=None) as bar,
        ):
            dtypes = columns.dtypes if columns else {}
            store.fill(_named(settings, pointer), pointer.count, width, index, dtypes, read, bar.update)
        sync_file(path)
        return [path]

    def open(self, vectors: Path, directory: Path, spec: IndexSpec) -> VectorIndex:
        """Raises MilvusError if the server is unavailable or lacks the collection, ValueError for a damaged file."""
        kind = read_kind(spec)
        array = open_vectors(vectors)
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
        exact, local_rows = FlatIndex(array), settings.local_rows
        if isinstance(kind, ApproximateKind):
            return MilvusApproximateIndex(store, collection, exact, spec.kind, pointer.columns, local_rows, kind)
        return MilvusIndex(store, collection, exact, spec.kind, pointer.columns, local_rows)

    def publish(self, release: Path) -> None:
        """Point the aliases at the collections of a release. MilvusError if one of them is missing."""
        pointers = _pointers([release])
        if not pointers:
            return
        settings = self._settings
        with MilvusStore(settings) as store:
            for pointer in pointers:
                store.load(_named(settings, pointer), pointer.count)
            for pointer in pointers:
                store.point(f"{settings.prefix}_{pointer.side}", _named(settings, pointer))

    def discard(self, removed: Sequence[Path], kept: Sequence[Path]) -> list[str]:
        """Drop the collections of removed releases that no kept one shares; returns their names."""
        removed_pointers = _pointers(removed)
        if not removed_pointers:
            return []
        settings = self._settings
        needed = {_named(settings, pointer) for pointer in _pointers(kept)}
        unused = sorted({_named(settings, pointer) for pointer in removed_pointers} - needed)
        if not unused:
            return []
        with MilvusStore(settings) as store:
            return store.drop(unused)


def _content(files: Iterable[Path], index: ServerParameters) -> str:
    """Digest of the files and index parameters of a collection: 16 hex digits."""
    digest = hashlib.sha256(json.dumps(index, sort_keys=True).encode())
    for path in files:
        digest.update(f"{path.name}={sha256_file(path)}".encode())
    return digest.hexdigest()[:16]


def _named(settings: MilvusSettings, pointer: _Pointer) -> str:
    return f"{settings.prefix}_{pointer.collection}"


def _read_pointer(path: Path) -> _Pointer:
    try:
        return _Pointer.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ValueError(f"{path.name} is damaged: {error.errors()[0]['msg']}") from None


def _pointers(releases: Iterable[Path]) -> Sequence[_Pointer]:
    """The collections of releases; unreadable files are skipped."""
    found = []
    for release in releases:
        for path in sorted(release.glob(f"*{_SUFFIX}")):
            try:
                found.append(_read_pointer(path))
            except (OSError, ValueError):
                continue
    return found
