"""What a graph costs, counted without enumerating it."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdkit import Chem

from model.inputs.complexity import equal_rings, graph_cost
from tests.support.molecules import bonds_of

Bonds = list[tuple[int, int]]

GRAPHS = st.integers(1, 7).flatmap(
    lambda atoms: st.tuples(
        st.just(atoms),
        st.lists(st.sampled_from([*combinations(range(atoms), 2)] or [(0, 0)]), unique=True).filter(
            lambda bonds: (0, 0) not in bonds
        ),
    )
)


def walks(bonds: Bonds, length: int) -> int:
    """Walks that never turn straight back, one by one, each from both of its ends."""
    beside: dict[int, list[int]] = {}
    for one, other in bonds:
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    found = [[one, other] for one in beside for other in beside[one]]
    for _ in range(length - 1):
        found = [[*walk, after] for walk in found for after in beside[walk[-1]] if after != walk[-2]]
    return len(found) // 2


@given(GRAPHS)
def test_paths_closures_and_degree_are_those_counted_one_by_one(graph: tuple[int, Bonds]) -> None:
    atoms, bonds = graph
    cost = graph_cost(atoms, bonds)
    assert cost.paths == walks(bonds, 5)
    assert cost.degree == max(sum(atom in bond for bond in bonds) for atom in range(atoms))
    mol = Chem.RWMol()
    for _ in range(atoms):
        mol.AddAtom(Chem.Atom(0))
    for one, other in bonds:
        mol.AddBond(one, other, Chem.BondType.SINGLE)
    assert cost.closures == len(bonds) - atoms + len(Chem.GetMolFrags(mol))


def test_isolated_atoms_hide_no_rings() -> None:
    complete = [*combinations(range(20), 2)]
    assert graph_cost(20, complete).closures == graph_cost(600, complete).closures == 171


def test_molecules_cost_far_less_than_what_is_refused() -> None:
    cubane = "C12C3C4C1C5C2C3C45"
    ferrocene = "C12C3C4C5C1[Fe]23451234C5C1C2C3C45"
    for smiles in (cubane, ferrocene, "NCC(=O)" * 120 + "O"):
        mol = Chem.MolFromSmiles(smiles, sanitize=False)
        assert graph_cost(mol.GetNumAtoms(), bonds_of(mol)).paths < 2_000


@pytest.mark.parametrize(
    "unit", ["c1ccc(cc1)", "c1ccc2cc(ccc2c1)", "C1CC(C1)", "C1CCC(CC1)", "c1cccc(c1)", "C1OCC(CO1)", "C(=O)N"]
)
@pytest.mark.parametrize("count", [3, 6])
def test_rings_of_equal_size_are_about_as_many_as_rdkit_finds(unit: str, count: int) -> None:
    mol = Chem.MolFromSmiles(f"C9{unit * count}9", sanitize=False)
    found = len(Chem.GetSymmSSSR(mol))
    assert found / 4 <= equal_rings(mol.GetNumAtoms(), bonds_of(mol)) <= found


def test_cages_and_sheets_have_few_rings_of_equal_size() -> None:
    for smiles in ("C12C3C4C1C5C2C3C45", "c1cc2ccc3cccc4ccc(c1)c2c34", "C1CC2CCC1CC2", "C1CC2(C1)CC1(C2)CC2(C1)CC2"):
        mol = Chem.MolFromSmiles(smiles, sanitize=False)
        assert equal_rings(mol.GetNumAtoms(), bonds_of(mol)) <= len(Chem.GetSymmSSSR(mol)) + 4
