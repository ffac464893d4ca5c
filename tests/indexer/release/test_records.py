"""Records by row, id, text and formula."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from indexer.release import open_release
from indexer.release.records import Records
from tests.indexer.conftest import Build, current


def test_odd_ids_are_just_not_found(release_path: Path) -> None:
    records = open_release(release_path).records
    for odd in ("", "\0", "\ud800", "' OR 1=1 --", "M1\n", "é" * 10_000):
        assert records.molecule_by_id(odd) is None
        assert records.molecule_rows_by_description(odd) == []


def test_records_say_who_the_rows_are(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    build(molecules_file)
    records = open_release(current(tmp_path / "index")).records
    aspirin = records.molecule_by_id("M3")
    assert aspirin is not None
    assert aspirin == records.molecule_by_id("2244")
    assert (aspirin.row, aspirin.cid, aspirin.name) == (2, "2244", "aspirin")
    assert aspirin.inchikey == "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"
    assert aspirin.formula == "C9H8O4"
    assert aspirin.molecular_weight == pytest.approx(180.16, abs=0.01)
    assert (aspirin.rings, aspirin.h_bond_donors, aspirin.heavy_atoms, aspirin.formal_charge) == (1, 1, 13, 0)
    assert aspirin.description == "A salicylate ester that relieves pain."
    assert records.molecule_rows_by_description("  A salicylate ester\nthat relieves pain. ") == [2]
    assert records.molecule_rows_by_description("A salicylate ester that relieves PAIN") == [2]
    assert records.molecule_rows_by_description("A salicylate ester that relieves fever.") == []
    (description,) = records.descriptions([2])
    assert (description.molecule_row, description.id, description.smiles) == (2, "M3", aspirin.smiles)
    assert [record.row for record in records.molecules([4, 0, 4])] == [4, 0, 4]
    assert records.molecule_by_id("M99") is None
    with pytest.raises(IndexError, match="no molecule with row 6"):
        records.molecules([6])


def test_formulas_masses_and_descriptions_are_by_row(release_path: Path) -> None:
    records = open_release(release_path).records
    assert records.rows_with_formulas(["C9H8O4", "ClNa", "C60"]) == [2, 5]
    assert records.rows_with_formulas([]) == []
    assert records.exact_masses()[2] == pytest.approx(180.042259, abs=1e-6)
    assert records.description_rows([5, 0]) == {0: [0], 5: [5]}
    assert records.smiles([0, 5]) == ["CCO", "[Cl-].[Na+]"]


def test_more_rows_than_one_statement_takes(release_path: Path) -> None:
    records = open_release(release_path).records
    rows = [number % 6 for number in range(2000)]
    assert [record.row for record in records.molecules(rows)] == rows


def test_records_without_keys_of_plain_texts_are_found_by_their_text(release_path: Path) -> None:
    """What earlier versions wrote."""
    with sqlite3.connect(release_path / "records.sqlite") as connection:
        connection.executescript(
            "DROP INDEX descriptions_by_plain_text; ALTER TABLE descriptions DROP COLUMN plain_key"
        )
    records = Records(release_path / "records.sqlite")
    assert records.molecule_rows_by_description("A salicylate  ester that relieves pain.") == [2]
    assert records.molecule_rows_by_description("A SALICYLATE ester that relieves pain.") == []
