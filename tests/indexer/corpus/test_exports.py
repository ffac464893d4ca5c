"""What databases and programs export, old and new: each column where it belongs, each oddity undone or said."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.corpus import CorpusFile, CorpusLimits, Reject, Role, Row, open_corpus
from indexer.errors import CorpusError
from model.inputs.structure import parse_structure
from tests.indexer.corpus.test_formats import sdf_record

FLAT, L_FORM = "CC(N)C(=O)O", "C[C@H](N)C(=O)O"
INCHI = "InChI=1S/C3H7NO2/c1-2(4)3(5)6/h2H,4H2,1H3,(H,5,6)/t2-/m0/s1"


def opened(directory: Path, name: str, content: str | bytes, role: Role = "molecules") -> CorpusFile:
    path = directory / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_corpus(path, role)


def only(file: CorpusFile) -> Row:
    (row,) = file.rows()
    assert isinstance(row, Row)
    return row


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        # PubChem: search summary, property table of before and since 2025
        ("cid,cmpdname,isosmiles,canonicalsmiles", f"5950,Ala,{L_FORM},{FLAT}", ("5950", "Ala", L_FORM)),
        ("CID,CanonicalSMILES,IsomericSMILES", f"5950,{FLAT},{L_FORM}", ("5950", None, L_FORM)),
        ("Compound_CID,Name,ConnectivitySMILES,SMILES", f"5950,Ala,{FLAT},{L_FORM}", ("5950", "Ala", L_FORM)),
        ("CID,CanonicalSMILES,InChI", f'5950,{FLAT},"{INCHI}"', ("5950", None, INCHI)),
        # ChEMBL: web export, SQL dump
        ("ChEMBL ID;Name;Synonyms;Smiles", f"CHEMBL1;Ala;A|B;{L_FORM}", ("CHEMBL1", "Ala", L_FORM)),
        ("chembl_id,pref_name,canonical_smiles,standard_inchi", f'C1,Ala,{L_FORM},"{INCHI}"', ("C1", "Ala", L_FORM)),
        # ChEBI: flat files
        ("id,chebi_accession,name,smiles", f"7,CHEBI:16977,Ala,{L_FORM}", ("CHEBI:16977", "Ala", L_FORM)),
        # DrugBank, HMDB, ZINC, COCONUT, Enamine
        ("DrugBank ID,Name,SMILES,PubChem Compound ID", f"DB00160,Ala,{L_FORM},5950", ("DB00160", "Ala", L_FORM)),
        ("accession,name,smiles,description", f"HMDB1,Ala,{L_FORM},An acid.", ("HMDB1", "Ala", L_FORM)),
        ("zinc_id,smiles", f"ZINC1,{L_FORM}", ("ZINC1", None, L_FORM)),
        ("identifier,canonical_smiles,name,iupac_name", f"CNP1,{L_FORM},Ala,x", ("CNP1", "Ala", L_FORM)),
        ("coconut_id,unique_smiles,sugar_free_smiles", f"CNP1,{L_FORM},{FLAT}", ("CNP1", None, L_FORM)),
        ("Catalog_ID,SMILES,MW", f"Z1,{L_FORM},89.1", ("Z1", None, L_FORM)),
        # BindingDB, NP Atlas, CompTox, DrugCentral, FooDB, MoleculeNet, and people's own
        (
            "BindingDB MonomerID,Ligand SMILES,Ligand InChI,BindingDB Ligand Name",
            f'7,{L_FORM},"{INCHI}",Ala',
            ("7", "Ala", L_FORM),
        ),
        ("npaid,compound_names,compound_smiles,compound_inchi", f"NPA1,Ala,{L_FORM},x", ("NPA1", "Ala", L_FORM)),
        ("DTXSID,PREFERRED NAME,QSAR READY SMILES,SMILES", f"DTX1,Ala,{FLAT},{L_FORM}", ("DTX1", "Ala", L_FORM)),
        ("DTXSID,MS_READY_SMILES,Original SMILES", f"DTX1,{FLAT},{L_FORM}", ("DTX1", None, L_FORM)),
        ("SMILES,InChI,ID,INN", f"{L_FORM},x,2,alanine", ("2", "alanine", L_FORM)),
        ("public_id,name,moldb_smiles", f"FDB1,Ala,{L_FORM}", ("FDB1", "Ala", L_FORM)),
        ("mol,CID,Class", f"{L_FORM},BACE_1,1", ("BACE_1", None, L_FORM)),
        ("Drug Name,SMILES (Canonical),SMILES (Isomeric)", f"Ala,{FLAT},{L_FORM}", (None, "Ala", L_FORM)),
    ],
)
def test_tables_of_the_databases(tmp_path: Path, header: str, cells: str, expected: tuple[str, str, str]) -> None:
    row = only(opened(tmp_path, "a.csv", f"{header}\n{cells}\n"))
    assert (row.id, row.name, row.structure) == expected


@pytest.mark.parametrize("column", ["CAS", "CAS Number", "CASRN", "CAS_RN", "cas-registry-number", "Cas No."])
def test_cas_numbers_have_columns_of_their_own(tmp_path: Path, column: str) -> None:
    file = opened(
        tmp_path, "a.csv", f"smiles,name,{column},synonyms\nCCO,ethanol,64-17-5,EtOH|64-17-5\nCO,methanol,,\n"
    )
    first, second = (row for row in file.rows() if isinstance(row, Row))
    assert (first.synonyms, second.synonyms) == (("64-17-5", "EtOH"), ())
    assert file.columns["cas"] == column


def test_reactants_and_fragments_are_no_structure_column(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no smiles column"):
        opened(tmp_path, "a.csv", "reactant_smiles,scaffold smiles\nCCO,C\n")


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ({"PUBCHEM_COMPOUND_CID": "702", "PUBCHEM_IUPAC_NAME": "ethanol"}, ("702", "ethanol", ())),
        (
            {"ChEBI ID": "CHEBI:16236", "ChEBI Name": "ethanol", "Synonyms": "EtOH\nalcohol"},
            ("CHEBI:16236", "ethanol", ("EtOH", "alcohol")),
        ),
        (
            {"ChEBI ID": "CHEBI:16236", "ChEBI NAME": "ethanol", "SYNONYM": "EtOH"},
            ("CHEBI:16236", "ethanol", ("EtOH",)),
        ),
        (
            {"LM_ID": "LMFA1", "SYSTEMATIC_NAME": "ethanol", "SYNONYMS": "EtOH; alcohol"},
            ("LMFA1", "ethanol", ("EtOH", "alcohol")),
        ),
        (
            {"DATABASE_ID": "DB1", "GENERIC_NAME": "ethanol", "SYNONYMS": "EtOH; alcohol"},
            ("DB1", "ethanol", ("EtOH", "alcohol")),
        ),
        ({"chembl_id": "CHEMBL545", "chembl_pref_name": "ETHANOL"}, ("CHEMBL545", "ETHANOL", ())),
        (
            {"ChEBI ID": "CHEBI:16236", "ChEBI NAME": "ethanol", "CAS Registry Numbers": "64-17-5\n8024-45-1"},
            ("CHEBI:16236", "ethanol", ("64-17-5", "8024-45-1")),
        ),
        ({"idnumber": "Z1", "IUPAC NAME": "ethanol"}, ("Z1", "ethanol", ())),
    ],
)
def test_sd_files_of_the_databases(
    tmp_path: Path, items: dict[str, str], expected: tuple[str, str, tuple[str, ...]]
) -> None:
    file = opened(tmp_path, "a.sdf", sdf_record("CCO", "TITLE", **items))
    row = only(file)
    assert (row.id, row.name, row.synonyms) == expected
    assert set(file.columns.values()) <= set(items)


def test_which_column_became_what_is_said(tmp_path: Path) -> None:
    file = opened(tmp_path, "a.csv", f"cid,canonicalsmiles,isosmiles,mw\n1,{FLAT},{L_FORM},89\n")
    assert file.columns == {"smiles": "isosmiles", "cid": "cid"}
    assert (file.spares, file.unused) == (("canonicalsmiles",), ("mw",))
    assert file.columns_line() == (
        "a.csv: smiles from isosmiles (canonicalsmiles where that says more), cid from cid; not used: mw "
        "(choose others with --column FIELD=NAME)"
    )


def test_a_structure_column_that_is_empty_is_not_taken(tmp_path: Path) -> None:
    row = only(opened(tmp_path, "a.tsv", f"smiles\tcanonical_smiles\nNaN\t{L_FORM}\n"))
    assert row.structure == L_FORM


@pytest.mark.parametrize(
    ("written", "cid"),
    [("702.0", "702"), ("702", "702"), ("1e+16", "10000000000000000"), ("9007199254740993", "9007199254740993")],
)
def test_whole_numbers_written_as_floats(tmp_path: Path, written: str, cid: str) -> None:
    assert only(opened(tmp_path, "a.csv", f"smiles,cid\nCCO,{written}\n")).cid == cid
    assert only(opened(tmp_path, "a.sdf", sdf_record("CCO", PUBCHEM_COMPOUND_CID=written))).cid == cid


def test_ids_that_only_look_like_numbers_stay(tmp_path: Path) -> None:
    assert only(opened(tmp_path, "a.csv", "smiles,id\nCCO,1E10\n")).id == "1E10"


@pytest.mark.parametrize(
    ("column", "id"),
    [
        (pa.array([1234567890123456.0]), "1234567890123456"),
        (pa.array([702.5]), "702.5"),
        (pa.array([2**63 - 1]), "9223372036854775807"),
        (pa.array([Decimal("702.00")]), "702"),
        (pa.array([True]), "true"),
        (pa.array(["A1"], pa.string_view()), "A1"),
        (pa.array([b"A1"], pa.binary_view()), "A1"),
        (pa.array([b"A1"], pa.binary(2)), "A1"),
    ],
)
def test_types_of_parquet(tmp_path: Path, column: pa.Array, id: str) -> None:
    pq.write_table(pa.table({"smiles": ["CCO"], "id": column}), tmp_path / "a.parquet")
    assert only(open_corpus(tmp_path / "a.parquet", "molecules")).id == id


def test_parquet_chooses_its_structures_as_tables_do(tmp_path: Path) -> None:
    pq.write_table(pa.table({"canonicalsmiles": [FLAT], "isosmiles": [L_FORM]}), tmp_path / "a.parquet")
    file = open_corpus(tmp_path / "a.parquet", "molecules")
    assert (only(file).structure, file.spares) == (L_FORM, ("canonicalsmiles",))


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_a_column_that_is_there_twice_is_named(tmp_path: Path, name: str) -> None:
    separator = "," if name == "a.csv" else "\t"
    with pytest.raises(CorpusError, match=r"the column smiles is there twice"):
        opened(tmp_path, name, separator.join(["smiles", "smiles", "x", "x"]) + "\n")
    opened(tmp_path, name, separator.join(["smiles", "x", "x"]) + "\n")


def test_quoted_cells_of_tsv(tmp_path: Path) -> None:
    content = 'smiles\tid\tname\nCCO\t"A"\t"say ""hi"""\nCO\tB\t"two\nlines"\nC\tC\t5" pipe\nCC\tD\t"open\nCCC\tE\te\n'
    rows = [row for row in opened(tmp_path, "a.tsv", content).rows() if isinstance(row, Row)]
    assert [(row.id, row.name) for row in rows] == [
        ("A", 'say "hi"'),
        ("B", "two lines"),
        ("C", '5" pipe'),
        ("D", '"open'),
        ("E", "e"),
    ]


@pytest.mark.parametrize("missing", ["NaN", "nan", "None", "NULL", "null", "NA", "N/A", "<NA>", "#N/A", r"\N", " "])
def test_missing_values_are_empty_in_every_format(tmp_path: Path, missing: str) -> None:
    row = only(opened(tmp_path, "a.tsv", f"smiles\tid\tname\tsynonyms\nCCO\t1\t{missing}\t{missing}\n"))
    assert (row.name, row.synonyms) == (None, ())
    row = only(opened(tmp_path, "a.sdf", sdf_record("CCO", "title", ID=missing)))
    assert (row.id, row.name) == ("title", "title")


def test_values_of_sd_items_are_whole(tmp_path: Path) -> None:
    value = "first\n\n> 5 uM <b>in vitro</b>\n\n\nlast"
    row = only(opened(tmp_path, "a.sdf", sdf_record("CCO", "t", Definition=value, ID="7")))
    assert (row.description, row.id) == ("first > 5 uM <b>in vitro</b> last", "7")


def test_items_without_empty_lines_between_and_items_that_repeat(tmp_path: Path) -> None:
    items = "> <ID>\n7\n>  <Synonyms> (1)\nEtOH\n> 25 <Synonyms>\n\nalcohol\n\n"
    row = only(opened(tmp_path, "a.sdf", sdf_record("CCO", "t").replace("$$$$", items + "$$$$")))
    assert (row.id, row.synonyms) == ("7", ("EtOH", "alcohol"))


def test_titles_that_repeat_are_names(tmp_path: Path) -> None:
    for name, content in (
        ("a.sdf", sdf_record("CCO", "same") + sdf_record("CCN", "same") + sdf_record("CCC", "own")),
        ("a.smi", "CCO same\nCCN same\nCCC own\n"),
    ):
        rows = [row for row in opened(tmp_path, name, content).rows() if isinstance(row, Row)]
        assert [(row.id, row.name) for row in rows] == [(None, "same"), (None, "same"), ("own", "own")]


@pytest.mark.parametrize("name", ["a.smi", "a.cxsmiles", "a.csv", "a.tsv"])
def test_cxsmiles_extensions_are_kept_in_every_format(tmp_path: Path, name: str) -> None:
    header, separator = {"a.csv": ("smiles,id\n", ","), "a.tsv": ("smiles\tid\n", "\t")}.get(name, ("", "\t"))
    row = only(opened(tmp_path, name, f"{header}[Fe]OC |C:1.0|{separator}x\n"))
    assert (row.structure, row.id) == ("[Fe]OC |C:1.0|", "x")
    assert "->" in parse_structure(row.structure or "").smiles


def test_long_names_are_cut_and_cost_no_molecule(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("smiles,name\nCCO," + "x" * 50 + "\n")
    row = only(open_corpus(tmp_path / "a.csv", "molecules", CorpusLimits(max_name_characters=20)))
    assert row.name == "x" * 19 + "…"
    long_title = only(opened(tmp_path, "a.smi", "CCO " + "t" * 300 + "\n"))
    assert (long_title.id, len(long_title.name or "")) == (None, 300)


def test_a_line_for_excel_names_the_separator(tmp_path: Path) -> None:
    row = only(opened(tmp_path, "a.csv", "sep=;\nsmiles;name\nCCO;a,b,c,d\n"))
    assert (row.name, row.line) == ("a,b,c,d", 3)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("smiles,id\nCCO,a\n".encode("utf-16"), "UTF-16.*save it as 'CSV UTF-8'"),
        ("smiles,id\nCCO,a\n".encode("utf-16-le"), "UTF-16"),
        (b"smiles,id\rCCO,a\rCO,b\r", "line ends of old Macs"),
        ("smiles,id,na\xefve\n".encode("latin-1"), "not UTF-8 text.*save it as UTF-8"),
    ],
)
def test_encodings_are_said_in_words(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(CorpusError, match=complaint):
        opened(tmp_path, "a.csv", content)


def test_urls_and_pipes_are_named_as_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is a URL, not a file: download it first"):
        open_corpus("https://example.org/a.csv", "molecules")
    os.mkfifo(tmp_path / "a.csv")
    with pytest.raises(CorpusError, match="is a pipe or a device"):
        open_corpus(tmp_path / "a.csv", "molecules")


def test_file_names_that_are_no_utf_8_are_shown_escaped(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv"))
    path.write_text("smiles\nCCO\nNaN\n")
    row, reject = open_corpus(path, "molecules").rows()
    assert isinstance(reject, Reject)
    assert row.file == reject.file == "caf\\udce9.csv"


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("a.xlsx", "workbook"),
        ("a.zip", "archive"),
        ("a.json", "is JSON"),
        ("a.pdf", "document"),
        ("a.mol2", "SD file"),
        ("a.inchi", "column inchi"),
    ],
)
def test_what_is_no_table_is_said_with_what_to_do(tmp_path: Path, name: str, advice: str) -> None:
    with pytest.raises(CorpusError, match=advice):
        opened(tmp_path, name, "x")


@pytest.mark.parametrize(
    ("name", "content", "advice"),
    [
        ("a.csv", "CCO,ethanol\nCO,methanol\n", "looks like a molecule: give it a header line"),
        ("a.txt", "c1ccccc1 benzene\n", r"call it \.smi"),
        ("a.csv", "smiles name\nCCO ethanol\n", "white space between its columns"),
        ("a.csv", "compound,weight\nx,1\n", "--column smiles=NAME"),
    ],
)
def test_a_table_without_a_header_says_what_it_lacks(tmp_path: Path, name: str, content: str, advice: str) -> None:
    with pytest.raises(CorpusError, match=advice):
        opened(tmp_path, name, content)


def test_bars_between_columns(tmp_path: Path) -> None:
    row = only(opened(tmp_path, "a.csv", "smiles|name\nCCO|ethanol\n"))
    assert (row.structure, row.name) == ("CCO", "ethanol")


def test_a_directory_is_named_as_one(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="is a directory"):
        open_corpus(tmp_path, "molecules")
