"""The adversarial term L_adv: a Wasserstein critic with gradient penalty (Gulrajani et al. 2017) over encoder states.

The paper (Song et al., arXiv 2410.23715, §II-B) writes eq. 5 as a log-GAN while its text says WGAN-GP; the Wasserstein
form is the one implemented. The critic tells molecules from texts by the masked mean of their *encoder* states, before
the projector. The min-max is over the molecule encoder and the critic: molecules learn to look like texts, and the text
encoder gets no gradient from this term.

The paper does not specify the critic's layers or its optimizer; both are our choice. The weight 10 of the gradient
penalty is that of Gulrajani et al.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Critic(nn.Module):
    """A real number per state vector: (batch, dim) → (batch,). High for molecules, low for texts."""

    def __init__(self, dim: int, hidden_dim: int = 256) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(dim, hidden_dim),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden_dim, hidden_dim),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden_dim, 1),
        )

    def forward(self, states: Tensor) -> Tensor:
        scores: Tensor = self.layers(states)[:, 0]
        return scores


def critic_loss(critic: Critic, text: Tensor, molecule: Tensor, *, penalty: float = 10.0) -> Tensor:
    """E[D(text)] − E[D(molecule)] + penalty · E[(‖∇D(x̂)‖ − 1)²], x̂ uniform on the segments between pairs.

    text, molecule: (batch, dim) pooled encoder states, detached here. Returns a scalar that the critic minimises.
    """
    text, molecule = text.detach().float(), molecule.detach().float()
    mix = torch.rand(len(text), 1, device=text.device)
    between = (mix * text + (1 - mix) * molecule).requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    slope = gradient.norm(dim=1)
    loss: Tensor = critic(text).mean() - critic(molecule).mean() + penalty * ((slope - 1) ** 2).mean()
    return loss


def adversarial_loss(critic: Critic, text: Tensor, molecule: Tensor) -> Tensor:
    """The critic's Wasserstein distance, E[D(molecule)] − E[D(text)], which the molecule encoder minimises.

    text, molecule: (batch, dim) pooled encoder states; those of the text are detached here. Returns a scalar.
    """
    distance: Tensor = critic(molecule.float()).mean() - critic(text.detach().float()).mean()
    return distance
