"""What cells say: numbers that a program has rounded, texts for Excel, lists of names."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.corpus import Reject, Role, Row, open_corpus
from indexer.corpus.values import cid_of, split_cas_numbers, split_names


def read(directory: Path, content: str, name: str = "a.tsv", role: Role = "molecules") -> Row | Reject:
    (directory / name).write_text(content)
    (row,) = open_corpus(directory / name, role).rows()
    return row


@pytest.mark.parametrize(
    ("written", "cid"),
    [
        ("702", "702"),
        ("702.0", "702"),
        ("7.02e+02", "702"),
        ("7.02E2", "702"),
        ("1.23456789e+08", "123456789"),
        ("1.20e+01", "12"),
        ("1e+05", "100000"),  # as R writes it
        ("1.23457e+08", None),
        ("1.2E+08", None),
        ("7.025e+02", "7.025e+02"),
    ],
)
def test_a_cid_has_all_its_digits(written: str, cid: str | None) -> None:
    assert cid_of(written) == cid


def test_a_rounded_cid_costs_no_molecule_and_is_said(tmp_path: Path) -> None:
    row = read(tmp_path, "smiles\tcid\tid\nCCO\t1.23457e+08\tA\n")
    assert isinstance(row, Row)
    assert (row.id, row.cid) == ("A", None)
    (remark,) = row.remarks
    assert (remark.code, remark.field) == ("rounded_number", "cid")
    assert remark.reason == (
        "The CID 1.23457e+08 lacks digits: a program has rounded it. Save the column as text. "
        "The row is kept without it."
    )


def test_a_description_that_only_a_rounded_cid_names_is_rejected(tmp_path: Path) -> None:
    reject = read(tmp_path, "cid\tdescription\n1.23457e+08\tan alcohol\n", role="descriptions")
    assert isinstance(reject, Reject)
    assert reject.code == "rounded_number"


def test_texts_that_were_written_for_excel(tmp_path: Path) -> None:
    row = read(tmp_path, 'id,smiles,name\n"=""0012""",CCO,="x y"\n', "a.csv")
    assert isinstance(row, Row)
    assert (row.id, row.name) == ("0012", "x y")


@pytest.mark.parametrize("name", ["#NAME?", "-"])
def test_names_that_are_none(tmp_path: Path, name: str) -> None:
    row = read(tmp_path, f"smiles\tname\tsynonyms\nCCO\t{name}\t{name}|EtOH|nan\n")
    assert isinstance(row, Row)
    assert (row.name, row.synonyms) == (None, ("EtOH",))


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("['a', 'b; c']", ["a", "b; c"]),
        ("['a' 'b'\n 'c']", ["a", "b", "c"]),
        ("""["5'-AMP", 'it\\'s', nan]""", ["5'-AMP", "it's"]),
        ('["a", "b"]', ["a", "b"]),
        ("[a, b c]", ["a", "b c"]),
        ("[EtOH]", ["EtOH"]),
        ("[1,2,4]triazolo[4,3-a]pyridine", ["[1,2,4]triazolo[4,3-a]pyridine"]),
        ("[(3S)-oxan-3-yl]", ["[(3S)-oxan-3-yl]"]),
        ("a::b, c::a", ["a", "b, c"]),
        ("nan|nan", []),
        ("EtOH;None; NULL", ["EtOH"]),
    ],
)
def test_lists_of_names(cell: str, names: list[str]) -> None:
    assert split_names(cell) == names


@pytest.mark.parametrize("cell", ["64-17-5, 8024-45-1", "64-17-5|8024-45-1", "['64-17-5', '8024-45-1']"])
def test_lists_of_cas_numbers(cell: str) -> None:
    assert split_cas_numbers(cell) == ["64-17-5", "8024-45-1"]


def test_the_first_of_bindingdbs_names_is_shown(tmp_path: Path) -> None:
    row = read(tmp_path, "Ligand SMILES\tBindingDB Ligand Name\nCCO\tethanol::EtOH::US123, 7\n")
    assert isinstance(row, Row)
    assert (row.name, row.synonyms) == ("ethanol", ("EtOH", "US123, 7"))
