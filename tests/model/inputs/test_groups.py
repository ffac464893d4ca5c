"""Functional groups are those that RDKit counts, whatever is not looked for."""

from __future__ import annotations

import csv

import pytest
from rdkit import Chem
from rdkit.Chem import Fragments

from indexer.examples import example_corpus
from model.inputs.anatomy import Anatomy
from model.inputs.groups import group_counts

# For every group of RDKit a molecule that has it, and some that are odd.
_WRITTEN_HERE = (
    "CC(C)(C)O CCO OC(=O)c1ccccc1 CC(=O)O CC(=O)OC CC(=O)C=C CC(=O)c1ccccc1 CC=O CNC(=O)OC OCCNC OCCN1CCCC1 CC(N)=O "
    "NC(=O)N O=C1CC(=O)NC(=O)N1 O=C1CCN1 O=C1CCCO1 CN=C=O CN=C=S CSC#N CC(C)=S CC=NC CC(=N)N CN=C(N)N CC=NNC CC=NO "
    "CC=CCC C1=CNC=CC1 C1C=CC=CN1 C1CC=CC=N1 CN(C)CC=O CN1CCCCC1 CN1CCC1 C1CNCCN1 C1CNCCO1 C[N+](C)(C)[O-] CN(C)O "
    "CSC CC#C CC#N CF CCl CBr CI Clc1ccccc1 C[N+](C)(C)C CN NNC CS(=O)(=O)N CS(=O)(=O)Nc1ccccc1 CN=NC CN=[N+]=[N-] "
    "C[N-][N+]#N C=[N+]=[N-] CN=O C[N+](=O)[O-] CN(=O)=O c1ccc(cc1)[N+](=O)[O-] Cc1ccccc1[N+](=O)[O-] COC C1CO1 "
    "COP(=O)(O)O OP(=O)(O)O C[P+]([O-])(O)O CS CS(=O)(=O)C Cc1ccccc1 Oc1ccccc1 Oc1ccccc1CO Oc1ccccc1C(=O)O Nc1ccccc1 "
    "NNc1ccccc1 NNC(=O)c1ccccc1 N=C(N)c1ccccc1 c1ccncc1 c1cc[nH]c1 c1c[nH]cn1 c1nn[nH]n1 c1cocn1 c1cscn1 c1ccoc1 "
    "c1ccsc1 C1=NCCNc2ccccc21 c1ccc2ccccc2c1 CCCCCC C[C@H](O)[2H] [2H]O[2H] [H][H] [Na+].[Cl-] N.N.Cl[Pt]Cl *C(=O)O "
    "C12C3C4C1C5C2C3C45 c1ccpcc1 C[Si](C)(C)O O=[U]=O F[P-](F)(F)(F)(F)F C1CC2CCC1N2 CN1C2CCC1CC(O)C2 [O-][Cl+3]([O-])"
    "([O-])O C=C=O S=C=S N#N [C-]#[O+] c1ccc(cc1)B(O)O CC(=O)[O-].[K+] O=c1cc[nH]cc1 Cn1nnc2ccccc21"
)
SMILES = _WRITTEN_HERE.split()


def counted(mol: Chem.Mol) -> dict[str, int]:
    functions = {name.removeprefix("fr_"): function for name, function in vars(Fragments).items() if name[:3] == "fr_"}
    return {name: count for name, function in sorted(functions.items()) if (count := function(mol))}


@pytest.mark.parametrize("source", ["written here", "example corpus"])
def test_groups_are_those_of_rdkit_in_order_of_their_names(source: str) -> None:
    smiles = SMILES
    if source == "example corpus":
        with example_corpus().open(encoding="utf-8", newline="") as stream:
            smiles = [row["smiles"] for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)]
    for one in smiles:
        mol = Chem.MolFromSmiles(one)
        assert list(group_counts(Anatomy(mol)).items()) == list(counted(mol).items()), one


def test_the_molecules_written_here_have_every_group() -> None:
    missing = {name.removeprefix("fr_") for name in vars(Fragments) if name.startswith("fr_")}
    for one in SMILES:
        missing -= counted(Chem.MolFromSmiles(one)).keys()
    assert not missing
