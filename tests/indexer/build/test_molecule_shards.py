"""Rows become molecules, or rejects with a line and a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.release import open_release
from tests.indexer.conftest import Build, current, rejects_of


def test_bad_rows_are_rejected_with_line_and_reason_and_the_rest_is_built(build: Build, tmp_path: Path) -> None:
    molecules = tmp_path / "bad.tsv"
    lines = [
        b"cid\tsmiles\tdescription",
        b"1\tCCO\tfine",
        b"2\tC1CC\tring is open",
        b"3\tCCO",
        b"4\tCCN\t",
        b"5\t" + b"C" * 5000 + b"\tlong",
        b"1\tCCC\tsame id",
        b"7\tCC\xff\tnot UTF-8",
        b"8\t" + b"C" * 700 + b"\tmany atoms",
        b"9\tC(C)(C)(C)(C)C\tfive bonds",
        b"10\tCCCl\tfine too",
    ]
    molecules.write_bytes(b"\n".join(lines) + b"\n")
    report = build(molecules)
    release = open_release(current(tmp_path / "index"))
    found = [(int(r["line"]), r["field"], r["code"]) for r in rejects_of(release.path / "rejects.tsv")]
    assert found == [
        (3, "smiles", "unparsable_structure"),
        (4, "row", "wrong_column_count"),
        (5, "description", "empty_text"),
        (6, "smiles", "structure_too_long"),
        (7, "id", "duplicate_id"),
        (8, "smiles", "invalid_utf8"),
        (9, "smiles", "too_many_atoms"),
        (10, "smiles", "invalid_chemistry"),
    ]
    assert [m.id for m in release.records.molecules(range(3))] == ["1", "4", "10"]
    assert (report.counts.molecules, report.counts.descriptions) == (3, 2)
    assert (report.counts.rejected, report.counts.dropped_texts) == (7, 1)
    assert report.corpora[0].rows == 10
    assert report.corpora[0].accepted + report.corpora[0].rejected == 10


def test_an_id_belongs_to_the_first_row_that_is_accepted(build: Build, tmp_path: Path) -> None:
    molecules = tmp_path / "m.tsv"
    molecules.write_text("id\tsmiles\na\tbroken(\na\tCCO\na\tCCN\n")
    build(molecules)
    release = open_release(current(tmp_path / "index"))
    assert [m.smiles for m in release.records.molecules([0])] == ["CCO"]
    assert [r["code"] for r in rejects_of(release.path / "rejects.tsv")] == ["unparsable_structure", "duplicate_id"]


def test_a_title_that_repeats_late_costs_no_molecule(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the lines by which it is seen that titles repeat, the row gets an id of its own."""
    monkeypatch.setattr("indexer.corpus.smiles_file.TITLES", 2)
    path = tmp_path / "a.smi"
    path.write_text("CCO one\nCCN two\nCCC one\n")
    report = build(path)
    assert (report.counts.molecules, report.counts.rejected) == (3, 0)
