"""Which column becomes what: a database's own id, the named column, the structure that says most in each row."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.corpus import CorpusFile, Reject, Row, open_corpus
from indexer.corpus.rows import FieldName
from indexer.errors import CorpusError
from tests.indexer.corpus.test_formats import sdf_record

FLAT, L_FORM = "CC(N)C(=O)O", "C[C@H](N)C(=O)O"
L_INCHI = "InChI=1S/C3H7NO2/c1-2(4)3(5)6/h2H,4H2,1H3,(H,5,6)/t2-/m0/s1"


def opened(
    directory: Path, content: str, name: str = "a.csv", columns: dict[FieldName, str] | None = None
) -> CorpusFile:
    (directory / name).write_text(content)
    return open_corpus(directory / name, "molecules", columns=columns)


def rows(file: CorpusFile) -> list[Row]:
    found = list(file.rows())
    assert not [row for row in found if isinstance(row, Reject)]
    return [row for row in found if isinstance(row, Row)]


@pytest.mark.parametrize(
    ("header", "column"),
    [
        # DrugBank's structure links, T3DB, NP Atlas, LIPID MAPS, ChEBI's structures of 2025, FooDB, HMDB
        ("DrugBank ID,Name,CAS Number,SMILES,PubChem Compound ID,ChEBI ID,ChEMBL ID,ChemSpider ID", "DrugBank ID"),
        ("T3DB ID,Name,SMILES,HMDB ID,PubChem Compound ID,ChEMBL ID,ChemSpider ID,KEGG ID,ChEBI ID", "T3DB ID"),
        ("compound_id,npaid,compound_names,compound_smiles", "npaid"),
        ("LM_ID,NAME,SMILES,PUBCHEM_CID,CHEBI_ID,KEGG_ID,HMDB_ID", "LM_ID"),
        ("id,compound_id,status_id,molfile,smiles,standard_inchi,default_structure", "compound_id"),
        ("id,public_id,name,moldb_smiles", "public_id"),
        ("accession,name,smiles,chebi_id,drugbank_id", "accession"),
        ("SMILES,MOLPORTID,UNVERIFIED_AMOUNT", "MOLPORTID"),
        ("CSID,SMILES", "CSID"),
        ("SureChEMBL ID,SMILES,InChIKey", "SureChEMBL ID"),
        ("CMPD_CHEMBLID,CANONICAL_SMILES,PARENT_CMPD_CHEMBLID", "CMPD_CHEMBLID"),
        ("Lipid ID,Level,Name,SMILES (pH7.3),CHEBI,LIPID MAPS,HMDB", "Lipid ID"),
        ("Enamine ID,SMILES", "Enamine ID"),
        ("SMILES,zinc_id,hmdb_id", "zinc_id"),
    ],
)
def test_the_id_is_the_databases_own(tmp_path: Path, header: str, column: str) -> None:
    cells = [f"v{place}" if "smiles" not in name.lower() else "CCO" for place, name in enumerate(header.split(","))]
    file = opened(tmp_path, f"{header}\n{','.join(cells)}\n")
    (row,) = rows(file)
    assert file.columns["id"] == column
    assert row.id == f"v{header.split(',').index(column)}"
    assert row.structure == "CCO"


def test_an_sd_file_has_ids_of_one_database(tmp_path: Path) -> None:
    first = sdf_record("CCO", "t1", LM_ID="LMFA1", HMDB_ID="HMDB1", PUBCHEM_CID="702")
    one, two = rows(opened(tmp_path, first + sdf_record("CO", "t2", HMDB_ID="HMDB2"), "a.sdf"))
    assert (one.id, one.cid, two.id) == ("LMFA1", "702", "t2")


def test_a_column_named_for_one_file_leaves_others_their_own(tmp_path: Path) -> None:
    one = opened(tmp_path, "Reg No,id,smiles\nR1,1,CCO\n", "one.csv", columns={"id": "Reg No"})
    two = opened(tmp_path, "ID,SMILES\nX1,CO\n", "two.csv", columns={"id": "Reg No"})
    assert [row.id for file in (one, two) for row in rows(file)] == ["R1", "X1"]


@pytest.mark.parametrize(
    ("content", "columns", "name"),
    [
        ("Foo,foo,smiles\nupper,lower,CCO\n", {"name": "foo"}, "lower"),
        ("a-b,ab,smiles\ndash,plain,CCO\n", {"name": "ab"}, "plain"),
        ("%,#,smiles\npercent,number,CCO\n", {"name": "#"}, "number"),
        ("%,#,smiles\npercent,number,CCO\n", {"name": "%"}, "percent"),
        ("%,Trivial Name,smiles\npercent,known,CCO\n", {"name": "#"}, "known"),
        ("Reg Name,smiles\nx,CCO\n", {"name": "reg_name"}, "x"),
    ],
)
def test_the_very_name_comes_before_one_that_is_like_it(
    tmp_path: Path, content: str, columns: dict[FieldName, str], name: str
) -> None:
    (row,) = rows(opened(tmp_path, content, columns=columns))
    assert row.name == name


def test_each_row_is_read_from_the_structure_that_says_most(tmp_path: Path) -> None:
    many = f"{FLAT},{FLAT},\n" * 600
    content = f'smiles,canonical_smiles,inchi\n{many}{FLAT},{L_FORM},\n{FLAT},,"{L_INCHI}"\nCCO,,\n,CCN,\n'
    found = [row.structure for row in rows(opened(tmp_path, content))]
    assert found[599:] == [FLAT, L_FORM, L_INCHI, "CCO", "CCN"]


def test_the_name_that_promises_more_comes_first(tmp_path: Path) -> None:
    other = "C[C@@H](N)C(=O)O"
    file = opened(tmp_path, f"smiles,isomeric_smiles\n{other},{L_FORM}\n{FLAT},{L_FORM}\n{L_FORM},\n{FLAT},CC\n")
    assert [row.structure for row in rows(file)] == [L_FORM, L_FORM, L_FORM, "CC"]
    assert (file.columns["smiles"], file.spares) == ("isomeric_smiles", ("smiles",))


def test_an_inchi_does_not_replace_bonds_to_metals(tmp_path: Path) -> None:
    ferrous, sodium = "InChI=1S/C3H7NO2.Fe/c1-2(4)3(5)6;/t2-;/m0./s1", L_INCHI.replace("/C3H7NO2", "/C3H7NO2.Na")
    content = f'smiles,inchi\nCC(N)C(=O)O[Fe],"{ferrous}"\nCC(N)C(=O)O[Na],"{sodium}"\n'
    assert [row.structure for row in rows(opened(tmp_path, content))] == ["CC(N)C(=O)O[Fe]", sodium]


@pytest.mark.parametrize(
    ("header", "cells", "column"),
    [
        ("Structure,SMILES", "https://example.org/C.png,CCO", "SMILES"),
        ("Structure,SMILES", "<img src='CC.png'>,CCO", "SMILES"),
        ("Structure,Ligand SMILES", "https://example.org/C.png,CCO", "Ligand SMILES"),
        ("Structure,Ligand SMILES", "gC`@H}PSMUPQD@,CCO", "Ligand SMILES"),
        ("mol,my_smiles", "files/1.mol,CCO", "my_smiles"),
        ("SMILES length,Has SMILES,invalid_smiles_count,input smiles", "3,True,0,CCO", "input smiles"),
        ("salt_smiles,metabolite_smiles,query_smiles,parent_smiles", "Cl,CO,CN,CCO", "parent_smiles"),
        ("SMILES of salt,SMILES of compound", "Cl,CCO", "SMILES of compound"),
        ("salt_smiles,plain smiles", "Cl,CCO", "plain smiles"),
        ("salt_smiles,inchi", "Cl,InChI=1S/CH4/h1H4", "inchi"),
    ],
)
def test_a_column_that_holds_no_structures_of_the_molecule_is_left(
    tmp_path: Path, header: str, cells: str, column: str
) -> None:
    file = opened(tmp_path, f"{header}\n{cells}\n{cells}\n")
    assert file.columns["smiles"] == column
    assert file.spares == ()
    assert [row.structure for row in rows(file)] == [cells.split(",")[header.split(",").index(column)]] * 2


def test_columns_of_different_molecules_are_not_mixed(tmp_path: Path) -> None:
    file = opened(tmp_path, f"parent_smiles,metabolite_smiles\n{FLAT},{L_FORM}\n,CCO\n")
    first, second = file.rows()
    assert isinstance(first, Row)
    assert isinstance(second, Reject)
    assert (first.structure, second.code) == (FLAT, "empty_structure")


@pytest.mark.parametrize(
    ("content", "id", "name"),
    [
        ('"ID", "SMILES", "Name"\n"1", "CCO", "a, b"\n', "1", "a, b"),
        ('ID, SMILES, Name\n1, CCO, "a, b"\n', "1", "a, b"),
        ("sep=\t\nID\tSMILES\tName\n1\tCCO\ta\n", "1", "a"),
        ("sep=\\t\nID\tSMILES\tName\n1\tCCO\ta\n", "1", "a"),
        ('"sep=;"\nID;SMILES;Name\n1;CCO;a,b,c\n', "1", "a,b,c"),
        ("# made by hand, 2026, for us\n#\nID,SMILES,Name\n1,CCO,a\n", "1", "a"),
        ("#SMILES\tID\tName\nCCO\t1\ta\n", "1", "a"),
        ('ID;SMILES;Name;"IC50, nM";Ki, nM, pH 7, 25 C\n1;CCO;a;2;3\n', "1", "a"),
        ('"ID","SMILES","Name"\n"1","7","CCO","a"\n"2","8","CO","b"\n', "7", "a"),  # R's row names
        ("ID,SMILES,Name\n1,CCO,a,\n2,CO,b,\n", "1", "a"),
    ],
)
def test_headers_as_programs_write_them(tmp_path: Path, content: str, id: str, name: str) -> None:
    first = rows(opened(tmp_path, content))[0]
    assert (first.structure, first.id, first.name) == ("CCO", id, name)


def test_a_comma_in_every_name_is_no_row_name(tmp_path: Path) -> None:
    (reject,) = opened(tmp_path, "smiles,name\nCCO,1,2-something\n").rows()
    assert isinstance(reject, Reject)
    assert reject.code == "wrong_column_count"


def test_a_comment_above_no_header_is_named_by_what_follows(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="its columns are: compound, weight"):
        opened(tmp_path, "# ours\ncompound,weight\nx,1\n")
