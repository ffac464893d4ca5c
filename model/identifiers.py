"""Morgan substructure identifiers per atom: the words of Mol2vec (Jaeger et al., J. Chem. Inf. Model. 2018)."""

from __future__ import annotations

from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator


def atom_identifiers(mol: Chem.Mol) -> list[str]:
    """One identifier per atom, in atom order: radius 1, or radius 0 where there is none.

    An atom has no radius-1 identifier of its own when its environment covers the same bonds as another atom's
    (or it has no neighbour); Mol2vec then knows the atom by its radius-0 identifier alone. Chirality is not seen.
    """
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=1)
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateBitInfoMap()
    generator.GetSparseCountFingerprint(mol, additionalOutput=output)
    identifiers = [""] * mol.GetNumAtoms()
    radii = [-1] * mol.GetNumAtoms()
    for identifier, environments in output.GetBitInfoMap().items():
        for atom, radius in environments:
            if radius > radii[atom]:
                radii[atom], identifiers[atom] = radius, str(identifier)
    return identifiers
