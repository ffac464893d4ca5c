"""Morgan substructure identifiers per atom: the words of Mol2vec (Jaeger et al., J. Chem. Inf. Model. 2018)."""

from __future__ import annotations

from functools import cache

from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator


def atom_identifiers(mol: Chem.Mol) -> list[str]:
    """One identifier per atom, in atom order: radius 1, or radius 0 where there is none.

    An atom has no radius-1 identifier of its own when its environment covers the same bonds as another atom's
    (or it has no neighbour); Mol2vec then knows the atom by its radius-0 identifier alone. Chirality is not seen.
    """
    output = rdFingerprintGenerator.AdditionalOutput()
    output.AllocateAtomToBits()
    _generator().GetSparseCountFingerprint(mol, additionalOutput=output)
    return [str(bits[-1]) for bits in output.GetAtomToBits()]


@cache
def _generator() -> rdFingerprintGenerator.FingerprintGenerator64:
    return rdFingerprintGenerator.GetMorganGenerator(radius=1)
