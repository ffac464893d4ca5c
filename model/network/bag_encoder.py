"""The pooled branch of a tower: an embedding per feature, summed, mapped to the model's dimension."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from model.inputs.batch import BagBatch
from model.network.config import BagConfig

# Rare features keep much of where they begin, which says nothing: so all begin near zero.
_INITIAL_LENGTH = 0.1


class BagEncoder(nn.Module):
    """Sum of feature embeddings, scaled by 1/√(features), and a linear map to `dim` where the width is another.

    In training each feature is dropped with probability `input_dropout` and the others are scaled up: with it
    a few thousand pairs cannot be memorised by their rarest features.
    """

    def __init__(self, config: BagConfig, vocabulary_size: int, dim: int) -> None:
        super().__init__()
        self.input_dropout = config.input_dropout
        self.embedding = nn.EmbeddingBag(vocabulary_size, config.width, mode="sum", include_last_offset=False)
        nn.init.normal_(self.embedding.weight, std=_INITIAL_LENGTH * config.width**-0.5)
        self.output = nn.Linear(config.width, dim) if config.width != dim else nn.Identity()

    def forward(self, batch: BagBatch) -> Tensor:
        """Pooled embeddings: (batch, dim); an input without any known feature becomes the output's bias."""
        sizes = torch.diff(batch.offsets, append=batch.offsets.new_tensor([len(batch.rows)]))
        scale = sizes.clamp_min(1).to(self.embedding.weight.dtype).rsqrt()
        weights = torch.repeat_interleave(scale, sizes, output_size=len(batch.rows))
        if self.training and self.input_dropout:
            weights = nn.functional.dropout(weights, self.input_dropout)
        pooled = self.embedding(batch.rows, batch.offsets, per_sample_weights=weights)
        embedded: Tensor = self.output(pooled)
        return embedded
