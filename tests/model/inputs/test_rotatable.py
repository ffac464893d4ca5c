"""Rotatable bonds are those that RDKit counts."""

from __future__ import annotations

import pytest
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from model.inputs.anatomy import Anatomy
from model.inputs.rotatable import rotatable_bonds
from tests.support.molecules import example_smiles, odd_smiles

# What RDKit's strict pattern asks for, each side of each of its conditions.
_CONDITIONS = (
    "CCCC CC=CC CC#CC CCC#CCC CC(F)(F)F CCC(F)(F)F CCC(Cl)(Cl)Cl CCC(Br)(Br)Br CCC(I)(I)I CCC(F)(F)Cl CCC(C)(C)C "
    "CCC(C)(C)CC CC(=O)NC CCC(=O)NCC CCC(=O)OCC CCC(=S)SCC CCC(=N)NCC CCC(=[NH2+])NCC CCC(=O)O CCC(=O)C(=O)CC "
    "CCC(=O)[O-] CCNC(=O)NCC CCOC(=O)OCC CCC(=O)SC CCC(=O)[SH] NC(C=O)CC CCC1CC1 C1CC1C1CC1 c1ccccc1c1ccccc1 "
    "CCC(=O)N1CCCC1 CCC(=O)n1cccc1 O=C1CCCN1CC CCOS(=O)(=O)CC CCP(=O)(OCC)OCC CC[Si](C)(C)C [2H]C([2H])([2H])CCC "
    "[2H]C([2H])CC [2H]OCCC [2H]N([2H])CCC [2H]C([2H])([2H])C(CC)(C)C FC(F)(F)C(F)(F)F FC(F)(F)(CC) CC[N+](C)(C)C "
    "CC->[Cu] CC(=O)C(=O)NC(C)=O *C* *CC* CCC=NNCC CCC(=NO)NCC"
)


@pytest.mark.parametrize("smiles", [_CONDITIONS.split(), example_smiles(), odd_smiles()], ids=["own", "corpus", "odd"])
def test_they_are_those_of_rdkit(smiles: list[str]) -> None:
    for one in smiles:
        mol = Chem.MolFromSmiles(one)
        assert rotatable_bonds(Anatomy(mol)) == rdMolDescriptors.CalcNumRotatableBonds(mol), one


def test_rdkit_stops_at_a_thousand_and_so_do_we() -> None:
    mol = Chem.MolFromSmiles("C" * 1200)
    assert rotatable_bonds(Anatomy(mol)) == rdMolDescriptors.CalcNumRotatableBonds(mol)
    long = Chem.MolFromSmiles("C" * 900)
    assert rotatable_bonds(Anatomy(long)) == 897


def test_a_changed_molecule_is_counted_again() -> None:
    mol = Chem.RWMol(Chem.MolFromSmiles("CCCC"))
    assert rotatable_bonds(Anatomy(mol)) == 1
    mol.AddBond(3, mol.AddAtom(Chem.Atom("C")), Chem.BondType.SINGLE)
    Chem.SanitizeMol(mol)
    assert rotatable_bonds(Anatomy(mol)) == 2
