"""Packed Morgan fingerprints and their Tanimoto similarity, as the service reports it beside the cosine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from rdkit import Chem

FINGERPRINT_BITS = 2048
FINGERPRINT_RADIUS = 2


def morgan_fingerprint(mol: Chem.Mol) -> NDArray[np.uint8]:
    """Morgan fingerprint of radius 2, 2048 bits, packed: uint8 (256,)."""
    from rdkit.Chem import rdFingerprintGenerator  # comparing packed fingerprints needs no RDKit

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=FINGERPRINT_RADIUS, fpSize=FINGERPRINT_BITS)
    return np.packbits(generator.GetFingerprintAsNumPy(mol))


def tanimoto(query: NDArray[np.uint8], fingerprints: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Tanimoto similarity of one packed fingerprint (256,) to many (n, 256): float32 (n,) in [0, 1].

    Two empty fingerprints are not similar (0), as in RDKit.
    """
    common = np.bitwise_count(fingerprints & query).sum(axis=1, dtype=np.int64)
    union = np.bitwise_count(fingerprints | query).sum(axis=1, dtype=np.int64)
    similarity: NDArray[np.float32] = (common / np.maximum(union, 1)).astype(np.float32)
    return similarity
