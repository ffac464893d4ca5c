"""Collation: features of several inputs become the padded or concatenated tensors of one forward pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.inputs.features import MoleculeFeatures
from model.inputs.text_features import TextFeatures


@dataclass(frozen=True, slots=True)
class BagBatch:
    """rows: int64 (total features,); offsets: int64 (batch,), where each input's rows begin."""

    rows: Tensor
    offsets: Tensor

    def to(self, device: torch.device) -> BagBatch:
        return BagBatch(self.rows.to(device), self.offsets.to(device))


@dataclass(frozen=True, slots=True)
class TextBatch:
    """tokens: int64 (batch, tokens), padded; mask: bool (batch, tokens), true at real tokens; bag beside them."""

    tokens: Tensor
    mask: Tensor
    bag: BagBatch

    def __len__(self) -> int:
        return len(self.bag.offsets)

    def to(self, device: torch.device) -> TextBatch:
        return TextBatch(self.tokens.to(device), self.mask.to(device), self.bag.to(device))


@dataclass(frozen=True, slots=True)
class MoleculeBatch:
    """The graphs of a batch as one disconnected graph, and their bags.

    atoms: int64 (all atoms,); bonds: int64 (2, all directed bonds); atom_codes: int64 (all atoms, 8 or 0);
    bond_codes: int64 (all directed bonds, 4 or 0); graph: int64 (all atoms,), the molecule of each atom.
    """

    atoms: Tensor
    bonds: Tensor
    atom_codes: Tensor
    bond_codes: Tensor
    graph: Tensor
    bag: BagBatch

    def __len__(self) -> int:
        return len(self.bag.offsets)

    def to(self, device: torch.device) -> MoleculeBatch:
        return MoleculeBatch(
            self.atoms.to(device),
            self.bonds.to(device),
            self.atom_codes.to(device),
            self.bond_codes.to(device),
            self.graph.to(device),
            self.bag.to(device),
        )


def collate_texts(features: Sequence[TextFeatures], pad_token: int) -> TextBatch:
    """Pad the tokens of several texts to the longest of them."""
    lengths = np.array([len(item.tokens) for item in features], np.int64)
    tokens = np.full((len(features), int(lengths.max(initial=0))), pad_token, np.int64)
    for row, item in enumerate(features):
        tokens[row, : len(item.tokens)] = item.tokens
    mask = np.arange(tokens.shape[1]) < lengths[:, None]
    return TextBatch(torch.from_numpy(tokens), torch.from_numpy(mask), _collate_bags([item.bag for item in features]))


def collate_molecules(features: Sequence[MoleculeFeatures]) -> MoleculeBatch:
    """Concatenate several molecular graphs, bonds shifted to the rows of their own atoms."""
    sizes = np.array([item.num_atoms for item in features], np.int64)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]) if len(sizes) else sizes
    bonds = np.concatenate([item.bonds + start for item, start in zip(features, starts, strict=True)], axis=1)
    return MoleculeBatch(
        atoms=_long(np.concatenate([item.atoms for item in features])),
        bonds=_long(bonds),
        atom_codes=_long(np.concatenate([item.atom_codes for item in features])),
        bond_codes=_long(np.concatenate([item.bond_codes for item in features])),
        graph=torch.from_numpy(np.repeat(np.arange(len(features)), sizes)),
        bag=_collate_bags([item.bag for item in features]),
    )


def _collate_bags(bags: Sequence[NDArray[np.int32]]) -> BagBatch:
    sizes = np.array([len(bag) for bag in bags], np.int64)
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]]) if len(sizes) else sizes
    rows = np.concatenate(bags) if bags else np.zeros(0, np.int32)
    return BagBatch(_long(rows), torch.from_numpy(offsets.astype(np.int64)))


def _long(array: NDArray[np.int32] | NDArray[np.uint8] | NDArray[np.int64]) -> Tensor:
    return torch.from_numpy(array.astype(np.int64))
