"""Makes records.sqlite: the same rows in the same order give the same bytes."""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from pathlib import Path

from indexer.build.shards import DescriptionEntry, MoleculeEntry
from indexer.durable import sync_file
from indexer.properties import Properties
from indexer.release.text_key import plain_key, text_key

_SQL_TYPES = {str: "TEXT", float: "REAL", int: "INTEGER"}
_PROPERTIES = ", ".join(f"{field.name} {_SQL_TYPES[field.type]} NOT NULL" for field in fields(Properties))  # type: ignore[index]

_SCHEMA = f"""
PRAGMA page_size = 8192;
PRAGMA encoding = 'UTF-8';
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE molecules (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, cid TEXT, name TEXT, smiles TEXT NOT NULL, inchikey TEXT NOT NULL,
    source_smiles TEXT, tag_set INTEGER NOT NULL REFERENCES tag_sets (number),
    {_PROPERTIES}
);
CREATE TABLE tag_sets (number INTEGER PRIMARY KEY, tags TEXT NOT NULL);
CREATE TABLE descriptions (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, cid TEXT, name TEXT, smiles TEXT, text TEXT NOT NULL,
    molecule_row INTEGER REFERENCES molecules (row), text_key INTEGER NOT NULL, plain_key INTEGER NOT NULL
);
"""
# Made after the rows are in: faster, and the pages lie in index order.
_INDEXES = """
CREATE UNIQUE INDEX molecules_by_id ON molecules (id);
CREATE INDEX molecules_by_cid ON molecules (cid) WHERE cid IS NOT NULL;
CREATE INDEX molecules_by_inchikey ON molecules (inchikey) WHERE inchikey != '';
CREATE INDEX descriptions_by_molecule ON descriptions (molecule_row) WHERE molecule_row IS NOT NULL;
CREATE INDEX descriptions_by_text ON descriptions (text_key);
CREATE INDEX descriptions_by_plain_text ON descriptions (plain_key);
"""


class RecordsWriter:
    """Writes a new records.sqlite, row numbers counting up from 0 on each side."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")
        self.molecules = 0
        self.descriptions = 0
        self.standardized = 0
        self._tag_sets = {"": 0}

    def add_molecules(self, entries: Iterable[MoleculeEntry]) -> None:
        marks = ", ".join("?" * (8 + len(fields(Properties))))
        self._connection.executemany(f"INSERT INTO molecules VALUES ({marks})", self._molecule_rows(entries))

    def _molecule_rows(self, entries: Iterable[MoleculeEntry]) -> Iterator[tuple[object, ...]]:
        properties = attrgetter(*(field.name for field in fields(Properties)))
        for e in entries:
            tag_set = self._tag_sets.setdefault(e.tags, len(self._tag_sets))
            own = (self.molecules, e.id, e.cid, e.name, e.smiles, e.inchikey, e.source_smiles, tag_set)
            yield own + properties(e.properties)
            self.molecules += 1
            self.standardized += e.source_smiles is not None

    def add_descriptions(self, entries: Iterable[DescriptionEntry]) -> None:
        for e in entries:
            keys = text_key(e.text), plain_key(e.text)
            values = (self.descriptions, e.id, e.cid, e.name, e.smiles, e.text, e.molecule_row, *keys)
            self._connection.execute("INSERT INTO descriptions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            self.descriptions += 1

    def finish(self) -> None:
        sets = ((number, tags) for tags, number in self._tag_sets.items())
        self._connection.executemany("INSERT INTO tag_sets VALUES (?, ?)", sets)
        self._connection.execute("COMMIT")
        self._connection.executescript(_INDEXES)
        self._connection.close()
        sync_file(self._path)
