"""Milvus, for when one machine is outgrown: the same exact scores and filters, one collection per release and side.

A collection is named after what is in it and how it is indexed, so an interrupted import goes on where it was, and a
rebuild that changes nothing on a side imports nothing. Beside the vectors it has the columns that searches filter by
(`indexer.columns`), so that the server keeps to ranges and tags by itself. Molseek opens the collection that a release
names: a service that has an older release open goes on finding that release's rows. The aliases `<prefix>_molecules`
and `<prefix>_descriptions` follow what is published, for whoever else looks into the server.

Each process that searches has the release directory as well: the vectors there are mapped, read for the rows that
Milvus proposes (for exact scores), and searched directly where a filter leaves little or Milvus's proposal does not
settle a query.
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
from indexer.durable import sha256_file, sync_file, write_text
from indexer.engines.base import AUTO, IndexSpec, VectorIndex, bias_file
from indexer.engines.files import open_bias, open_vectors
from indexer.engines.flat import FlatIndex
from indexer.engines.milvus_index import MilvusApproximateIndex, MilvusIndex
from indexer.engines.milvus_kinds import KINDS, ApproximateKind, FlatKind, ServerParameters, read_kind
from indexer.engines.milvus_settings import MilvusSettings
from indexer.engines.milvus_store import VECTOR, MilvusError, MilvusStore
from indexer.engines.parameters import APPROXIMATE_FROM

_SUFFIX = ".milvus.json"


class _Pointer(BaseModel):
    """The file of a side in a release: which collection has its vectors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    side: str = Field(pattern=r"^[a-z]+$")
    collection: str = Field(pattern=r"^[a-z]+_[0-9a-f]{16}$")
    count: int = Field(ge=0)
    dim: int = Field(ge=1, description="of the vectors, without the bias")
    columns: bool = False


class MilvusEngine:
    """Milvus, reached as the settings say: those given, else the `MOLSEEK_MILVUS_*` variables at the time of use."""

    name = "milvus"
    kinds: tuple[str, ...] = tuple(KINDS)

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
        kind = read_kind(spec.model_copy(update={"kind": "flat"}) if spec.kind == AUTO else spec)
        name = "flat" if spec.kind == AUTO or count < APPROXIMATE_FROM else spec.kind
        if name == "flat":
            kind = FlatKind(bias=kind.bias)
        kind.index(dim)  # ValueError for what does not go together
        return IndexSpec(engine=self.name, kind=name, parameters=kind.as_dict())

    def build(self, vectors: Path, directory: Path, spec: IndexSpec) -> list[Path]:
        """Import the vectors of a side, unless the server has them; returns the file that names their collection.

        Raises MilvusError; what has been imported by then is not imported again.
        """
        settings = self._settings
        kind = read_kind(spec)
        array = open_vectors(vectors)
        bias = open_bias(vectors, len(array)) if kind.bias else None
        files = column_files(directory)
        columns = SideColumns(directory, vectors.stem) if files else None
        index = kind.index(array.shape[1])
        content = _content([vectors, *([bias_file(vectors)] if kind.bias else []), *files], index)
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
            wide = np.zeros((stop - start, width), np.float32)
            wide[:, : pointer.dim] = array[start:stop]
            if bias is not None:
                wide[:, pointer.dim] = bias[start:stop]
            return {VECTOR: wide, **(columns.rows(start, stop) if columns else {})}

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
        """Raises MilvusError if the server is away or has not the collection, ValueError for a damaged file."""
        kind = read_kind(spec)
        array = open_vectors(vectors)
        bias = open_bias(vectors, len(array)) if kind.bias else None
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
        exact, local_rows = FlatIndex(array, bias), settings.local_rows
        if isinstance(kind, ApproximateKind):
            return MilvusApproximateIndex(store, collection, exact, spec.kind, pointer.columns, local_rows, kind)
        return MilvusIndex(store, collection, exact, spec.kind, pointer.columns, local_rows)

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


def _content(files: Iterable[Path], index: ServerParameters) -> str:
    """What a collection made of these files, indexed in this way, is named by: 16 hex digits."""
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
    """The collections of releases; a file that cannot be read names none."""
    found = []
    for release in releases:
        for path in sorted(release.glob(f"*{_SUFFIX}")):
            try:
                found.append(_read_pointer(path))
            except (OSError, ValueError):
                continue
    return found
