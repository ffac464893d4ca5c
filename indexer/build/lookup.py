"""Which ids and texts a build has seen, and which molecule a description belongs to.

A throw-away database beside the shards, made anew from them when a build continues: memory stays bounded however
large the corpus.
"""

import hashlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

_SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -65536;
CREATE TABLE molecules (id TEXT PRIMARY KEY, row INTEGER NOT NULL, cid TEXT, inchikey TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE texts (key BLOB PRIMARY KEY) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX molecules_by_cid ON molecules (cid, row) WHERE cid IS NOT NULL;
CREATE INDEX molecules_by_inchikey ON molecules (inchikey, row) WHERE inchikey != '';
"""
# The first block of an InChIKey is the connectivity; the second has stereochemistry and isotopes, the third charge.
_CONNECTIVITY = 14


@dataclass(frozen=True, slots=True)
class Link:
    """The molecule of a description, if there is one; `conflict`: its id names another structure than its own."""

    row: int | None
    id: str | None = None
    conflict: bool = False


class Lookup:
    """Ids first, one by one and in corpus order; then `finish_molecules`; then links and texts."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")
        self.molecules = 0

    def add_molecule(self, id: str, cid: str | None, inchikey: str) -> bool:
        """Give the next row number to a molecule; False if its id is taken."""
        cursor = self._connection.execute(
            "INSERT OR IGNORE INTO molecules VALUES (?, ?, ?, ?)", (id, self.molecules, cid, inchikey)
        )
        if cursor.rowcount == 0:
            return False
        self.molecules += 1
        return True

    def finish_molecules(self) -> None:
        """All molecules are known; descriptions follow."""
        self._connection.execute("COMMIT")
        self._connection.executescript(_INDEXES)
        self._connection.execute("BEGIN")

    def link(self, id: str | None, cid: str | None, inchikey: str | None) -> Link:
        """The molecule that a description with this id, CID and structure of its own belongs to.

        An id or CID decides, unless the description's own structure has other connectivity than that molecule: then
        numbers of two sources coincide by chance, and the structure decides.
        """
        named = self._by_name(id, cid)
        if named is not None:
            row, own_id, key = named
            if not inchikey or not key or key[:_CONNECTIVITY] == inchikey[:_CONNECTIVITY]:
                return Link(row, own_id)
        same = self._first("inchikey = ? AND inchikey != ''", inchikey) if inchikey else None
        if same is None:
            return Link(None, conflict=named is not None)
        return Link(same[0], same[1], conflict=named is not None)

    def _by_name(self, id: str | None, cid: str | None) -> tuple[int, str, str] | None:
        return (self._first("id = ?", id) if id else None) or (self._first("cid = ?", cid) if cid else None)

    def _first(self, condition: str, value: str) -> tuple[int, str, str] | None:
        query = f"SELECT row, id, inchikey FROM molecules WHERE {condition} ORDER BY row LIMIT 1"
        found: tuple[int, str, str] | None = self._connection.execute(query, (value,)).fetchone()
        return found

    def add_text(self, owner: str, text: str) -> bool:
        """Remember a text of an owner (a molecule, or what the description belongs to); False if it was known."""
        normal = " ".join(text.split())
        key = hashlib.blake2b(f"{owner}\0{normal}".encode(), digest_size=16).digest()
        return self._connection.execute("INSERT OR IGNORE INTO texts VALUES (?)", (key,)).rowcount == 1

    def close(self) -> None:
        self._connection.close()
