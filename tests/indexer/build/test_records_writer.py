"""Records are counted, tagged sets numbered, and the same rows give the same bytes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from indexer.build.records_writer import RecordsWriter
from indexer.release.records import Records
from tests.support.entries import description, molecule

MOLECULES = [
    molecule("a", "CCO", tags="drug;oral", cid="702"),
    replace(molecule("b", "[Na+].[Cl-]"), source_smiles="[Cl-].[Na+]"),
    molecule("c", "CC", tags="drug;oral"),
]


def write(path: Path, pieces: int) -> RecordsWriter:
    writer = RecordsWriter(path)
    for start in range(0, len(MOLECULES), pieces):
        writer.add_molecules(MOLECULES[start : start + pieces])
    writer.add_descriptions([description("An alcohol.", 0), description("Of nothing.", None)])
    writer.finish()
    return writer


def test_rows_are_counted_up_and_equal_sets_of_tags_share_a_number(tmp_path: Path) -> None:
    writer = write(tmp_path / "records.sqlite", 2)
    assert (writer.molecules, writer.descriptions, writer.standardized) == (3, 2, 1)
    records = Records(tmp_path / "records.sqlite")
    assert records.tag_sets() == ["", "drug;oral"]
    assert [record.tags for record in records.molecules([0, 1, 2])] == [("drug", "oral"), (), ("drug", "oral")]
    assert records.molecules([1])[0].source_smiles == "[Cl-].[Na+]"
    records.close()


def test_the_same_rows_give_the_same_bytes_in_any_pieces(tmp_path: Path) -> None:
    files = [tmp_path / f"{pieces}.sqlite" for pieces in (1, 2, 3)]
    for pieces, file in enumerate(files, start=1):
        write(file, pieces)
    assert len({file.read_bytes() for file in files}) == 1
