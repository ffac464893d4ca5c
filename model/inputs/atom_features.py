"""Categorical features of atoms and bonds, beside the Mol2vec vectors: what an achiral identifier cannot see."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from model.inputs.anatomy import Anatomy

# Codes per column; the last code of a column stands for "anything else". Order is part of FEATURE_VERSION.
# Element, degree, charge, hydrogens, CIP label, hybridisation, aromatic, smallest ring:
ATOM_FEATURE_SIZES = (120, 8, 8, 8, 4, 7, 2, 6)
# Type, double-bond stereo, conjugated, in ring:
BOND_FEATURE_SIZES = (5, 4, 2, 2)

_CIP = {"": 0, "R": 1, "S": 2}
_HYBRIDISATION = {
    Chem.HybridizationType.S: 0,
    Chem.HybridizationType.SP: 1,
    Chem.HybridizationType.SP2: 2,
    Chem.HybridizationType.SP3: 3,
    Chem.HybridizationType.SP3D: 4,
    Chem.HybridizationType.SP3D2: 5,
}
_BOND_TYPE = {
    Chem.BondType.SINGLE: 0,
    Chem.BondType.DOUBLE: 1,
    Chem.BondType.TRIPLE: 2,
    Chem.BondType.AROMATIC: 3,
}
_BOND_STEREO = {
    Chem.BondStereo.STEREONONE: 0,
    Chem.BondStereo.STEREOE: 1,
    Chem.BondStereo.STEREOTRANS: 1,
    Chem.BondStereo.STEREOZ: 2,
    Chem.BondStereo.STEREOCIS: 2,
}


def atom_feature_codes(anatomy: Anatomy) -> NDArray[np.uint8]:
    """Codes per atom: uint8 (atoms, 8), columns as in `ATOM_FEATURE_SIZES`."""
    codes = [
        (
            min(number, 119),
            min(degree, 7),
            min(max(charge + 3, 0), 7),
            min(hydrogens, 7),
            _CIP.get(label, 3),
            _HYBRIDISATION.get(hybridisation, 6),
            aromatic,
            min(max(ring - 2, 0), 5),
        )
        for number, degree, charge, hydrogens, label, hybridisation, aromatic, ring in zip(
            map(Chem.Atom.GetAtomicNum, anatomy.atoms),
            map(Chem.Atom.GetDegree, anatomy.atoms),
            anatomy.charges,
            anatomy.hydrogens,
            anatomy.labels,
            map(Chem.Atom.GetHybridization, anatomy.atoms),
            anatomy.aromatic,
            anatomy.smallest_rings,
            strict=True,
        )
    ]
    return np.array(codes, dtype=np.uint8).reshape(-1, len(ATOM_FEATURE_SIZES))


def bond_feature_codes(anatomy: Anatomy) -> NDArray[np.uint8]:
    """Codes per bond, each bond once: uint8 (bonds, 4), columns as in `BOND_FEATURE_SIZES`."""
    codes = [
        (_BOND_TYPE.get(order, 4), _BOND_STEREO.get(geometry, 3), conjugated, in_ring)
        for order, geometry, conjugated, in_ring in zip(
            anatomy.orders,
            anatomy.geometries,
            map(Chem.Bond.GetIsConjugated, anatomy.bonds),
            anatomy.in_ring,
            strict=True,
        )
    ]
    return np.array(codes, dtype=np.uint8).reshape(-1, len(BOND_FEATURE_SIZES))
