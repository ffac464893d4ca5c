"""Symmetric InfoNCE (Radford et al. 2021): every other pair of the batch is a negative."""

from __future__ import annotations

from torch import Tensor, nn

from training.losses.distances import false_negatives

MAX_LOGIT_SCALE = 100.0


def infonce_loss(text: Tensor, molecule: Tensor, groups: Tensor, logit_scale: Tensor) -> Tensor:
    """½ (cross-entropy text → molecule + cross-entropy molecule → text) of scaled cosines.

    Args:
        text, molecule: (batch, dim), L2-normalised; row i of both is a pair.
        groups: int64 (batch,) or (batch, kinds), see `false_negatives`: these pairs are left out of each other's
            denominators.
        logit_scale: scalar 1/τ; clamped to at most 100.

    Returns:
        A scalar.
    """
    logits = logit_scale.clamp(max=MAX_LOGIT_SCALE) * text @ molecule.T
    logits = logits.masked_fill(false_negatives(groups), -1e4)
    return (_cross_entropy(logits) + _cross_entropy(logits.T)) / 2


def _cross_entropy(logits: Tensor) -> Tensor:
    """Mean of −log softmax at the diagonal."""
    return -nn.functional.log_softmax(logits, dim=1).diagonal().mean()
