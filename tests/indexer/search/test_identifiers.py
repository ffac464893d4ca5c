"""Identifiers are known by their looks, and only where they are right."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem.rdMolDescriptors import CalcMolFormula

from indexer.search import identifiers
from indexer.search.identifiers import Identifier, cas_number, hill_formula, miswritten_cas, read_identifier


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "inchikey", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"),
        ("InChIKey=BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "inchikey", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"),
        ("bsynrymutxbxsq-uhfffaoysa-n", "inchikey", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"),
        ("BSYNRYMUTXBXSQ", "skeleton", "BSYNRYMUTXBXSQ"),
        ("50-78-2", "cas", "50-78-2"),
        ("50‐78‐2", "cas", "50-78-2"),  # noqa: RUF001
        ("CAS 50-78-2", "cas", "50-78-2"),
        ("CAS No. 50-78-2", "cas", "50-78-2"),
        ("chebi:15365", "chebi", "CHEBI:15365"),
        ("CAS RN: 50-78-2", "cas", "50-78-2"),
        ("CAS Registry Number: 50-78-2", "cas", "50-78-2"),
        ("CAS-No.: 50-78-2", "cas", "50-78-2"),
        ("InChIKey: BSYNRYMUTXBXSQ-UHFFFAOYSA-N", "inchikey", "BSYNRYMUTXBXSQ-UHFFFAOYSA-N"),
        ("ChEBI ID: CHEBI:15365", "chebi", "CHEBI:15365"),
        ("DrugBank ID: DB00945", "drugbank", "DB00945"),
        ("CHEMBL25", "chembl", "CHEMBL25"),
        ("CID 2244", "cid", "2244"),
        ("PubChem CID: 2244", "cid", "2244"),
        ("DB00945", "drugbank", "DB00945"),
        ("C9H8O4", "formula", "C9H8O4"),
        ("O4C9H8", "formula", "C9H8O4"),
        ("C₉H₈O₄", "formula", "C9H8O4"),
        ("CH3COOH", "formula", "C2H4O2"),
        ("NaCl", "formula", "ClNa"),
        ("H2O", "formula", "H2O"),
        ("Ca2+", "formula", "Ca+2"),
        ("C2H3O2-", "formula", "C2H3O2-"),
        ("SO4 2-", "formula", "O4S-2"),
        ("D2O", "formula", "H2O"),
        ("CDCl3", "formula", "CHCl3"),
        ("C6D6", "formula", "C6H6"),
        ("CD3OD", "formula", "CH4O"),
        ("T2O", "formula", "H2O"),
        ("CF3COCCl3", "formula", "C3Cl3F3O"),
    ],
)
def test_an_identifier_by_its_looks(text: str, kind: str, value: str) -> None:
    found = read_identifier(text)
    assert found is not None
    assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize("text", ["TSH", "DOH", "DHO", "TOT", "C2H6T", "HDAC"])
def test_letters_are_isotopes_of_hydrogen_only_with_a_figure(text: str) -> None:
    assert read_identifier(text) is None


@pytest.mark.parametrize("text", ["C1CCCCC", "CC1CCCC", "C1CCCCO", "NN", "C1CCCCC1"])
def test_a_chain_of_atoms_is_no_formula(text: str) -> None:
    assert hill_formula(text) is None


@pytest.mark.parametrize(
    "text", ["", "aspirin", "50-78-3", "Co", "I", "X9Y8", "C0", "vitamin B12", "C9H8O4 salt", "INS 330", "LSD 25"]
)
def test_what_is_none(text: str) -> None:
    assert read_identifier(text) is None


def test_a_wrong_check_digit_is_told_apart_from_other_text() -> None:
    assert miswritten_cas("50-78-3") and not miswritten_cas("50-78-2") and not miswritten_cas("1-2-3 x")


@given(st.integers(10, 9_999_999))
def test_one_check_digit_in_ten_is_right(number: int) -> None:
    first, last = divmod(number, 100)
    right = [digit for digit in range(10) if cas_number(f"{max(first, 10)}-{last:02d}-{digit}")]
    assert len(right) == 1


@pytest.mark.parametrize("smiles", ["CC(=O)Oc1ccccc1C(=O)O", "[Ca+2]", "ClC(Br)I", "O=S(=O)([O-])[O-]", "[2H]C"])
def test_formulas_are_as_rdkit_writes_them_in_any_order(smiles: str) -> None:
    formula = CalcMolFormula(Chem.MolFromSmiles(smiles))
    assert hill_formula(formula) == formula
    atoms = [atom.GetSymbol() for atom in Chem.AddHs(Chem.MolFromSmiles(smiles)).GetAtoms()]
    if len(atoms) > 1 and "+" not in formula and "-" not in formula:
        random.Random(1).shuffle(atoms)
        assert read_identifier("".join(f"{atom}1" for atom in atoms)) == Identifier("formula", formula)


def test_a_long_text_is_none_before_anything_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service asks for each text in its event loop, which nothing may keep busy."""
    monkeypatch.setattr(identifiers, "normal_text", lambda text: pytest.fail(f"{len(text)} characters were read"))
    assert read_identifier("\u03a9" * 5000) is None
    assert not miswritten_cas("\u03a9" * 5000)
