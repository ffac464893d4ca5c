"""Critic and adversarial loss with critics whose slope is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.support.vectors import Vector, dot, tensor
from training.losses.adversarial import Critic, adversarial_loss, critic_loss


class LinearCritic(Critic):
    """D(x) = w·x, whose gradient is w everywhere."""

    def __init__(self, weight: Vector) -> None:
        super().__init__(dim=len(weight), hidden_dim=1)
        linear = nn.Linear(len(weight), 1, bias=False)
        linear.weight.data = torch.tensor([list(weight)])
        self.layers = nn.Sequential(linear)


TEXT_STATES, MOLECULE_STATES = [[1.0, 2.0], [3.0, -1.0]], [[0.5, 0.5], [2.0, 2.0]]


class TestAdversarial:
    @pytest.mark.parametrize("penalty", [0.0, 10.0])
    @pytest.mark.parametrize("weight", [(0.6, 0.8), (3.0, 4.0), (0.0, 0.5)])
    def test_critic_loss_with_a_linear_critic(self, weight: tuple[float, float], penalty: float) -> None:
        scores_t = [dot(weight, states) for states in TEXT_STATES]
        scores_m = [dot(weight, states) for states in MOLECULE_STATES]
        norm = math.hypot(*weight)  # 1, 5 and 0.5: no penalty, and penalties of 16 and 0.25
        expected = sum(scores_t) / 2 - sum(scores_m) / 2 + penalty * (norm - 1) ** 2
        loss = critic_loss(LinearCritic(weight), tensor(TEXT_STATES), tensor(MOLECULE_STATES), penalty=penalty)
        assert loss.item() == pytest.approx(expected, abs=1e-5)

    def test_the_penalty_is_taken_between_the_two_sides(self) -> None:
        """A critic that is flat outside (10, 20) and has slope 1 within: only points between the sides can tell."""

        class Ramp(Critic):
            def forward(self, states: Tensor) -> Tensor:
                return states[:, 0].clamp(10, 20)

        between = critic_loss(Ramp(1), torch.tensor([[10.001]]), torch.tensor([[19.999]]), penalty=1.0)
        assert between.item() == pytest.approx(10.001 - 19.999 + 0, abs=1e-4)

    def test_the_critic_learns_to_be_high_for_molecules(self) -> None:
        critic = LinearCritic((0.0, 0.0))
        critic_loss(critic, tensor([[-1.0, 0.0]]), tensor([[1.0, 0.0]]), penalty=0.0).backward()
        (weight,) = critic.parameters()
        assert weight.grad is not None
        assert weight.grad.tolist() == [[-2.0, 0.0]]  # descent raises D(molecule) − D(text)

    def test_the_critics_loss_leaves_the_encoders_alone(self) -> None:
        text, molecule = tensor(TEXT_STATES), tensor(MOLECULE_STATES)
        critic_loss(Critic(2, 8), text, molecule).backward()
        assert text.grad is None and molecule.grad is None

    def test_the_encoders_loss_is_what_the_critic_can_tell(self) -> None:
        weight = (3.0, -4.0)
        text, molecule = tensor(TEXT_STATES), tensor(MOLECULE_STATES)
        loss = adversarial_loss(LinearCritic(weight), text, molecule)
        expected = sum(dot(weight, states) for states in MOLECULE_STATES) / 2
        expected -= sum(dot(weight, states) for states in TEXT_STATES) / 2
        assert loss.item() == pytest.approx(expected, abs=1e-5)
        loss.backward()
        assert text.grad is None  # the min-max is over molecule encoder and critic
        assert molecule.grad is not None
        np.testing.assert_allclose(molecule.grad.numpy(), [[1.5, -2.0]] * 2)  # towards where texts are

    def test_gradient_penalty_has_a_gradient_of_its_own(self) -> None:
        torch.manual_seed(0)
        critic = Critic(2, 8)
        critic_loss(critic, torch.randn(4, 2), torch.randn(4, 2)).backward()
        grads = [parameter.grad for parameter in critic.parameters()]
        assert grads[0] is not None and grads[0].abs().max() > 0
