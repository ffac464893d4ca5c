"""The training objective: the weighted sum of the losses that the configuration enables."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from model.network.dual_encoder import Encoded
from model.network.projector import masked_mean
from training.config import LossConfig
from training.losses.adversarial import Critic, adversarial_loss, critic_loss
from training.losses.distillation import distillation_loss
from training.losses.infonce import infonce_loss
from training.losses.second_order import second_order_terms
from training.losses.triplet import triplet_loss


@dataclass(frozen=True, slots=True)
class TowerOutput:
    """What the losses see of one tower: embeddings and pooled encoder states, both (batch, dim)."""

    embedding: Tensor
    pooled: Tensor | None

    @classmethod
    def of(cls, encoded: Encoded, *, pool: bool) -> TowerOutput:
        if not pool or encoded.states is None or encoded.mask is None:
            return cls(encoded.embedding, None)
        return cls(encoded.embedding, masked_mean(encoded.states, encoded.mask))


class Objective(nn.Module):
    """L = w_cl L_cl + λ1 L_adv + L_u2u + L_u2c (Song et al., eq. 3) with a weight each, and distillation.

    Weights of 0 cost nothing.
    """

    def __init__(self, config: LossConfig, dim: int) -> None:
        super().__init__()
        self.config = config
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / config.contrastive.temperature)))
        self.log_scale.requires_grad_(config.contrastive.kind == "infonce")
        self.critic = Critic(dim, config.adversarial.critic_hidden_dim) if config.adversarial.weight else None

    @property
    def needs_states(self) -> bool:
        """Whether encoder states have to be pooled for the critic."""
        return self.critic is not None

    def forward(
        self, text: TowerOutput, molecule: TowerOutput, groups: Tensor, taught: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Unweighted terms and their weighted `total`, scalars.

        groups: int64 (batch,) or (batch, kinds); taught: teachers' cosines of texts and molecules (batch, batch).

        Raises:
            ValueError: the adversarial term is on and a tower has no encoder states.
        """
        a, b = text.embedding, molecule.embedding
        contrastive, second_order = self.config.contrastive, self.config.second_order
        terms: dict[str, Tensor] = {}
        if contrastive.kind == "triplet":
            terms["triplet"] = triplet_loss(a, b, groups, margin=contrastive.margin, negatives=contrastive.negatives)
            total = contrastive.weight * terms["triplet"]
        else:
            scale = self.log_scale.exp()
            terms["infonce"] = infonce_loss(a, b, groups, scale)
            total = contrastive.weight * terms["infonce"]
        if any(second_order.weights.values()):
            found = second_order_terms(a, b, temperature=second_order.temperature)
            for name, weight in second_order.weights.items():
                if weight:
                    terms[name] = getattr(found, name)
                    total = total + weight * terms[name]
        distillation = self.config.distillation
        if taught is not None and distillation.weight:
            terms["distillation"] = distillation_loss(a, b, taught, temperature=distillation.temperature)
            total = total + distillation.weight * terms["distillation"]
        if self.critic is not None:
            terms["adversarial"] = adversarial_loss(self.critic, *_pooled(text, molecule))
            total = total + self.config.adversarial.weight * terms["adversarial"]
        return terms | {"total": total}

    def critic_loss(self, text: TowerOutput, molecule: TowerOutput) -> Tensor:
        """What the critic minimises, a scalar; the towers get no gradient."""
        if self.critic is None:
            raise ValueError("there is no critic: the adversarial weight is 0")
        return critic_loss(self.critic, *_pooled(text, molecule), penalty=self.config.adversarial.penalty)


def _pooled(text: TowerOutput, molecule: TowerOutput) -> tuple[Tensor, Tensor]:
    if text.pooled is None or molecule.pooled is None:
        raise ValueError("the adversarial loss needs an encoder with states in both towers")
    return text.pooled, molecule.pooled
