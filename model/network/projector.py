"""From the states of a modality to one embedding. One projector is shared by both modalities."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from model.network.config import ProjectorConfig


class MemoryBankProjector(nn.Module):
    """Learnable memory vectors attend over the states of either modality (Song et al., arXiv 2410.23715, eqs. 1 and 2).

    Q = M (slots, dim), K = S Wk, V = S Wv: softmax(Q Kᵀ / √dim) V gives one vector per memory slot; their mean,
    through a linear layer, is the embedding. Padding gets no attention; of no real state at all, the mean is zero.
    """

    def __init__(self, dim: int, slots: int) -> None:
        super().__init__()
        self.memory = nn.Parameter(torch.randn(slots, dim))
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.output = nn.Linear(dim, dim)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """states (batch, tokens, dim), mask (batch, tokens) true at real states → (batch, dim).

        Linear maps change places with sums, so that none is applied to a token: M (S Wk)ᵀ = (M Wkᵀ) Sᵀ, and the mean
        over slots and the weighted sum over tokens come before Wv. A batch of molecules is mostly padding.
        """
        scale = 1 / math.sqrt(states.shape[-1])
        queries = (self.memory @ self.key.weight) * scale
        scores = states @ queries.T + (self.memory @ self.key.bias) * scale  # (batch, tokens, slots)
        scores = scores.masked_fill(~mask[:, :, None], torch.finfo(scores.dtype).min)
        weights = scores.softmax(dim=1).mean(dim=2).masked_fill(~mask, 0)
        pooled = torch.einsum("bt,btd->bd", weights, states)
        attended = pooled @ self.value.weight.T + weights.sum(dim=1, keepdim=True) * self.value.bias
        projected: Tensor = self.output(attended)
        return projected


class LinearProjector(nn.Module):
    """The mean of the real states through a linear layer: what the memory bank is compared with."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.output = nn.Linear(dim, dim)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """states (batch, tokens, dim), mask (batch, tokens) true at real states → (batch, dim)."""
        projected: Tensor = self.output(masked_mean(states, mask))
        return projected


def masked_mean(states: Tensor, mask: Tensor) -> Tensor:
    """Mean of the real states: (batch, tokens, dim), (batch, tokens) → (batch, dim)."""
    weights = mask.to(states.dtype)[:, :, None]
    return (states * weights).sum(dim=1) / weights.sum(dim=1).clamp_min(1)


def make_projector(config: ProjectorConfig, dim: int) -> MemoryBankProjector | LinearProjector:
    return MemoryBankProjector(dim, config.slots) if config.kind == "memory_bank" else LinearProjector(dim)
