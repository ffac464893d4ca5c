"""The triplet loss against its formula, written out number by number."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from tests.support.vectors import APART, MOLECULE, TEXT, Vector, distance, dot, tensor, unit
from training.losses.triplet import triplet_loss


class TestTriplet:
    def by_hand(self, groups: Sequence[int], margin: float) -> float:
        """Both directions, the nearest counterpart of another molecule as the negative."""
        total = 0.0
        for anchors, others in ((TEXT, MOLECULE), (MOLECULE, TEXT)):
            hinges = []
            for i, anchor in enumerate(anchors):
                negatives = [distance(anchor, others[j]) for j in range(4) if groups[j] != groups[i]]
                nearest = min(negatives) if negatives else math.inf
                hinges.append(max(0.0, distance(anchor, others[i]) - nearest + margin))
            total += sum(hinges) / len(hinges)
        return total

    @pytest.mark.parametrize("margin", [0.05, 0.3, 1.0])
    @pytest.mark.parametrize("groups", [[0, 1, 2, 3], [0, 1, 1, 2], [0, 0, 1, 1], [5, 5, 5, 2]])
    def test_hardest_negatives(self, groups: list[int], margin: float) -> None:
        loss = triplet_loss(tensor(TEXT), tensor(MOLECULE), torch.tensor(groups), margin=margin)
        assert loss.item() == pytest.approx(self.by_hand(groups, margin), abs=1e-6)

    def test_a_hand_computed_number(self) -> None:
        """Two orthogonal pairs, the second exchanged: positives at √2, negatives at 0; the margin is 0.3."""
        text, molecule = tensor([[1, 0], [0, 1]]), tensor([[0, 1], [1, 0]])
        loss = triplet_loss(text, molecule, torch.tensor([0, 1]))
        assert loss.item() == pytest.approx(2 * (math.sqrt(2) + 0.3), abs=1e-5)

    def test_satisfied_pairs_cost_nothing(self) -> None:
        text = tensor(unit(0, 90, 180, 270))
        assert triplet_loss(text, text.detach(), APART, margin=0.3).item() == 0

    def test_random_negatives_with_one_choice_are_that_choice(self) -> None:
        groups = torch.tensor([0, 1])
        for seed in range(5):
            torch.manual_seed(seed)
            loss = triplet_loss(tensor(TEXT[:2]), tensor(MOLECULE[:2]), groups, negatives="random")
            expected = 0.0
            for anchors, others in ((TEXT, MOLECULE), (MOLECULE, TEXT)):
                for i in range(2):
                    hinge = distance(anchors[i], others[i]) - distance(anchors[i], others[1 - i]) + 0.3
                    expected += max(0.0, hinge) / 2
            assert loss.item() == pytest.approx(expected, abs=1e-6)

    def test_random_negatives_are_drawn_from_all_others_and_no_others(self) -> None:
        groups = [0, 0, 1, 2]
        allowed = [[j for j in range(4) if groups[j] != groups[i]] for i in range(4)]
        margin = 5.0  # nothing is clipped, so that each draw shows

        def values(anchors: Sequence[Vector], others: Sequence[Vector]) -> list[float]:
            """What one direction can cost, over all draws."""
            hinges = [
                [distance(anchors[i], others[i]) - distance(anchors[i], others[j]) + margin for j in allowed[i]]
                for i in range(4)
            ]
            return [sum(draw) / 4 for draw in itertools.product(*hinges)]

        possible = np.add.outer(values(TEXT, MOLECULE), values(MOLECULE, TEXT)).ravel()
        seen = set()
        for seed in range(100):
            torch.manual_seed(seed)
            loss = triplet_loss(
                tensor(TEXT), tensor(MOLECULE), torch.tensor(groups), margin=margin, negatives="random"
            ).item()
            assert np.abs(possible - loss).min() < 1e-5
            seen.add(round(loss, 4))
        assert len(seen) > 50

    @pytest.mark.parametrize("negatives", ["hardest", "random"])
    def test_a_batch_without_negatives_is_zero_with_finite_gradient(self, negatives: str) -> None:
        text = tensor(TEXT)
        loss = triplet_loss(text, tensor(MOLECULE), torch.zeros(4, dtype=torch.long), negatives=negatives)  # type: ignore[arg-type]
        assert loss.item() == 0
        loss.backward()
        assert text.grad is not None and (text.grad == 0).all()

    def test_gradient_of_the_active_pairs_is_right(self) -> None:
        """Finite differences of the by-hand value."""
        text = tensor(TEXT)
        triplet_loss(text, tensor(MOLECULE), APART, margin=1.0).backward()
        assert text.grad is not None
        step = 1e-3
        for row in range(4):
            angle = math.atan2(TEXT[row][1], TEXT[row][0])
            tangent = [-math.sin(angle), math.cos(angle)]
            values = []
            for sign in (1, -1):
                moved = [list(vector) for vector in TEXT]
                moved[row] = [math.cos(angle + sign * step), math.sin(angle + sign * step)]
                values.append(triplet_loss(torch.tensor(moved), torch.tensor(MOLECULE), APART, margin=1.0).item())
            slope = (values[0] - values[1]) / (2 * step)
            assert dot(text.grad[row].tolist(), tangent) == pytest.approx(slope, abs=2e-3)
