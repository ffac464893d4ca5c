"""Carbon chains, numbered as names number them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from model.inputs.anatomy import Anatomy
from model.inputs.carbon_chains import chain_counts
from model.inputs.structure import parse_structure
from tests.support.molecules import shuffled

HYDROXY_ACID = r"CCCCC[C@H](O)/C=C/C=C\CCCCCCCC(=O)O"  # (9Z,11E,13S)-13-hydroxyoctadeca-9,11-dienoic acid


def counts(smiles: str) -> dict[str, int]:
    return dict(chain_counts(Anatomy(parse_structure(smiles).mol)))


def test_a_fatty_acid_is_numbered_as_in_its_name() -> None:
    found = counts(HYDROXY_ACID)
    assert {"A18", "AO18", "A18:2", "A9=Z", "A11=E", "A13O1", "A13O1S", "A18:9Z,11E", "A:9Z,11E", "A18+13O1"} <= set(
        found
    )
    assert {"~18", "~18:2", "W18", "W6O1S"} <= set(found), "and from its other end"
    assert "A9=E" not in found


@pytest.mark.parametrize(
    ("smiles", "expected"),
    [
        ("CCCCC=O", {"D5", "W5"}),
        ("CCCCO", {"H4", "HO4", "W4"}),
        ("CCCCN", {"H4", "HN4"}),
        ("c1ccccc1CCCC", {"R4", "W4"}),
        ("CCC#CCC(=O)SC", {"A3#", "AS6", "A6:3#"}),
        ("CCC(C)CC(=O)N", {"A3C3", "A5", "AN5", "~5/6"}),
        ("O=C(O)CCc1ccccc1", {"A3", "A3cr", "R3"}),
    ],
)
def test_ends_are_told_apart(smiles: str, expected: set[str]) -> None:
    assert expected <= set(counts(smiles))


def test_rings_and_short_chains_say_nothing() -> None:
    assert counts("C1CCCCC1") == {}
    assert counts("CO") == {}
    assert set(counts("CCO")) == {"~2", "~2:0"}


def test_homologues_and_positions_differ() -> None:
    assert counts("C" * 17 + "(=O)O") != counts("C" * 18 + "(=O)O")
    assert counts("CCCCC(O)CCC(=O)O") != counts("CCCC(O)CCCC(=O)O")


@given(
    st.sampled_from([HYDROXY_ACID, "CC(C)CCCC(C)CCC(=O)SCC(CCC)CCC", "CC(CC)(CCO)C(CC=C)CCC(C)C#N"]),
    st.integers(0, 2**16),
)
def test_the_order_of_atoms_does_not_matter(smiles: str, seed: int) -> None:
    mol = parse_structure(smiles).mol
    assert chain_counts(Anatomy(shuffled(mol, seed))) == chain_counts(Anatomy(mol))


def test_the_bushiest_molecule_allowed_is_read() -> None:
    """Many equally long chains from many ends: what costs most."""
    branch = "C"
    for _ in range(6):
        branch = f"C({branch}){branch}"
    mol = Chem.MolFromSmiles(f"C({branch})({branch}){branch}")
    assert mol.GetNumAtoms() < 600
    assert chain_counts(Anatomy(mol))["~15"] == 1


def longest_chains(mol: Chem.Mol, start: int) -> list[list[int]]:
    """All longest paths of open carbons from `start`, one by one."""
    paths, longest = [[start]], [[start]]
    while paths:
        longest = paths
        paths = [
            [*path, atom.GetIdx()]
            for path in paths
            for atom in mol.GetAtomWithIdx(path[-1]).GetNeighbors()
            if atom.GetSymbol() == "C" and not atom.IsInRing() and atom.GetIdx() not in path
        ]
    return longest


@given(st.lists(st.integers(0, 5), min_size=3, max_size=40), st.lists(st.integers(0, 39), max_size=6))
def test_the_chain_of_an_end_is_the_first_of_the_longest(parents: list[int], hydroxylated: list[int]) -> None:
    """Trees of carbons, each bound to one of the six before it: all of the longest chains looked at one by one."""
    mol = Chem.RWMol()
    mol.AddAtom(Chem.Atom("C"))
    for atom, back in enumerate(parents, 1):
        mol.AddAtom(Chem.Atom("C"))
        beside = max(0, atom - 1 - back)
        if mol.GetAtomWithIdx(beside).GetDegree() > 2:
            beside = atom - 1
        mol.AddBond(beside, atom, Chem.BondType.SINGLE)
    for carbon in sorted({each % (len(parents) + 1) for each in hydroxylated}):
        if mol.GetAtomWithIdx(carbon).GetDegree() < 4:
            mol.AddBond(carbon, mol.AddAtom(Chem.Atom("O")), Chem.BondType.SINGLE)
    mol.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(mol)
    found = chain_counts(Anatomy(mol))
    ends = [a.GetIdx() for a in mol.GetAtoms() if a.GetSymbol() == "C" and carbons_beside(a) == 1]
    for start in ends:
        longest = longest_chains(mol, start)
        if len(longest[0]) < 3:
            continue
        read = []
        for path in longest:
            marks = [
                (place, f"{other.GetSymbol()}{other.GetTotalNumHs()}")
                for place, carbon in enumerate(path, 1)
                for other in mol.GetAtomWithIdx(carbon).GetNeighbors()
                if place > 1 and other.GetIdx() not in path
            ]
            read.append(sorted(marks))
        kind = "H" if mol.GetAtomWithIdx(start).GetDegree() > 1 else "W"
        for place, what in min(read):
            assert found[f"{kind}{place}{what}"] >= 1
        if min(read):
            pattern = ",".join(f"{place}{what}" for place, what in min(read)[:6])
            assert found[f"{kind}{len(longest[0])}+{pattern}"] >= 1


def carbons_beside(atom: Chem.Atom) -> int:
    return sum(other.GetSymbol() == "C" for other in atom.GetNeighbors())
