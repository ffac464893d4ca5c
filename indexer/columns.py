"""The properties that searches filter by: one mapped array for each, in row order of the molecules.

A file of numbers for each property rather than the records' table: a range over a million molecules reads 8 MB or less
and takes milliseconds as one comparison of arrays, where SQLite visits a million rows of a B-tree. They take 40 bytes a
molecule, tags included, 3 % of a vector, 8 a description, and the screen of substructures 128 a molecule.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.durable import sync_file
from indexer.errors import ReleaseError
from indexer.tags import TagFilter, TagSets

Column = NDArray[np.float64] | NDArray[np.int16]

# Name in a filter: name in the records, and type of the column. Masses in g/mol, `tpsa` in square ångström.
PROPERTIES: Mapping[str, tuple[str, str]] = {
    "molecular_weight": ("molecular_weight", "<f8"),
    "logp": ("logp", "<f8"),
    "tpsa": ("tpsa", "<f8"),
    "hbd": ("h_bond_donors", "<i2"),
    "hba": ("h_bond_acceptors", "<i2"),
    "rings": ("rings", "<i2"),
    "rotatable_bonds": ("rotatable_bonds", "<i2"),
    "heavy_atoms": ("heavy_atoms", "<i2"),
    "formal_charge": ("formal_charge", "<i2"),
}
_OWNERS = "column_molecule_row.npy"
TAG_SET = "tag_set"
_ROWS = 10_000


def write_columns(directory: Path, records: Path) -> None:
    """Write the columns of a release from its records."""
    molecules = {_file(name): (field, dtype) for name, (field, dtype) in PROPERTIES.items()}
    molecules[_file(TAG_SET)] = ("tag_set", "<i4")
    connection = sqlite3.connect(records)
    try:
        _write(directory, connection, "molecules", molecules)
        _write(directory, connection, "descriptions", {_OWNERS: ("coalesce(molecule_row, -1)", "<i8")})
    finally:
        connection.close()


class Columns:
    """The columns of a release, each mapped on first use. `read_sets` returns its tag sets by number."""

    def __init__(self, directory: Path, read_sets: Callable[[], Sequence[str]] = list) -> None:
        self._directory = directory
        self._read_sets = read_sets
        self._open: dict[str, NDArray[np.generic]] = {}
        self._sets: TagSets | None = None
        self._described: NDArray[np.bool_] | None = None
        self._all_owned: bool | None = None

    def property(self, name: str) -> Column:
        """One property of every molecule `(molecules,)`. KeyError for an unknown property."""
        _, dtype = PROPERTIES[name]
        column: Column = self._array(_file(name), dtype)  # type: ignore[assignment]
        return column

    def owners(self) -> NDArray[np.int64]:
        """The molecule of every description, int64 `(descriptions,)`; -1 where it is not in the corpus."""
        owners: NDArray[np.int64] = self._array(_OWNERS, "<i8")  # type: ignore[assignment]
        return owners

    def all_owned(self) -> bool:
        """Whether the molecule of every description is in the corpus."""
        if self._all_owned is None:
            self._all_owned = bool((self.owners() >= 0).all())
        return self._all_owned

    def described(self, molecules: int) -> NDArray[np.bool_]:
        """Which of the molecules have a description: bool `(molecules,)`."""
        if self._described is None:  # two threads may both find out; they find the same
            owners = self.owners()
            described = np.zeros(molecules, np.bool_)
            described[owners[owners >= 0]] = True
            self._described = described
        return self._described

    def tag_sets(self) -> NDArray[np.int32]:
        """The number of every molecule's set of tags, int32 `(molecules,)`."""
        numbers: NDArray[np.int32] = self._array(_file(TAG_SET), "<i4")  # type: ignore[assignment]
        return numbers

    def sets_with(self, tags: TagFilter) -> NDArray[np.bool_]:
        """Which sets of tags fit: bool `(sets,)`, by their numbers."""
        if self._sets is None:  # two threads may both read them, with the same result
            self._sets = TagSets(self._read_sets())
        return self._sets.fitting(tags)

    def _array(self, file: str, dtype: str) -> NDArray[np.generic]:
        array = self._open.get(file)
        if array is None:
            array = self._open[file] = self._load(self._directory / file, dtype)
        return array

    def _load(self, path: Path, dtype: str) -> NDArray[np.generic]:
        try:
            mapped = path.stat().st_size > 128  # the head alone: nothing to map
            return np.asarray(np.load(path, mmap_mode="r" if mapped else None, allow_pickle=False), dtype=dtype)
        except (OSError, ValueError, OverflowError, MemoryError) as error:
            raise ReleaseError(f"{path} cannot be read: {error}") from error


class SideColumns:
    """The columns of one side of a release as a server stores them: the properties of each row's molecule.

    A description whose molecule is not in the corpus has `tag_set` -1; its other columns are meaningless.
    """

    dtypes: Mapping[str, str] = {**{name: dtype for name, (_, dtype) in PROPERTIES.items()}, TAG_SET: "<i4"}

    def __init__(self, directory: Path, side: str) -> None:
        self._columns = Columns(directory)
        self._owners = self._columns.owners() if side == "descriptions" else None

    def rows(self, start: int, stop: int) -> dict[str, NDArray[np.generic]]:
        """Every column of rows `start` to `stop`, each `(stop - start,)`."""
        columns = {name: self._columns.property(name) for name in PROPERTIES} | {TAG_SET: self._columns.tag_sets()}
        if self._owners is None:
            return {name: column[start:stop] for name, column in columns.items()}
        owners = self._owners[start:stop]
        found: dict[str, NDArray[np.generic]] = {name: column[owners] for name, column in columns.items()}
        found[TAG_SET][owners < 0] = -1
        return found


def column_files(directory: Path) -> list[Path]:
    """The columns of a release directory, sorted by name; none where there are only vectors."""
    return sorted(directory.glob(_file("*")))


def _file(name: str) -> str:
    return f"column_{name}.npy"


def _write(directory: Path, connection: sqlite3.Connection, table: str, columns: Mapping[str, tuple[str, str]]) -> None:
    """Write fields of a table, each into its file and as its type, in one reading of the table."""
    count = int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    fields = ", ".join(field for field, _ in columns.values())
    cursor = connection.execute(f"SELECT {fields} FROM {table} ORDER BY row")
    with ExitStack() as stack:
        streams = [stack.enter_context((directory / file).open("wb")) for file in columns]
        dtypes = [dtype for _, dtype in columns.values()]
        for stream, dtype in zip(streams, dtypes, strict=True):
            header = {"descr": dtype, "fortran_order": False, "shape": (count,)}
            np.lib.format.write_array_header_1_0(stream, header)
        while rows := cursor.fetchmany(_ROWS):
            for stream, dtype, values in zip(streams, dtypes, zip(*rows, strict=True), strict=True):
                stream.write(np.asarray(values, dtype=dtype).tobytes())
    for file in columns:
        sync_file(directory / file)
