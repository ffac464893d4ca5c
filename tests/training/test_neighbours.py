"""Structural neighbours of training molecules."""

from __future__ import annotations

import numpy as np

from model.fingerprint import tanimoto
from training.featurize import fingerprints
from training.neighbours import structural_neighbours

SMILES = [
    "C[C@H](N)C(=O)O",
    "c1ccccc1",
    "C[C@@H](N)C(=O)O",  # the enantiomer of the first
    "CC[C@H](N)C(=O)O",
    "c1ccccc1C",
    "CCCCCCCC(=O)O",
]


def test_a_stereo_isomer_is_nearest_then_a_homologue() -> None:
    nearest = structural_neighbours(fingerprints(SMILES, workers=0), 2)
    assert nearest[0].tolist() == [2, 3]
    assert nearest[1, 0] == 4


def test_neighbours_are_those_of_tanimoto() -> None:
    bits = np.packbits(np.random.default_rng(0).random((60, 2048)) < 0.05, axis=1)
    nearest = structural_neighbours(bits, 5)
    for row in range(len(bits)):
        similarity = tanimoto(bits[row], bits)
        similarity[row] = -1
        assert row not in nearest[row]
        np.testing.assert_allclose(similarity[nearest[row]], np.sort(similarity)[::-1][:5], atol=1e-6)


def test_few_molecules_have_few_neighbours() -> None:
    assert structural_neighbours(fingerprints(SMILES[:2], workers=0)).tolist() == [[1], [0]]
    assert structural_neighbours(fingerprints(SMILES[:1], workers=0)).shape == (1, 0)
