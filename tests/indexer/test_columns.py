"""Columns hold what the records hold, in row order, and are refused when they are damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.build.records_writer import RecordsWriter
from indexer.columns import PROPERTIES, Columns, SideColumns, column_files, write_columns
from indexer.errors import ReleaseError
from indexer.tags import TagFilter
from tests.support.entries import description, molecule

MOLECULES = [molecule("a", "CCO", tags="drug"), molecule("b", "c1ccccc1O"), molecule("c", "[NH4+]", tags="drug")]
OWNERS = [1, None, 1, 2]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    writer = RecordsWriter(tmp_path / "records.sqlite")
    writer.add_molecules(MOLECULES)
    writer.add_descriptions(description(f"Text {n}.", owner) for n, owner in enumerate(OWNERS))
    writer.finish()
    write_columns(tmp_path, tmp_path / "records.sqlite")
    return tmp_path


def test_columns_are_the_properties_of_the_records(directory: Path) -> None:
    columns = Columns(directory, lambda: ["", "drug"])
    for name, (field, dtype) in PROPERTIES.items():
        column = columns.property(name)
        assert column.dtype == dtype
        assert column.tolist() == [getattr(entry.properties, field) for entry in MOLECULES]
    assert columns.owners().tolist() == [1, -1, 1, 2]
    assert columns.described(3).tolist() == [False, True, True]
    assert columns.sets_with(TagFilter(any=("drug",)))[columns.tag_sets()].tolist() == [True, False, True]
    with pytest.raises(KeyError):
        columns.property("colour")


def test_a_server_gets_the_columns_of_each_rows_molecule(directory: Path) -> None:
    molecules = SideColumns(directory, "molecules").rows(1, 3)
    assert molecules["formal_charge"].tolist() == [0, 1]
    descriptions = SideColumns(directory, "descriptions").rows(0, 4)
    assert descriptions.keys() == molecules.keys() == SideColumns.dtypes.keys()
    assert descriptions["tag_set"].tolist() == [0, -1, 0, 1]
    assert [descriptions["rings"][row] for row in (0, 2, 3)] == [1, 1, 0]


def test_a_corpus_without_molecules_has_empty_columns(tmp_path: Path) -> None:
    RecordsWriter(tmp_path / "records.sqlite").finish()
    write_columns(tmp_path, tmp_path / "records.sqlite")
    assert Columns(tmp_path).property("logp").shape == Columns(tmp_path).owners().shape == (0,)


def test_a_damaged_column_is_an_error_that_names_it(directory: Path) -> None:
    assert [path.name for path in column_files(directory)][:2] == ["column_formal_charge.npy", "column_hba.npy"]
    (directory / "column_logp.npy").write_bytes(b"nothing")
    with pytest.raises(ReleaseError, match=r"column_logp\.npy cannot be read"):
        Columns(directory).property("logp")
