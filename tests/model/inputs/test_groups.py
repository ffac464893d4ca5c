"""Functional groups are those that RDKit counts, whatever is not looked for."""

from __future__ import annotations

import pytest
from rdkit import Chem
from rdkit.Chem import Fragments

from model.inputs.anatomy import Anatomy
from model.inputs.groups import group_counts
from tests.support.molecules import example_smiles, odd_smiles


def counted(mol: Chem.Mol) -> dict[str, int]:
    functions = {name.removeprefix("fr_"): function for name, function in vars(Fragments).items() if name[:3] == "fr_"}
    return {name: count for name, function in sorted(functions.items()) if (count := function(mol))}


@pytest.mark.parametrize("smiles", [odd_smiles(), example_smiles()], ids=["odd", "example corpus"])
def test_groups_are_those_of_rdkit_in_order_of_their_names(smiles: list[str]) -> None:
    for one in smiles:
        mol = Chem.MolFromSmiles(one)
        assert list(group_counts(Anatomy(mol)).items()) == list(counted(mol).items()), one


def test_the_odd_molecules_have_every_group() -> None:
    missing = {name.removeprefix("fr_") for name in vars(Fragments) if name.startswith("fr_")}
    for one in odd_smiles():
        missing -= counted(Chem.MolFromSmiles(one)).keys()
    assert not missing
