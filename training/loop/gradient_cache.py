"""Contrastive batches larger than memory (gradient caching, Gao et al. 2021): exact gradients, two forward passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import torch
from torch import Tensor

from training.losses.objective import TowerOutput

Forward = Callable[[int], tuple[TowerOutput, TowerOutput]]
"""Forward pass of micro-batch i. Called twice, it must give the same result: it seeds its own dropout."""


def forward_without_graph(forward: Forward, micro_batches: int) -> tuple[TowerOutput, TowerOutput]:
    """Both towers' outputs of the whole batch, as leaves that collect gradients."""
    with torch.no_grad():
        parts = [forward(index) for index in range(micro_batches)]
    return _leaf([text for text, _ in parts]), _leaf([molecule for _, molecule in parts])


def backward_through(
    forward: Forward,
    sizes: Sequence[int],
    text: TowerOutput,
    molecule: TowerOutput,
    autocast: Callable[[], AbstractContextManager[object]],
) -> None:
    """Second forward pass, micro-batch by micro-batch, with the gradients that the leaves collected.

    sizes: pairs of each micro-batch, in order.
    """
    start = 0
    for index, size in enumerate(sizes):
        with autocast():
            parts = forward(index)
        outputs: list[Tensor] = []
        gradients: list[Tensor] = []
        for part, whole in zip(parts, (text, molecule), strict=True):
            for output, leaf in ((part.embedding, whole.embedding), (part.pooled, whole.pooled)):
                if output is not None and leaf is not None and leaf.grad is not None:
                    outputs.append(output)
                    gradients.append(leaf.grad[start : start + size].to(output.dtype))
        torch.autograd.backward(outputs, gradients)
        start += size


def _leaf(parts: Sequence[TowerOutput]) -> TowerOutput:
    pooled = [part.pooled for part in parts if part.pooled is not None]
    return TowerOutput(
        torch.cat([part.embedding for part in parts]).detach().requires_grad_(),
        torch.cat(pooled).detach().requires_grad_() if pooled else None,
    )
