"""Finished pieces of a build on disk, so that an interrupted build resumes after the last one.

A shard is a directory, written under another name and renamed when whole: entries and rejects (lines of JSON), arrays
(.npy), and a summary with the SHA-256 of each file. Nothing in it depends on when or in how many goes it was made.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from indexer.corpus.rows import Reject
from indexer.durable import sync_directory, sync_file, write_text
from indexer.properties import Properties
from model.files import sha256_file

_SUMMARY = "shard.json"
_ENTRIES = "entry_rows.jsonl"
_REJECTS = "reject_rows.jsonl"
_ROWS_A_LINE = 256

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Array = NDArray[np.float32] | NDArray[np.uint8] | NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class MoleculeEntry:
    """A molecule as it will stand in the records; `text` is its own description, if its row had one.

    `source_smiles`: as it was given, canonical, where standardisation has changed it. `tags`: a set as it is written.
    """

    id: str
    cid: str | None
    name: str | None
    smiles: str
    inchikey: str
    source_smiles: str | None
    text: str | None
    tags: str
    synonyms: tuple[str, ...]
    properties: Properties  # stays last: see `Shard.molecules`


@dataclass(frozen=True, slots=True)
class DescriptionEntry:
    """A description as it will stand in the records; `cid`, `name` and `smiles` are its own."""

    id: str
    cid: str | None
    name: str | None
    smiles: str | None
    text: str
    molecule_row: int | None


Entry = TypeVar("Entry", MoleculeEntry, DescriptionEntry)


class FileTally(BaseModel):
    """How the rows of one corpus file fared (in one shard, or in all)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    dropped_texts: int = 0

    def plus(self, other: "FileTally") -> "FileTally":
        mine, theirs = self.model_dump(), other.model_dump()
        return FileTally(**{name: mine[name] + theirs[name] for name in mine})


class ShardSummary(BaseModel):
    """What a shard holds: entries, rows per corpus file (by its label), links of descriptions, digests."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    entries: int
    tallies: dict[str, FileTally]
    link_conflicts: int = 0
    files: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Shard:
    """A finished shard."""

    path: Path
    summary: ShardSummary

    def molecules(self) -> Iterator[MoleculeEntry]:
        for values in self._rows(_ENTRIES):
            values[-2:] = tuple(values[-2]), Properties(*values[-1])
            yield MoleculeEntry(*values)

    def descriptions(self) -> Iterator[DescriptionEntry]:
        for values in self._rows(_ENTRIES):
            yield DescriptionEntry(*values)

    def rejects(self) -> Iterator[Reject]:
        for values in self._rows(_REJECTS):
            yield Reject(*values)

    def array(self, name: str) -> Array:
        array: Array = np.load(self.path / f"{name}.npy", allow_pickle=False)
        return array

    def _rows(self, name: str) -> Iterator[list[Any]]:
        with (self.path / name).open(encoding="utf-8") as stream:
            for line in stream:
                yield from json.loads(line)


class ShardStore:
    """The numbered shards of one side of a build."""

    def __init__(self, directory: Path, kind: type[MoleculeEntry] | type[DescriptionEntry]) -> None:
        self._directory = directory
        self._kind = kind
        directory.mkdir(parents=True, exist_ok=True)

    def find(self, number: int) -> Shard | None:
        """The shard with this number, if it is there and undamaged; a damaged one is removed."""
        path = self._path(number)
        if not path.exists():
            return None
        try:
            summary = ShardSummary.model_validate_json((path / _SUMMARY).read_bytes())
            whole = _ENTRIES in summary.files  # an earlier version wrote entries in another form
            if whole and all(sha256_file(path / name) == digest for name, digest in summary.files.items()):
                return Shard(path, summary)
        except (OSError, ValidationError):
            pass
        shutil.rmtree(path)
        return None

    def write(
        self,
        number: int,
        entries: Iterable[MoleculeEntry] | Iterable[DescriptionEntry],
        rejects: Iterable[Reject],
        arrays: Mapping[str, Array],
        summary: ShardSummary,
    ) -> Shard:
        path = self._path(number)
        partial = path.with_name(path.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        _write_rows(partial / _ENTRIES, self._kind, entries)
        _write_rows(partial / _REJECTS, Reject, rejects)
        for name, array in arrays.items():
            np.save(partial / f"{name}.npy", array, allow_pickle=False)
        files = {file.name: sha256_file(file) for file in sorted(partial.iterdir())}
        for name in files:
            sync_file(partial / name)
        summary = summary.model_copy(update={"files": files})
        write_text(partial / _SUMMARY, summary.model_dump_json() + "\n")
        sync_directory(partial)
        partial.rename(path)
        sync_directory(self._directory)
        return Shard(path, summary)

    def _path(self, number: int) -> Path:
        return self._directory / f"{number:06d}"


def _write_rows(path: Path, kind: type["DataclassInstance"], values: Iterable[object]) -> None:
    """Write dataclasses as arrays of their fields' values, some hundred to a line.

    Encoding them to JSON one by one takes several times as long.
    """
    rows = map(attrgetter(*_names(kind)), values)
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        while some := list(islice(rows, _ROWS_A_LINE)):
            stream.write(_ENCODER.encode(some) + "\n")


def _names(kind: type["DataclassInstance"]) -> list[str]:
    return [field.name for field in fields(kind)]


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=attrgetter(*_names(Properties)))
