"""A Hugging Face encoder whose token states are mapped to the model's dimension."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class TextEncoder(nn.Module):
    """`backbone` token states → linear → (batch, tokens, dim). A pooler, if the backbone has one, is removed."""

    def __init__(self, backbone: PreTrainedModel, dim: int) -> None:
        super().__init__()
        if getattr(backbone, "pooler", None) is not None:
            backbone.add_module("pooler", None)
        self.backbone = backbone
        self.output = nn.Linear(backbone.config.hidden_size, dim)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """tokens int64 (batch, tokens), mask bool (batch, tokens) → (batch, tokens, dim)."""
        hidden = self.backbone(input_ids=tokens, attention_mask=mask.long()).last_hidden_state
        states: Tensor = self.output(hidden)
        return states
