"""Masks and distances shared by the losses."""

from __future__ import annotations

import torch
from torch import Tensor


def false_negatives(groups: Tensor) -> Tensor:
    """bool (batch, batch): pairs i ≠ j that share a molecule or a text, and so are not negatives of each other.

    groups: int64 (batch,) or (batch, kinds); pairs with an equal number in any column belong together.
    """
    columns = groups.reshape(len(groups), -1)
    same = (columns[:, None, :] == columns[None, :, :]).any(dim=2)
    return same & ~torch.eye(len(groups), dtype=torch.bool, device=groups.device)


def euclidean(a: Tensor, b: Tensor) -> Tensor:
    """Euclidean distances of L2-normalised vectors: (n, d), (m, d) → (n, m).

    From the cosine, ‖a − b‖² = 2 − 2 a·b; floored at 1e-12 so that the root has a gradient at zero distance.
    """
    return (2 - 2 * a @ b.T).clamp_min(1e-12).sqrt()
