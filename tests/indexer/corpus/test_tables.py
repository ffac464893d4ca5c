"""TSV and CSV corpora: columns by name, quotes undone where they fit, every row accounted for."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from indexer.corpus import Reject, Row, open_corpus
from indexer.errors import CorpusError


def read(path: Path, role: str = "molecules", **options: object) -> list[Row | Reject]:
    return list(open_corpus(path, role, **options).rows())  # type: ignore[arg-type]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_columns_are_found_by_name_whatever_their_case_and_order(tmp_path: Path) -> None:
    header = "Definition\tCanonical SMILES\tChEBI-ID\tNAME\tPubChem_CID"
    path = write(tmp_path / "a.tsv", f"{header}\nan alcohol\tCCO\tCHEBI:1\te\t7\n")
    (row,) = read(path)
    assert isinstance(row, Row)
    assert (row.structure, row.id, row.cid, row.name, row.description) == ("CCO", "CHEBI:1", "7", "e", "an alcohol")
    assert (row.file, row.line) == ("a.tsv", 2)


def test_a_cid_serves_as_id_where_there_is_no_other(tmp_path: Path) -> None:
    (row,) = read(write(tmp_path / "a.tsv", "CID\tSMILES\n702\tCCO\n"))
    assert isinstance(row, Row)
    assert (row.id, row.cid) == ("702", "702")


def test_columns_can_be_chosen(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", "ligand\tsmiles\nCCO\tignored\n")
    (row,) = read(path, columns={"smiles": "ligand"})
    assert isinstance(row, Row)
    assert row.structure == "CCO"


def test_quotes_in_tsv_that_enclose_no_cell_are_letters(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", 'smiles\tdescription\nCCO\t"open quote, 5" wide\nCCN\tnext\n')
    rows = read(path)
    assert [row.description for row in rows if isinstance(row, Row)] == ['"open quote, 5" wide', "next"]


def test_csv_records_may_have_quotes_commas_and_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'smiles,description\r\nCCO,"a ""clear"", volatile\nliquid"\r\nCCN,plain\r\n')
    rows = read(path)
    assert [(row.line, row.description) for row in rows if isinstance(row, Row)] == [
        (2, 'a "clear", volatile liquid'),
        (4, "plain"),
    ]


def test_an_open_quote_costs_its_own_line_only(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'smiles,name\nCCO,"open\nCCN,b\nCCC,"c"\n')
    rows = read(path)
    assert [(row.line, row.code) for row in rows if isinstance(row, Reject)] == [(2, "malformed_csv")]
    assert [(row.line, row.name) for row in rows if isinstance(row, Row)] == [(3, "b"), (4, "c")]


def test_semicolons_separate_where_the_header_has_them(tmp_path: Path) -> None:
    (row,) = read(write(tmp_path / "a.csv", "smiles;name\nCCO;ethanol\n"))
    assert isinstance(row, Row)
    assert row.name == "ethanol"


def test_byte_order_mark_windows_line_ends_and_blank_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", b"\xef\xbb\xbfsmiles\tid\r\n\r\nCCO\ta\r\n\r\n")
    (row,) = read(path)
    assert isinstance(row, Row)
    assert (row.structure, row.id, row.line) == ("CCO", "a", 3)


@pytest.mark.parametrize(
    ("line", "field", "code"),
    [
        (b"CCO\ta", "row", "wrong_column_count"),
        (b"CCO\ta\tb\tc\td", "row", "wrong_column_count"),
        (b"CCO\ta\tcaf\xe9\ttext", "name", "invalid_utf8"),
        (b"C\0CO\ta\tb\ttext", "smiles", "nul_byte"),
        (b" \ta\tb\ttext", "smiles", "empty_structure"),
        (b"C" * 5000 + b"\ta\tb\ttext", "smiles", "structure_too_long"),
        (b"CCO\t" + b"i" * 201 + b"\tb\ttext", "id", "field_too_long"),
        (b"C" * 1_000_001 + b"\ta\tb\ttext", "row", "row_too_long"),
    ],
)
@pytest.mark.parametrize("separator", [b"\t", b","])
def test_bad_rows_are_rejected_with_line_field_and_reason(
    tmp_path: Path, separator: bytes, line: bytes, field: str, code: str
) -> None:
    good = b"CCO\tid\tname\ttext\n"
    content = b"smiles\tid\tname\tdescription\n" + good + line + b"\n" + good
    path = write(tmp_path / ("a.tsv" if separator == b"\t" else "a.csv"), content.replace(b"\t", separator))
    before, reject, after = read(path)
    assert isinstance(before, Row)
    assert isinstance(after, Row)
    assert isinstance(reject, Reject)
    assert (reject.line, reject.field, reject.code) == (3, field, code)
    assert reject.reason.endswith(".")
    assert not set("\t\n\0") & set(reject.excerpt)
    assert len(reject.excerpt) < 500


@pytest.mark.parametrize(("text", "code"), [("", "empty_text"), ("  ", "empty_text"), ("x" * 20_001, "text_too_long")])
def test_a_bad_text_costs_a_description_row_but_not_a_molecule(tmp_path: Path, text: str, code: str) -> None:
    path = write(tmp_path / "a.tsv", f"smiles\tid\tdescription\nCCO\ta\t{text}\n")
    (description,) = read(path, "descriptions")
    assert isinstance(description, Reject)
    assert (description.line, description.field, description.code) == (2, "description", code)
    (molecule,) = read(path, "molecules")
    assert isinstance(molecule, Row)
    assert molecule.description is None
    assert [remark.code for remark in molecule.remarks] == [code]


def test_molecules_of_a_file_without_descriptions_lack_nothing(tmp_path: Path) -> None:
    (row,) = read(write(tmp_path / "a.tsv", "smiles\tid\nCCO\ta\n"))
    assert isinstance(row, Row)
    assert row.remarks == ()


def test_gzip_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv.gz"
    path.write_bytes(gzip.compress(b"smiles\tid\nCCO\ta\n", mtime=0))
    (row,) = read(path)
    assert isinstance(row, Row)
    assert row.structure == "CCO"


def test_damaged_gzip_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv.gz"
    path.write_bytes(gzip.compress(b"smiles\tid\n" + b"".join(b"CCO\t%d\n" % i for i in range(50_000)))[:-2000])
    with pytest.raises(CorpusError, match=r"a\.tsv\.gz"):
        read(path)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("empty.tsv", b"", "is empty"),
        ("blank.tsv", b"\n\n", "is empty"),
        ("empty.tsv.gz", gzip.compress(b"", mtime=0), "is empty"),
        ("columns.tsv", b"cid\tformula\n1\tC2H6O\n", "no smiles column.*its columns are: cid, formula"),
        ("binary.tsv", bytes(range(256)), "not (a text table|UTF-8)"),
        ("utf16.tsv", "smiles\tid\nCCO\ta\n".encode("utf-16"), "not (a text table|UTF-8)"),
        ("notes.bin", b"smiles", "of no known format"),
        ("fake.parquet", b"smiles\tid\n", "not a readable Parquet file"),
        ("fake.gz.tsv.gz", b"smiles\tid\n", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, content: bytes, complaint: str
) -> None:
    with pytest.raises(CorpusError, match=complaint) as caught:
        open_corpus(write(tmp_path / name, content), "molecules")
    assert name in str(caught.value)


def test_missing_files_directories_and_files_without_texts(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="No such file"):
        open_corpus(tmp_path / "none.tsv", "molecules")
    (tmp_path / "folder.tsv").mkdir()
    with pytest.raises(CorpusError, match="directory"):
        open_corpus(tmp_path / "folder.tsv", "molecules")
    with pytest.raises(CorpusError, match=r"no description column.*its columns are: cid, smiles"):
        open_corpus(write(tmp_path / "a.tsv", "cid\tsmiles\n1\tC\n"), "descriptions")
    with pytest.raises(CorpusError, match="no descriptions"):
        open_corpus(write(tmp_path / "a.smi", "C methane\n"), "descriptions")
