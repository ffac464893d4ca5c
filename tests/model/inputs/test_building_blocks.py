"""Building blocks between the bonds that hydrolysis opens."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from model.inputs.anatomy import Anatomy
from model.inputs.building_blocks import building_block_counts
from model.inputs.structure import parse_structure
from tests.support.molecules import example_smiles, odd_smiles, shuffled

TRIGLYCERIDE = r"CCCCCC(=O)OC[C@H](COC(=O)CCC)OC(=O)/C=C\C"
LACTOSE = "OC[C@H]1O[C@@H](O[C@H]2[C@H](O)[C@@H](O)C(O)O[C@@H]2CO)[C@H](O)[C@@H](O)[C@H]1O"
NUCLEOTIDE = "Nc1ncnc2n(cnc12)[C@@H]1O[C@H](COP(O)(=O)OP(O)(O)=O)[C@@H](O)[C@H]1O"


def counts(smiles: str) -> dict[str, int]:
    return dict(building_block_counts(Anatomy(parse_structure(smiles).mol)))


def test_a_triglyceride_is_glycerol_and_acyl_groups_with_their_places() -> None:
    found = counts(TRIGLYCERIDE)
    assert {"OCC(O)CO", "CCCCCC=O", "CCCC=O", r"C/C=C\C=O"} <= set(found)
    assert found["CCCCCC=O>OC20"] == 1, "hexanoyl on a primary oxygen"
    assert found[r"C/C=C\C=O>OC10"] == 1, "crotonoyl on the secondary one"
    assert found["CCCC=O>OCC(O)CO"] == 1


def test_blocks_are_counted() -> None:
    assert counts("CCCC(=O)OCCOC(=O)CCC")["CCCC=O"] == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C[C@H](N)C(=O)NCC(=O)O", "C[C@@H](N)C(=O)NCC(=O)O"),  # configuration of a residue
        ("C[C@H](N)C(=O)NCC(=O)O", "NCC(=O)N[C@@H](C)C(=O)O"),  # order of residues
        (TRIGLYCERIDE, TRIGLYCERIDE.replace("CCCCCC", "CCCCCCC", 1)),  # length of a chain
    ],
)
def test_what_names_tell_apart_differs(one: str, other: str) -> None:
    assert counts(one) != counts(other)


@pytest.mark.parametrize("smiles", ["C1CCCCC1", "CCCC(=O)O", "c1ccccc1O", "CC(=O)C", "O=C1CCCO1", "[Na+].[Cl-]"])
def test_nothing_to_cut_gives_nothing(smiles: str) -> None:
    assert counts(smiles) == {}


def test_long_names_become_digests() -> None:
    assert max(map(len, counts(LACTOSE))) <= 24 + len(">OC11")
    assert counts(LACTOSE) == counts(LACTOSE)


@settings(deadline=None)
@given(st.sampled_from([TRIGLYCERIDE, LACTOSE, NUCLEOTIDE, "CS(=O)(=O)NC(=O)SCC"]), st.integers(0, 2**16))
def test_the_order_of_atoms_does_not_matter(smiles: str, seed: int) -> None:
    mol = parse_structure(smiles).mol
    assert building_block_counts(Anatomy(shuffled(mol, seed))) == building_block_counts(Anatomy(mol))


def test_a_block_is_named_as_a_molecule_of_its_own() -> None:
    """Cut here by hand, one by one; hydrogens take the place of what was cut off."""
    acyl = "[$([CX3]=O),$([PX4]),$([SX4](=O)=O)]-!@[$([OX2H0]),$([NX3]),$([SX2H0])]"
    anomeric = "[$([CX4;R]@[O;R])]-!@[$([OX2H0]),$([NX3]),$([nX3]),$([SX2H0])]"
    for smiles in [*example_smiles(), *odd_smiles()]:
        mol = Chem.MolFromSmiles(smiles)
        pairs = {pair for cut in (acyl, anomeric) for pair in mol.GetSubstructMatches(Chem.MolFromSmarts(cut))}
        parts = Chem.RWMol(mol)
        for pair in sorted(pairs):
            parts.RemoveBond(*pair)
            for atom in map(parts.GetAtomWithIdx, pair):
                atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
                if atom.GetNoImplicit() or atom.GetIsAromatic():
                    atom.SetNumExplicitHs(atom.GetNumExplicitHs() + 1)
        blocks = map(Chem.MolToSmiles, Chem.GetMolFrags(parts, asMols=True, sanitizeFrags=False)) if pairs else ()
        short = Counter(block for block in blocks if len(block) <= 24)
        found = building_block_counts(Anatomy(mol))
        assert {name: count for name, count in found.items() if name[0] != "#" and ">" not in name} == short, smiles
