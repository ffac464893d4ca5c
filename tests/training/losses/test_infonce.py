"""InfoNCE against its formula, written out number by number."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch

from tests.support.vectors import APART, MOLECULE, TEXT, dot, tensor, unit
from training.losses.infonce import infonce_loss


class TestInfoNCE:
    def by_hand(self, groups: Sequence[int], scale: float) -> float:
        total = 0.0
        for anchors, others in ((TEXT, MOLECULE), (MOLECULE, TEXT)):
            for i, anchor in enumerate(anchors):
                kept = [j for j in range(4) if j == i or groups[j] != groups[i]]
                logits = {j: scale * dot(anchor, others[j]) for j in kept}
                normaliser = math.log(sum(math.exp(logit) for logit in logits.values()))
                total += (normaliser - logits[i]) / (2 * 4)
        return total

    @pytest.mark.parametrize("groups", [[0, 1, 2, 3], [0, 1, 1, 2], [7, 7, 7, 7]])
    @pytest.mark.parametrize("scale", [1.0, 14.3])
    def test_equals_the_formula(self, groups: list[int], scale: float) -> None:
        loss = infonce_loss(tensor(TEXT), tensor(MOLECULE), torch.tensor(groups), torch.tensor(scale))
        assert loss.item() == pytest.approx(self.by_hand(groups, scale), rel=1e-5, abs=1e-6)

    def test_a_hand_computed_number(self) -> None:
        """Aligned orthogonal pairs at scale 1: −log(e / (e + 1)) either way."""
        pairs = tensor([[1, 0], [0, 1]])
        loss = infonce_loss(pairs, pairs.detach(), torch.tensor([0, 1]), torch.tensor(1.0))
        assert loss.item() == pytest.approx(math.log(1 + math.exp(-1)), abs=1e-6)

    def test_the_scale_is_clamped_at_100(self) -> None:
        values = [
            infonce_loss(tensor(TEXT), tensor(MOLECULE), APART, torch.tensor(scale)).item() for scale in (100.0, 1e4)
        ]
        assert values[0] == values[1] == pytest.approx(self.by_hand([0, 1, 2, 3], 100.0), rel=1e-5)

    def test_the_scale_learns_below_the_clamp(self) -> None:
        scale = torch.tensor(10.0, requires_grad=True)
        infonce_loss(tensor(TEXT), tensor(MOLECULE), APART, scale).backward()
        expected = (self.by_hand([0, 1, 2, 3], 10.01) - self.by_hand([0, 1, 2, 3], 9.99)) / 0.02
        assert scale.grad is not None and scale.grad.item() == pytest.approx(expected, rel=1e-2)

    def test_masked_pairs_get_no_gradient_from_each_other(self) -> None:
        """Pairs 1 and 2 share a molecule and everything else is far: they must not push each other away."""
        text = tensor(unit(0, 0))
        molecule = tensor(unit(30, 30))
        infonce_loss(text, molecule, torch.tensor([4, 4]), torch.tensor(5.0)).backward()
        assert text.grad is not None and molecule.grad is not None
        assert text.grad.abs().max() == 0 == molecule.grad.abs().max()
