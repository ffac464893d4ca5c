"""Structural neighbours: the training molecules that are hardest to tell apart."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

NEIGHBOURS = 32
_ROWS = 1024


def structural_neighbours(fingerprints: NDArray[np.uint8], count: int = NEIGHBOURS) -> NDArray[np.int64]:
    """For each molecule the `count` others of highest Tanimoto similarity, nearest first, as int64 (molecules, count).

    fingerprints: uint8 (molecules, bytes), bits packed. With fewer than `count` others, all of them. Stereo-isomers
    have equal fingerprints, so they come first. Takes molecules² × bits multiplications.
    """
    bits = torch.from_numpy(np.unpackbits(fingerprints, axis=1)).float()
    sizes = bits.sum(dim=1)
    count = min(count, len(bits) - 1)
    found = []
    for start in range(0, len(bits), _ROWS):
        common = bits[start : start + _ROWS] @ bits.T
        either = sizes[start : start + _ROWS, None] + sizes - common
        similarity = common / either.clamp_min(1)
        similarity[torch.arange(len(similarity)), torch.arange(start, start + len(similarity))] = -1.0
        found.append(similarity.topk(count, dim=1).indices)
    return torch.cat(found).numpy() if found else np.zeros((0, 0), np.int64)
