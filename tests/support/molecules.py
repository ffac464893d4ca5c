"""The same molecule in other clothes."""

from __future__ import annotations

import random

from rdkit import Chem


def shuffled(mol: Chem.Mol, seed: int) -> Chem.Mol:
    """The molecule read again from a SMILES that begins elsewhere, so with its atoms in another order."""
    order = list(range(mol.GetNumAtoms()))
    random.Random(seed).shuffle(order)
    return Chem.MolFromSmiles(Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False))
