"""SMILES, SD and Parquet corpora."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rdkit import Chem

from indexer.corpus import Reject, Row, open_corpus
from indexer.errors import CorpusError
from model.inputs.structure import parse_structure


def rows(path: Path) -> list[Row]:
    found = list(open_corpus(path, "molecules").rows())
    assert all(isinstance(row, Row) for row in found)
    return [row for row in found if isinstance(row, Row)]


def test_smiles_files_have_a_structure_and_a_title(tmp_path: Path) -> None:
    path = tmp_path / "a.smi"
    path.write_text("CCO ethyl alcohol\nc1ccccc1\tCHEMBL277500\t78.11\n\nCC |$R;$| ethane\nC\n")
    assert [(row.line, row.structure, row.id, row.name) for row in rows(path)] == [
        (1, "CCO", "ethyl alcohol", "ethyl alcohol"),
        (2, "c1ccccc1", "CHEMBL277500", "CHEMBL277500"),
        (4, "CC |$R;$|", "ethane", "ethane"),
        (5, "C", None, None),
    ]


def test_a_header_in_a_smiles_file_is_no_molecule(tmp_path: Path) -> None:
    path = tmp_path / "a.smiles"
    path.write_text("SMILES Name\nCCO ethanol\nCO\n")
    assert [(row.structure, row.name) for row in rows(path)] == [("CCO", "ethanol"), ("CO", None)]


def sdf_record(smiles: str, title: str = "", **data: str) -> str:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles(smiles))
    items = "".join(f"> <{name}>\n{value}\n\n" for name, value in data.items())
    return title + "\n" + block.split("\n", 1)[1] + items + "$$$$\n"


def test_sd_files_have_molblocks_titles_and_data(tmp_path: Path) -> None:
    path = tmp_path / "a.sdf"
    first = sdf_record("CCO", "ethanol", chebi_id="CHEBI:16236", Definition="A primary\nalcohol.", other="x")
    path.write_text(first + sdf_record("CCN", "ethylamine", PUBCHEM_COMPOUND_CID="6341"))
    one, two = rows(path)
    assert (one.line, one.id, one.name, one.description) == (1, "CHEBI:16236", "ethanol", "A primary alcohol.")
    assert (two.line, two.id, two.cid, two.name) == (first.count("\n") + 1, "6341", "6341", "ethylamine")
    assert one.structure is not None
    assert parse_structure(one.structure).smiles == "CCO"


def test_a_broken_sd_record_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.sdf"
    path.write_text(sdf_record("CCO", "a") + "b\nno molblock\n$$$$\n" + sdf_record("CCN", "c").removesuffix("$$$$\n"))
    first, broken, last = open_corpus(path, "molecules").rows()
    assert isinstance(first, Row)
    assert isinstance(broken, Reject)
    assert broken.code == "malformed_record"
    assert isinstance(last, Row)
    assert last.name == "c"


def test_an_endless_sd_record_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.sdf"
    path.write_text("a\n" + "junk line\n" * 200_000 + "$$$$\n" + sdf_record("CCN", "c"))
    first, second = open_corpus(path, "molecules").rows()
    assert isinstance(first, Reject)
    assert first.code == "row_too_long"
    assert isinstance(second, Row)


def test_parquet_columns_of_text_numbers_and_gaps(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pa.table(
        {
            "SMILES": ["CCO", "CCN", None],
            "cid": pa.array([702.0, None, 3.0], type=pa.float64()),
            "Name": pa.array(["ethanol", None, "x"]).dictionary_encode(),
            "unused": [[1], [2], [3]],
        }
    )
    pq.write_table(table, path)
    one, two, three = open_corpus(path, "molecules").rows()
    assert isinstance(one, Row)
    assert (one.line, one.structure, one.id, one.cid, one.name) == (1, "CCO", "702", "702", "ethanol")
    assert isinstance(two, Row)
    assert (two.line, two.id, two.name) == (2, None, None)
    assert isinstance(three, Reject)
    assert (three.line, three.code) == (3, "empty_structure")


def test_invalid_utf8_in_parquet_costs_its_row(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    binary = pa.array([b"CCO", b"C\xff", b"CCN"], type=pa.binary())
    pq.write_table(pa.table({"smiles": binary}), path)
    found = list(open_corpus(path, "molecules").rows())
    assert [(row.line, row.code) for row in found if isinstance(row, Reject)] == [(2, "invalid_utf8")]


def test_parquet_without_a_usable_column(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"cid": [1], "formula": ["C"]}), path)
    with pytest.raises(CorpusError, match=r"no smiles column.*cid, formula"):
        open_corpus(path, "molecules")
    pq.write_table(pa.table({"smiles": [[1.0]]}), path)
    with pytest.raises(CorpusError, match="column smiles holds list"):
        list(open_corpus(path, "molecules").rows())


def test_names_of_sd_items_with_brackets_and_field_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.sdf"
    items = "> <NAME>\nfoo\n\n> <IC50 <10uM>>\n7\n\n> <logP<5>\n1\n\n> (MD-1) <ID> FIELD (5)\nX1\n\n"
    path.write_text(sdf_record("CCO", "t").replace("$$$$", items + "$$$$"))
    file = open_corpus(path, "molecules")
    (row,) = file.rows()
    assert isinstance(row, Row)
    assert (row.name, row.id) == ("foo", "X1")
    assert file.unused == ("IC50 <10uM>", "logP<5")


def test_molfiles_without_a_line_between_them_are_not_read_as_one(tmp_path: Path) -> None:
    path = tmp_path / "a.sdf"
    path.write_text(sdf_record("CCO", "a").removesuffix("$$$$\n") + sdf_record("CO", "b"))
    (reject,) = open_corpus(path, "molecules").rows()
    assert isinstance(reject, Reject)
    assert reject.code == "malformed_record"
    assert reject.reason == "The record has several lines 'M  END': a line $$$$ between two molecules is missing."


def test_an_id_of_several_lines_is_its_first(tmp_path: Path) -> None:
    path = tmp_path / "a.sdf"
    repeated = sdf_record("CO", "b", ID="3").replace("$$$$", "> <ID>\n4\n\n$$$$")
    path.write_text(sdf_record("CCO", "a", ID="1\n2") + repeated)
    assert [row.id for row in rows(path)] == ["1", "3"]


def test_a_record_that_draws_nothing_has_its_structure_beside(tmp_path: Path) -> None:
    path = tmp_path / "a.sdf"
    empty = "t\n  x\n\n  0  0  0  0  0  0            999 V2000\nM  END\n> <SMILES>\nCCO\n\n$$$$\n"
    path.write_text(empty + sdf_record("CO", "b", SMILES="CCC"))
    one, two = rows(path)
    assert one.structure == "CCO"
    assert parse_structure(two.structure or "").smiles == "CO"


def test_columns_of_smiles_files(tmp_path: Path) -> None:
    path = tmp_path / "a.smi"
    path.write_text("[Na+]\tNA\tSODIUM ION\nCCO\tEOH\t46.07\n")
    assert [(row.id, row.name) for row in rows(path)] == [("NA", "SODIUM ION"), ("EOH", "EOH")]
    path.write_text("smiles zinc_id mwt logp\nCCO ZINC1 46.07 0.1\nCO ZINC2 32.04 -0.5\n")
    assert [(row.id, row.name) for row in rows(path)] == [("ZINC1", "ZINC1"), ("ZINC2", "ZINC2")]


def test_decimals_of_parquet_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    digits = "123456789012345678901234567890123456"
    table = pa.table({"smiles": ["CCO"], "id": pa.array([Decimal(f"{digits}.0")], pa.decimal128(38, 1))})
    pq.write_table(table, path)
    assert [row.id for row in rows(path)] == [digits]


def test_nested_columns_of_parquet_are_left_and_named(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    nested = pa.array([[{"synonym": "EtOH"}]])
    pq.write_table(pa.table({"smiles": ["CCO"], "synonyms": nested, "structure": [{"smiles": "C"}]}), path)
    file = open_corpus(path, "molecules")
    assert [row.structure for row in rows(path)] == ["CCO"]
    assert "not used: synonyms (nested), structure (nested)" in file.columns_line()
    with pytest.raises(CorpusError, match=r"column synonyms holds list<.*neither text nor numbers"):
        open_corpus(path, "molecules", columns={"name": "synonyms"})


def test_molblocks_in_cells_are_read_up_to_the_limit_of_atoms(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    block = Chem.MolToMolBlock(Chem.MolFromSmiles("C" * 500))
    path.write_text(f'molfile_structure,id\n"{block}",a\nCCO,b\n')
    first, second = open_corpus(path, "molecules", columns={"smiles": "molfile_structure"}).rows()
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert parse_structure(first.structure or "").mol.GetNumAtoms() == 500


def test_a_cell_that_is_too_long_is_one_reject(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = "\n".join(["x" * 999] * 200)
    path.write_text(f'smiles,id,description\nCCO,"{lines}",t\nCO,b,t\n')
    reject, row = open_corpus(path, "molecules").rows()
    assert isinstance(reject, Reject)
    assert (reject.line, reject.code, reject.field) == (2, "field_too_long", "id")
    assert isinstance(row, Row)
