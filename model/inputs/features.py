"""A molecule becomes the arrays that the network reads. RDKit and NumPy only: runs in worker processes."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.inputs.anatomy import Anatomy
from model.inputs.atom_features import atom_feature_codes, bond_feature_codes
from model.inputs.identifiers import atom_identifiers
from model.inputs.molecule_bag import FeatureRows
from model.inputs.structure import Molecule
from model.inputs.vocabulary import Vocabulary

FEATURE_VERSION = 3
"""Raised whenever the same structure or text would become other numbers; part of every checkpoint and release."""

READABLE_FEATURE_VERSIONS = (2, FEATURE_VERSION)
"""Of checkpoints. Version 3 reads texts in their normal form, which changes nothing of those that are plain ASCII."""


@dataclass(frozen=True, slots=True)
class MoleculeFeatures:
    """One molecule's arrays. A part that the model has no branch for is empty.

    atoms: int32 (atoms,), rows of the Mol2vec vocabulary.
    bonds: int32 (2, 2 × bonds), source and target atom, each bond both ways.
    atom_codes: uint8 (atoms, 8) and bond_codes: uint8 (2 × bonds, 4), see `model.inputs.atom_features`; or no columns.
    bag: int32 (features,), rows of the molecule feature vocabulary.
    """

    atoms: NDArray[np.int32]
    bonds: NDArray[np.int32]
    atom_codes: NDArray[np.uint8]
    bond_codes: NDArray[np.uint8]
    bag: NDArray[np.int32]

    @property
    def num_atoms(self) -> int:
        return len(self.atoms)


class Featurizer:
    """Turns molecules into `MoleculeFeatures`; the same object serves training, indexing and queries."""

    def __init__(self, atoms: Vocabulary | None, bag: Vocabulary | None, *, extra_features: bool = False) -> None:
        self.atoms = atoms
        self.bag = bag
        self.extra_features = extra_features
        self._bag_rows = FeatureRows(bag) if bag is not None else None

    @property
    def key(self) -> Hashable:
        """Equal for featurizers that make the same of every molecule."""
        return self.atoms, self.bag, self.extra_features

    def __call__(self, molecule: Molecule) -> MoleculeFeatures:
        mol = molecule.mol
        anatomy = Anatomy(mol)
        atoms: list[int] = []
        bonds = np.zeros((2, 0), np.int32)
        atom_codes = np.zeros((mol.GetNumAtoms() if self.atoms is not None else 0, 0), np.uint8)
        bond_codes = np.zeros((0, 0), np.uint8)
        if self.atoms is not None:
            atoms = self.atoms.rows(atom_identifiers(mol))
            bonds = _both_ways(anatomy)
            bond_codes = np.zeros((bonds.shape[1], 0), np.uint8)
            if self.extra_features:
                atom_codes = atom_feature_codes(anatomy)
                bond_codes = np.repeat(bond_feature_codes(anatomy), 2, axis=0)
        bag = self._bag_rows(anatomy) if self._bag_rows is not None else []
        return MoleculeFeatures(np.array(atoms, np.int32), bonds, atom_codes, bond_codes, np.array(bag, np.int32))


def _both_ways(anatomy: Anatomy) -> NDArray[np.int32]:
    """int32 (2, 2 × bonds): bond i is columns 2i (begin → end) and 2i + 1 (end → begin)."""
    begin, end = zip(*anatomy.ends, strict=True) if anatomy.ends else ((), ())
    bonds = np.empty((2, 2 * len(begin)), np.int32)
    bonds[0, ::2] = bonds[1, 1::2] = begin
    bonds[1, ::2] = bonds[0, 1::2] = end
    return bonds
