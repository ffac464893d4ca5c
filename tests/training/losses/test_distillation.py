"""Distillation against its formula, written out number by number."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch

from tests.support.vectors import MOLECULE, TEXT, dot, tensor
from training.losses.distillation import distillation_loss


class TestDistillation:
    TAUGHT = ((0.9, 0.2, -0.1, 0.0), (0.1, 0.8, 0.7, -0.3), (0.3, 0.6, 0.9, 0.2), (0.0, -0.2, 0.1, 0.5))

    @staticmethod
    def softmax(values: Sequence[float]) -> list[float]:
        powers = [math.exp(value) for value in values]
        return [power / sum(powers) for power in powers]

    @pytest.mark.parametrize("temperature", [0.07, 0.5])
    def test_by_hand(self, temperature: float) -> None:
        total = 0.0
        for back in (False, True):
            for i in range(4):
                taught = [self.TAUGHT[j][i] if back else self.TAUGHT[i][j] for j in range(4)]
                found = [dot(MOLECULE[i], TEXT[j]) if back else dot(TEXT[i], MOLECULE[j]) for j in range(4)]
                teacher = self.softmax([value / temperature for value in taught])
                student = self.softmax([value / temperature for value in found])
                total += sum(t * math.log(t / s) for t, s in zip(teacher, student, strict=True)) / 4 / 2
        loss = distillation_loss(tensor(TEXT), tensor(MOLECULE), torch.tensor(self.TAUGHT), temperature=temperature)
        assert loss.item() == pytest.approx(total, rel=1e-5)

    def test_a_network_that_agrees_has_nothing_to_learn(self) -> None:
        text, molecule = tensor(TEXT), tensor(MOLECULE)
        taught = (text @ molecule.T).detach().requires_grad_()
        loss = distillation_loss(text, molecule, taught, temperature=0.1)
        loss.backward()  # type: ignore[no-untyped-call]
        assert loss.item() == pytest.approx(0, abs=1e-6)
        assert text.grad is not None
        assert text.grad.abs().max() < 1e-5
        assert taught.grad is None
