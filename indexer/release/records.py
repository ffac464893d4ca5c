"""Reading records.sqlite: the molecules and descriptions behind the rows of a release.

`indexer.build.records_writer` writes it.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.readonly import ReadOnlyDatabase
from indexer.release.text_key import plain_key, plain_text, text_key
from indexer.tags import split_set

Record = TypeVar("Record")

# Parameters in one statement, of which SQLite allows 32,766.
_ROWS_A_QUERY = 500


# Named tuples, which are made in a fraction of the time of frozen dataclasses: a request may ask for 10,000 records.
class MoleculeRecord(NamedTuple):
    """One molecule of the corpus; `description` is its first one. Masses in g/mol, `tpsa` in square ångström.

    `source_smiles`: the canonical SMILES of the corpus structure, if standardisation changed it.
    """

    row: int
    id: str
    cid: str | None
    smiles: str
    inchikey: str
    name: str | None
    description: str | None
    formula: str
    molecular_weight: float
    exact_mass: float
    logp: float
    tpsa: float
    h_bond_donors: int
    h_bond_acceptors: int
    rotatable_bonds: int
    rings: int
    heavy_atoms: int
    formal_charge: int
    source_smiles: str | None
    tags: tuple[str, ...]


class DescriptionRecord(NamedTuple):
    """One description. `molecule_row`: its molecule, if the corpus has it.

    `smiles`, `cid` and `name` are the description's own, else those of its molecule, else None; `tags` its molecule's.
    """

    row: int
    id: str
    text: str
    molecule_row: int | None
    cid: str | None
    smiles: str | None
    name: str | None
    tags: tuple[str, ...]


_FIRST_TEXT = "(SELECT d.text FROM descriptions d WHERE d.molecule_row = m.row ORDER BY d.row LIMIT 1)"
_TAGS = "(SELECT t.tags FROM tag_sets t WHERE t.number = m.tag_set)"
_COMPUTED = {"description": _FIRST_TEXT, "tags": _TAGS}
_MOLECULE_COLUMNS = ", ".join(_COMPUTED.get(name, f"m.{name}") for name in MoleculeRecord._fields)
_MOLECULES = f"SELECT {_MOLECULE_COLUMNS} FROM molecules m WHERE "
_DESCRIPTIONS = (
    "SELECT d.row, d.id, d.text, d.molecule_row, coalesce(d.cid, m.cid), coalesce(d.smiles, m.smiles), "
    f"coalesce(d.name, m.name), {_TAGS} FROM descriptions d LEFT JOIN molecules m ON m.row = d.molecule_row WHERE "
)


class Records:
    """The records of one release, for many threads."""

    def __init__(self, path: Path) -> None:
        self._database = ReadOnlyDatabase(path)
        with self._database.connection() as connection:
            self.molecule_count = int(connection.execute("SELECT count(*) FROM molecules").fetchone()[0])
            self.description_count = int(connection.execute("SELECT count(*) FROM descriptions").fetchone()[0])
            columns = connection.execute("SELECT name FROM pragma_table_info('descriptions')").fetchall()
            self._plain_keys = ("plain_key",) in columns

    def molecules(self, rows: Sequence[int]) -> list[MoleculeRecord]:
        """The molecules with these rows, in this order; IndexError for an unknown row."""
        found = {int(v[0]): _molecule(v) for v in self._select(_MOLECULES + "m.row", rows)}
        return [_get(found, row, "molecule") for row in rows]

    def descriptions(self, rows: Sequence[int]) -> list[DescriptionRecord]:
        """The descriptions with these rows, in this order; IndexError for a row that is not there."""
        found = {int(v[0]): _description(v) for v in self._select(_DESCRIPTIONS + "d.row", rows)}
        return [_get(found, row, "description") for row in rows]

    def smiles(self, rows: Sequence[int]) -> list[str]:
        """The structures of the molecules with these rows, in this order; IndexError for a row that is not there."""
        pairs = self._select("SELECT row, smiles FROM molecules WHERE row", rows)
        found = {int(row): str(smiles) for row, smiles in pairs}
        return [_get(found, row, "molecule") for row in rows]

    def molecule_by_id(self, id: str) -> MoleculeRecord | None:
        """The molecule with this id, else the first one with this PubChem CID."""
        for condition in ("m.id = ?", "m.cid = ? ORDER BY m.row LIMIT 1"):
            with self._database.connection() as connection:
                values = connection.execute(_MOLECULES + condition, (_sql_text(id),)).fetchone()
            if values is not None:
                return _molecule(values)
        return None

    def tag_sets(self) -> list[str]:
        """The distinct tag sets by number, as written."""
        with self._database.connection() as connection:
            return [str(tags) for (tags,) in connection.execute("SELECT tags FROM tag_sets ORDER BY number")]

    def molecule_rows_by_description(self, text: str) -> list[int]:
        """Rows of the molecules that have this description, however it is spelled (`text_key.plain_text`).

        In a release of before there were keys of plain texts, those that have it as it is written.
        """
        column, key = ("plain_key", plain_key(text)) if self._plain_keys else ("text_key", text_key(text))
        query = (
            "SELECT DISTINCT molecule_row, text FROM descriptions "
            f"WHERE {column} = ? AND molecule_row IS NOT NULL ORDER BY molecule_row"
        )
        plain = plain_text(text)
        with self._database.connection() as connection:
            found = connection.execute(query, (key,)).fetchall()
        return list(dict.fromkeys(int(row) for row, candidate in found if plain_text(candidate) == plain))

    def description_rows(self, molecules: Sequence[int]) -> dict[int, list[int]]:
        """Rows of the descriptions of these molecules, by the molecule's row; without those that have none."""
        found: dict[int, list[int]] = {}
        for row, molecule in self._select("SELECT row, molecule_row FROM descriptions WHERE molecule_row", molecules):
            found.setdefault(int(molecule), []).append(int(row))
        return {molecule: sorted(rows) for molecule, rows in found.items()}

    def exact_masses(self) -> NDArray[np.float64]:
        """Monoisotopic masses of all molecules in g/mol, float64 `(molecules,)`."""
        with self._database.connection() as connection:
            masses = connection.execute("SELECT exact_mass FROM molecules ORDER BY row")
            return np.fromiter((mass for (mass,) in masses), np.float64, self.molecule_count)

    def formulas(self) -> tuple[list[str], NDArray[np.int32]]:
        """The distinct formulas in Hill order, and the place of each molecule's among them, int32 `(molecules,)`."""
        places: dict[str, int] = {}
        with self._database.connection() as connection:
            rows = connection.execute("SELECT formula FROM molecules ORDER BY row")
            numbers = (places.setdefault(formula, len(places)) for (formula,) in rows)
            found = np.fromiter(numbers, np.int32, self.molecule_count)
        return list(places), found

    def rows_with_formulas(self, formulas: Sequence[str]) -> list[int]:
        """Rows of the molecules with one of these formulas, in Hill order with the charge."""
        marks = ",".join("?" * len(formulas))
        with self._database.connection() as connection:
            rows = connection.execute(f"SELECT row FROM molecules WHERE formula IN ({marks})", tuple(formulas))
            return [int(row) for (row,) in rows]

    def close(self) -> None:
        """Close idle connections now and borrowed ones when they come back. Later queries raise ReleaseError."""
        self._database.close()

    def _select(self, query: str, rows: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        wanted = [int(row) for row in dict.fromkeys(rows)]
        with self._database.connection() as connection:
            for start in range(0, len(wanted), _ROWS_A_QUERY):
                part = wanted[start : start + _ROWS_A_QUERY]
                marks = ",".join("?" * len(part))
                yield from connection.execute(f"{query} IN ({marks})", part)


def _molecule(values: tuple[Any, ...]) -> MoleculeRecord:
    return MoleculeRecord._make((*values[:-1], split_set(values[-1])))


def _description(values: tuple[Any, ...]) -> DescriptionRecord:
    return DescriptionRecord._make((*values[:-1], split_set(values[-1] or "")))  # null where it has no molecule


def _get(found: dict[int, Record], row: int, what: str) -> Record:
    try:
        return found[int(row)]
    except KeyError:
        raise IndexError(f"there is no {what} with row {row}") from None


def _sql_text(text: str) -> str:
    """SQLite takes no lone surrogates; an id with one is not in the file either."""
    return text.encode("utf-8", "replace").decode("utf-8")
