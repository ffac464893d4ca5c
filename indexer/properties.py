"""Properties of a molecule stored in its record, for display and filters."""

from dataclasses import dataclass

from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors, rdMolDescriptors

from model.inputs.anatomy import Anatomy
from model.inputs.rotatable import rotatable_bonds


@dataclass(frozen=True, slots=True)
class Properties:
    """Formula and descriptors as RDKit defines them. Masses in g/mol, `tpsa` in square ångström."""

    formula: str
    molecular_weight: float
    exact_mass: float
    logp: float
    tpsa: float
    h_bond_donors: int
    h_bond_acceptors: int
    rotatable_bonds: int
    rings: int
    heavy_atoms: int
    formal_charge: int


def properties_of(mol: Chem.Mol) -> Properties:
    """Compute the properties of a sanitised molecule."""
    return Properties(
        formula=str(rdMolDescriptors.CalcMolFormula(mol)),
        molecular_weight=round(float(Descriptors.MolWt(mol)), 4),  # type: ignore[attr-defined]
        exact_mass=round(float(rdMolDescriptors.CalcExactMolWt(mol)), 6),
        logp=round(float(Crippen.MolLogP(mol)), 4),  # type: ignore[attr-defined]
        tpsa=round(float(rdMolDescriptors.CalcTPSA(mol)), 4),
        h_bond_donors=int(rdMolDescriptors.CalcNumHBD(mol)),
        h_bond_acceptors=int(rdMolDescriptors.CalcNumHBA(mol)),
        rotatable_bonds=rotatable_bonds(Anatomy(mol)),
        rings=int(rdMolDescriptors.CalcNumRings(mol)),
        heavy_atoms=int(mol.GetNumHeavyAtoms()),
        formal_charge=int(Chem.GetFormalCharge(mol)),
    )
