"""Salts and charges: which form of a structure stands for it, as an explicit choice that a release records.

A query structure needs the same choice, so the service reads it from the manifest.
"""

from collections.abc import Callable, Mapping
from functools import cache

from rdkit import Chem, rdBase
from rdkit.Chem.MolStandardize import rdMolStandardize

from indexer.policy import Standardization
from model.inputs.structure import Molecule, StructureError


def standardize(molecule: Molecule, policy: Standardization) -> Molecule:
    """The standardised molecule; the same one if nothing changes.

    Raises:
        StructureError: RDKit cannot standardise it, or the package that does it is not installed.
    """
    if policy == "none" or (policy == "largest-fragment" and "." not in molecule.smiles):
        return molecule
    try:
        with rdBase.BlockLogs():
            mol = _POLICIES[policy](molecule.mol)
            smiles = str(Chem.MolToSmiles(mol))
    except MemoryError:
        raise
    except Exception as error:  # RDKit raises whatever its reactions and sanitisation meet
        first = " ".join(str(error).split()) or type(error).__name__
        raise StructureError("invalid_chemistry", f"The structure cannot be standardised: {first}.") from error
    if smiles == molecule.smiles or mol.GetNumAtoms() == 0:
        return molecule
    return Molecule(smiles=smiles, mol=mol, source_format=molecule.source_format)


def _largest_fragment(mol: Chem.Mol) -> Chem.Mol:
    return rdMolStandardize.LargestFragmentChooser(_parameters()).choose(mol)


def _parent(mol: Chem.Mol) -> Chem.Mol:
    return rdMolStandardize.ChargeParent(mol, _parameters())


def _chembl_parent(mol: Chem.Mol) -> Chem.Mol:
    from chembl_structure_pipeline.standardizer import (
        get_isotope_parent_mol,
        get_parent_mol,
        standardize_mol,
        uncharge_mol,
    )

    standard = standardize_mol(mol)
    if len(Chem.GetMolFrags(standard)) == 1:
        # All that is left of `get_parent_mol`, which reads its lists of salts again for every molecule (6 ms).
        parent = uncharge_mol(get_isotope_parent_mol(standard))
    else:
        parent, _ = get_parent_mol(standard)
    parent = Chem.RemoveHs(parent)  # those that were kept at centres that are centres by their isotopes alone
    Chem.AssignStereochemistry(parent, cleanIt=True, force=True)
    return parent


_POLICIES: Mapping[str, Callable[[Chem.Mol], Chem.Mol]] = {
    "largest-fragment": _largest_fragment,
    "parent": _parent,
    "chembl": _chembl_parent,
}


@cache
def _parameters() -> rdMolStandardize.CleanupParameters:
    """Organic fragments before larger inorganic ones: of calcium dobesilate the acid is meant, not the calcium."""
    parameters = rdMolStandardize.CleanupParameters()
    parameters.preferOrganic = True  # type: ignore[assignment]
    return parameters
