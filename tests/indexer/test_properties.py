"""Properties of molecules whose values are known, however they are written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rdkit import Chem

from indexer.properties import Properties, properties_of


def test_caffeine() -> None:
    found = properties_of(Chem.MolFromSmiles("Cn1c(=O)c2c(ncn2C)n(C)c1=O"))
    assert found == Properties(
        formula="C8H10N4O2",
        molecular_weight=pytest.approx(194.194, abs=1e-3),
        exact_mass=pytest.approx(194.080376, abs=1e-6),
        logp=pytest.approx(-1.0293, abs=1e-3),
        tpsa=pytest.approx(61.82, abs=0.01),
        h_bond_donors=0,
        h_bond_acceptors=3,
        rotatable_bonds=0,
        rings=2,
        heavy_atoms=14,
        formal_charge=0,
    )


@pytest.mark.parametrize(
    ("smiles", "formula", "charge", "donors", "rotatable"),
    [
        ("[NH4+]", "H4N+", 1, 1, 0),
        ("[O-]C(=O)CCC(=O)[O-]", "C4H4O4-2", -2, 0, 3),
        ("[Na+].[Cl-]", "ClNa", 0, 0, 0),
        ("[2H]OCC", "C2H6O", 0, 1, 1),
    ],
)
def test_charges_salts_and_isotopes(smiles: str, formula: str, charge: int, donors: int, rotatable: int) -> None:
    found = properties_of(Chem.MolFromSmiles(smiles))
    assert (found.formula, found.formal_charge) == (formula, charge)
    assert (found.h_bond_donors, found.rotatable_bonds) == (donors, rotatable)


def test_the_order_of_the_atoms_does_not_matter() -> None:
    mol = Chem.MolFromSmiles("CC(=O)Oc1ccccc1C(=O)O")
    turned = Chem.RenumberAtoms(mol, list(range(mol.GetNumAtoms()))[::-1])
    first, second = properties_of(mol), properties_of(turned)
    assert replace(second, logp=first.logp, tpsa=first.tpsa) == first
    assert (second.logp, second.tpsa) == pytest.approx((first.logp, first.tpsa), abs=2e-4)
