"""Finished pieces of a build on disk, so that an interrupted build continues after the last one.

A shard is a directory, written under another name and renamed when whole: entries (JSON lines), rejects (JSON lines),
arrays (.npy), and a summary with the SHA-256 of each file. Nothing in it depends on when or in how many goes it was
made.
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from indexer.corpus.rows import Reject
from indexer.durable import sha256_file, sync_directory, sync_file, write_text
from indexer.properties import Properties

_SUMMARY = "shard.json"
_ENTRIES = "entries.jsonl"
_REJECTS = "rejects.jsonl"

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
    properties: Properties


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
        for values in self._lines(_ENTRIES):
            properties = Properties(**values.pop("properties"))  # type: ignore[arg-type]
            yield MoleculeEntry(**values, properties=properties)  # type: ignore[arg-type]

    def descriptions(self) -> Iterator[DescriptionEntry]:
        for values in self._lines(_ENTRIES):
            yield DescriptionEntry(**values)  # type: ignore[arg-type]

    def rejects(self) -> Iterator[Reject]:
        for values in self._lines(_REJECTS):
            yield Reject(**values)  # type: ignore[arg-type]

    def array(self, name: str) -> Array:
        array: Array = np.load(self.path / f"{name}.npy", allow_pickle=False)
        return array

    def _lines(self, name: str) -> Iterator[dict[str, dict[str, str]]]:
        with (self.path / name).open(encoding="utf-8") as stream:
            for line in stream:
                yield json.loads(line)


class ShardStore:
    """The numbered shards of one side of a build."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def find(self, number: int) -> Shard | None:
        """The shard with this number, if it is there and undamaged; a damaged one is removed."""
        path = self._path(number)
        if not path.exists():
            return None
        try:
            summary = ShardSummary.model_validate_json((path / _SUMMARY).read_bytes())
            if all(sha256_file(path / name) == digest for name, digest in summary.files.items()):
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
        _write_lines(partial / _ENTRIES, entries)
        _write_lines(partial / _REJECTS, rejects)
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


def _write_lines(path: Path, values: Iterable[MoleculeEntry] | Iterable[DescriptionEntry] | Iterable[Reject]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(_ENCODER.encode(_shallow(value)) + "\n" for value in values)


def _shallow(value: "DataclassInstance") -> dict[str, object]:
    """A dataclass as a dictionary of its fields; `asdict` would copy what is in them as well, at ten times the cost."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=_shallow)
