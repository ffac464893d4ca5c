"""Hard negatives: the training molecules that the network finds most similar, to be put into one batch."""

from __future__ import annotations

import torch
from torch import Tensor, nn

NEIGHBOURS = 32
_ROWS = 1024


class NeighbourTable(nn.Module):
    """For each molecule the others nearest to it, nearest first, by the network's vectors at the beginning of an epoch.

    A module, so that it is saved and restored with the run: a resumed epoch then has the batches of an uninterrupted
    one.
    """

    rows: Tensor
    """int32 (molecules, k)."""
    epoch: Tensor
    """The epoch that they are of; −1 before the first."""

    def __init__(self, molecules: int, count: int = NEIGHBOURS) -> None:
        super().__init__()
        count = min(count, molecules - 1)
        self.register_buffer("rows", torch.zeros(molecules, count, dtype=torch.int32))
        self.register_buffer("epoch", torch.tensor(-1))

    def refresh(self, embeddings: Tensor, epoch: int) -> None:
        """Fill the table by cosine. embeddings: (molecules, dim), L2-normalised."""
        for start in range(0, len(embeddings), _ROWS):
            similarity = embeddings[start : start + _ROWS] @ embeddings.T
            here = torch.arange(len(similarity), device=embeddings.device)
            similarity[here, here + start] = -torch.inf
            self.rows[start : start + _ROWS] = similarity.topk(self.rows.shape[1], dim=1).indices.int()
        self.epoch.fill_(epoch)
