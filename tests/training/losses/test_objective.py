"""The weighted sum, what it leaves out, and whose gradients flow where."""

from __future__ import annotations

import math

import pytest
import torch

from training.config import LossConfig
from training.losses.adversarial import adversarial_loss
from training.losses.infonce import infonce_loss
from training.losses.objective import Objective, TowerOutput
from training.losses.second_order import second_order_terms
from training.losses.triplet import triplet_loss

DIM = 6
GROUPS = torch.tensor([0, 1, 2, 1])


def sides(pooled: bool = True) -> tuple[TowerOutput, TowerOutput]:
    torch.manual_seed(0)
    made = []
    for _ in range(2):
        embedding = torch.nn.functional.normalize(torch.randn(4, DIM), dim=1).requires_grad_()
        made.append(TowerOutput(embedding, torch.randn(4, DIM, requires_grad=True) if pooled else None))
    return made[0], made[1]


def objective(**changes: object) -> Objective:
    torch.manual_seed(1)
    return Objective(LossConfig.model_validate(changes), DIM)


def test_the_total_is_the_papers_weighted_sum() -> None:
    text, molecule = sides()
    made = objective(
        contrastive={"weight": 0.5, "margin": 0.7},
        adversarial={"weight": 0.25},
        second_order={"u2u_weight": 2.0, "u2c_weight": 3.0, "to_text_weight": 0.0, "temperature": 0.5},
    )
    terms = made(text, molecule, GROUPS)
    a, b = text.embedding, molecule.embedding
    assert made.critic is not None and text.pooled is not None and molecule.pooled is not None
    second = second_order_terms(a, b, temperature=0.5)
    expected = {
        "triplet": triplet_loss(a, b, GROUPS, margin=0.7).item(),
        "t2m": second.t2m.item(),
        "m2t": second.m2t.item(),
        "to_molecule": second.to_molecule.item(),
        "to_text": second.to_text.item(),
        "adversarial": adversarial_loss(made.critic, text.pooled, molecule.pooled).item(),
    }
    expected.pop("to_text")  # weight 0
    assert {name: term.item() for name, term in terms.items() if name != "total"} == pytest.approx(expected)
    weights = {"triplet": 0.5, "adversarial": 0.25, "t2m": 2.0, "m2t": 2.0, "to_molecule": 3.0}
    total = sum(weights[name] * value for name, value in expected.items())
    assert terms["total"].item() == pytest.approx(total, rel=1e-5)


def test_infonce_starts_at_its_temperature_and_learns_it() -> None:
    text, molecule = sides(pooled=False)
    made = objective(
        contrastive={"kind": "infonce", "temperature": 0.1},
        adversarial={"weight": 0},
        second_order={"u2u_weight": 0, "u2c_weight": 0},
    )
    terms = made(text, molecule, GROUPS)
    assert terms.keys() == {"infonce", "total"}
    expected = infonce_loss(text.embedding, molecule.embedding, GROUPS, torch.tensor(10.0))
    assert terms["total"].item() == pytest.approx(expected.item(), rel=1e-5)
    terms["total"].backward()
    assert made.log_scale.item() == pytest.approx(math.log(10))
    assert made.log_scale.grad is not None and made.log_scale.grad.item() != 0


def test_a_triplet_has_no_temperature_to_learn() -> None:
    assert not objective().log_scale.requires_grad


def test_weights_of_zero_leave_terms_out() -> None:
    made = objective(adversarial={"weight": 0}, second_order={"u2u_weight": 0, "u2c_weight": 0})
    assert made.critic is None and not made.needs_states
    assert made(*sides(pooled=False), GROUPS).keys() == {"triplet", "total"}
    with pytest.raises(ValueError, match="no critic"):
        made.critic_loss(*sides())


def test_the_critic_needs_states_in_both_towers() -> None:
    with pytest.raises(ValueError, match="encoder with states in both towers"):
        objective()(*sides(pooled=False), GROUPS)


def test_the_critics_update_does_not_touch_the_encoders() -> None:
    made, (text, molecule) = objective(), sides()
    made.critic_loss(text, molecule).backward()
    for side in (text, molecule):
        assert side.embedding.grad is None
        assert side.pooled is not None and side.pooled.grad is None
    assert made.critic is not None
    assert any(parameter.grad is not None and parameter.grad.any() for parameter in made.critic.parameters())


def test_the_adversarial_term_reaches_the_molecules_states_and_nothing_else_does() -> None:
    made, (text, molecule) = objective(adversarial={"weight": 0.5}), sides()
    terms = made(text, molecule, GROUPS)
    terms["adversarial"].backward(retain_graph=True)
    assert text.embedding.grad is None
    assert text.pooled is not None and text.pooled.grad is None
    assert molecule.pooled is not None and molecule.pooled.grad is not None and molecule.pooled.grad.any()
    before = molecule.pooled.grad.clone()
    molecule.pooled.grad = None
    terms["total"].backward()
    torch.testing.assert_close(molecule.pooled.grad, 0.5 * before)
    assert text.embedding.grad is not None and text.embedding.grad.any()
