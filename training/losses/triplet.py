"""The paper's contrastive term L_cl: a triplet loss in both directions."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from training.losses.distances import euclidean, false_negatives


def triplet_loss(
    text: Tensor,
    molecule: Tensor,
    groups: Tensor,
    *,
    margin: float = 0.3,
    negatives: Literal["hardest", "random"] = "hardest",
) -> Tensor:
    """Σ over both directions of mean_i max(0, d(anchor_i, positive_i) − d(anchor_i, negative_i) + margin).

    Eq. 4 of Song et al. (arXiv 2410.23715); d is the Euclidean distance, here of unit vectors, which is our choice. The
    paper takes one negative per anchor without saying which: `hardest`, ours, is the nearest wrong counterpart in the
    batch, `random` one sampled from it (torch's generator).

    Args:
        text, molecule: (batch, dim), L2-normalised; row i of both is a pair.
        groups: int64 (batch,) or (batch, kinds), see `false_negatives`: which pairs are not negatives of each other.

    Returns:
        A scalar; 0 for a batch in which nothing is a negative.
    """
    distances = euclidean(text, molecule)
    excluded = false_negatives(groups) | torch.eye(len(groups), dtype=torch.bool, device=groups.device)
    return _one_direction(distances, excluded, margin, negatives) + _one_direction(
        distances.T, excluded, margin, negatives
    )


def _one_direction(distances: Tensor, excluded: Tensor, margin: float, negatives: str) -> Tensor:
    """distances (anchors, counterparts), positives on the diagonal."""
    if negatives == "hardest":
        negative = distances.masked_fill(excluded, float("inf")).min(dim=1).values
    else:
        priority = torch.rand_like(distances).masked_fill(excluded, -1.0)
        chosen = priority.argmax(dim=1, keepdim=True)
        negative = distances.gather(1, chosen)[:, 0].masked_fill(excluded.all(dim=1), float("inf"))
    return (distances.diagonal() - negative + margin).clamp_min(0).mean()
