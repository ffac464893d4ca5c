"""Invariants of feature Morgan fingerprints are RDKit's."""

from __future__ import annotations

import pytest
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from model.inputs.anatomy import Anatomy
from model.inputs.feature_atoms import feature_invariants
from tests.support.molecules import example_smiles, odd_smiles

# What the six patterns of RDKit ask for, each side of each of their conditions.
_CONDITIONS = (
    "N CN CNC CN(C)C C[NH3+] C[N+](C)(C)C C[NH-] CNC=O CC(=O)N(C)C NC=C NC(C)=S CNP=O NN CN=C NC(=N)N c1ccncc1 "
    "c1cc[nH]c1 c1cc[n-]c1 c1c[nH+]ccc1 Cn1cccc1 C[n+]1ccccc1 CO CS C[O-] C[S-] COC CSC C[OH2+] CS(=O)C CC(=O)O "
    "CC(=O)[O-] CC(=S)S OC=C OC=N CP(=O)(O)O CS(=O)(=O)O OS(=O)(=O)O CC(=P)O C(=O)OO c1ccoc1 c1ccsc1 c1cocn1 c1cnoc1 "
    "c1nnco1 c1c[o+]ccc1 c1ncsc1 c1ccc2occc2c1 CF CCl CBr CI [F-] [Cl-] Nc1ccccc1 CNc1ccccc1 CN(C)c1ccccc1 NC(C)=O "
    "[2H]N([2H])C [2H]OC [2H]OC(C)=O [H]N([H])[H] [2H]O[2H] N#C [NH4+] *N *O C1=[O+]C=CC=C1 OCl(=O)(=O)=O "
    "O=c1cc[nH]cc1 [se]1cccc1 c1ccpcc1 [N-]=[N+]=N C[N+]([O-])=O CN(=O)=O CSSC [SH3]C CB(O)O N->[Cu] "
    "[O-][Cl+3]([O-])([O-])[O-]"
)


@pytest.mark.parametrize("smiles", [_CONDITIONS.split(), example_smiles(), odd_smiles()], ids=["own", "corpus", "odd"])
def test_invariants_are_those_of_rdkit(smiles: list[str]) -> None:
    for one in smiles:
        mol = Chem.MolFromSmiles(one)
        assert feature_invariants(Anatomy(mol)) == list(rdMolDescriptors.GetFeatureInvariants(mol)), one


def test_rdkit_stops_marking_at_a_thousand_and_so_do_we() -> None:
    mol = Chem.MolFromSmiles("C" + "(O)C" * 1001)
    assert feature_invariants(Anatomy(mol)) == list(rdMolDescriptors.GetFeatureInvariants(mol))
