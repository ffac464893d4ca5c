"""What all losses have in common: finite gradients, and no dependence on the order of a batch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from tests.support.vectors import MOLECULE, TEXT, tensor, unit
from training.losses.adversarial import Critic, adversarial_loss, critic_loss
from training.losses.infonce import infonce_loss
from training.losses.second_order import uni_to_cross_loss, uni_to_uni_loss
from training.losses.triplet import triplet_loss

GROUPS = torch.arange(3)
LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "triplet": lambda a, b: triplet_loss(a, b, GROUPS),
    "triplet random": lambda a, b: triplet_loss(a, b, GROUPS, negatives="random"),
    "infonce": lambda a, b: infonce_loss(a, b, GROUPS, torch.tensor(100.0)),
    "u2u": lambda a, b: uni_to_uni_loss(a, b, temperature=0.01),
    "u2c": lambda a, b: uni_to_cross_loss(a, b, temperature=0.01),
    "adversarial": lambda a, b: adversarial_loss(Critic(2, 4), a, b) + 0 * a.sum(),
    "critic": lambda a, b: critic_loss(Critic(2, 4), a, b) + 0 * a.sum() + 0 * b.sum(),
}


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("angles", [(0, 0, 0), (0, 90, 180)], ids=["collapsed", "perfect"])
def test_gradients_are_finite_where_embeddings_coincide(name: str, angles: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    text, molecule = tensor(unit(*angles)), tensor(unit(*angles))
    LOSSES[name](text, molecule).backward()
    for side in (text, molecule):
        assert side.grad is not None and side.grad.isfinite().all()


@pytest.mark.parametrize("name", [name for name in LOSSES if name not in ("triplet random", "critic")])
def test_the_order_of_a_batch_does_not_matter(name: str) -> None:
    torch.manual_seed(0)
    text, molecule = torch.tensor(TEXT[:3]), torch.tensor(MOLECULE[:3])
    torch.manual_seed(1)
    first = LOSSES[name](text, molecule)
    torch.manual_seed(1)
    assert LOSSES[name](text[[2, 0, 1]], molecule[[2, 0, 1]]).item() == pytest.approx(first.item(), abs=1e-5)
