"""Descriptions find their molecules; those that are empty or repeated are rejected."""

from __future__ import annotations

from pathlib import Path

from indexer.release import open_release
from tests.indexer.conftest import Build, current, rejects_of


def test_descriptions_are_linked_by_id_then_structure_or_stand_alone(build: Build, tmp_path: Path) -> None:
    molecules = tmp_path / "m.tsv"
    molecules.write_text("chebi_id\tcid\tsmiles\nCHEBI:1\t702\tCCO\nCHEBI:2\t887\tCO\nCHEBI:3\t\tCCN\n")
    descriptions = tmp_path / "d.tsv"
    descriptions.write_text(
        "id\tcid\tsmiles\tdescription\n"
        "CHEBI:1\t\t\tby id\n"
        "\t887\t\tby cid\n"
        "\t\tNCC\tby structure\n"
        "X\t\tc1ccccc1\tof another molecule\n"
        "\t\t\tof nothing\n"
        "CHEBI:1\t\tCO\tids collide\n"
        "CHEBI:1\t\tOCC\tsecond text\n"
    )
    report = build(molecules, descriptions)
    records = open_release(current(tmp_path / "index")).records
    found = [(d.text, d.molecule_row, d.id, d.smiles) for d in records.descriptions(range(7))]
    assert found == [
        ("by id", 0, "CHEBI:1", "CCO"),
        ("by cid", 1, "887", "CO"),
        ("by structure", 2, "CHEBI:3", "CCN"),
        ("of another molecule", None, "X", "c1ccccc1"),
        ("of nothing", None, "d.tsv:6", None),
        ("ids collide", 1, "CHEBI:1", "CO"),
        ("second text", 0, "CHEBI:1", "CCO"),
    ]
    assert (report.linked_descriptions, report.link_conflicts) == (5, 1)
    first = records.molecule_by_id("CHEBI:1")
    assert first is not None
    assert first.description == "by id"


def test_rows_of_description_files_are_rejected_too(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    descriptions = tmp_path / "d.tsv"
    descriptions.write_text(
        "cid\tsmiles\tdescription\n702\tCCO\ta new text\n702\t\ta new  text\n702\tC1\tbad structure\n702\t\t\n"
    )
    report = build(molecules_file, descriptions)
    rejects = rejects_of(current(tmp_path / "index") / "rejects.tsv")
    assert [(r["file"], int(r["line"]), r["code"]) for r in rejects] == [
        ("d.tsv", 3, "duplicate_description"),
        ("d.tsv", 4, "unparsable_structure"),
        ("d.tsv", 5, "empty_text"),
    ]
    assert report.counts.descriptions == 7


def test_a_cid_is_looked_up_among_cids_and_not_among_ids(build: Build, tmp_path: Path) -> None:
    molecules, descriptions = tmp_path / "m.csv", tmp_path / "d.csv"
    molecules.write_text("id,cid,smiles\n1,702,CCO\n702,6334,CCC\n")
    descriptions.write_text("cid,description\n702,Ethanol is an alcohol.\n1,There is no such CID.\n")
    report = build(molecules, descriptions)
    records = open_release(current(tmp_path / "index")).records
    assert [(d.text, d.id, d.smiles) for d in records.descriptions(range(2))] == [
        ("Ethanol is an alcohol.", "702", "CCO"),
        ("There is no such CID.", "1", None),
    ]
    assert report.linked_descriptions == 1


def test_the_cid_of_a_row_without_an_id_is_not_taken_for_the_id_of_another(build: Build, tmp_path: Path) -> None:
    molecules = tmp_path / "m.csv"
    molecules.write_text("id,cid,smiles\n,702,CCO\n702,6334,CCC\n")
    build(molecules)
    records = open_release(current(tmp_path / "index")).records
    assert [(m.id, m.smiles) for m in records.molecules([0, 1])] == [("m.csv:2", "CCO"), ("702", "CCC")]
