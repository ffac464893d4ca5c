"""The four divergences against their formulas, and whose gradient they have."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from tests.support.vectors import MOLECULE, TEXT, Vector, dot, tensor, unit
from training.losses.second_order import second_order_terms, uni_to_cross_loss, uni_to_uni_loss


class TestSecondOrder:
    def distribution(self, anchor: Vector, others: Sequence[Vector], temperature: float) -> list[float]:
        exponentials = [math.exp(dot(anchor, other) / temperature) for other in others]
        return [value / sum(exponentials) for value in exponentials]

    def kl(self, p: Sequence[float], q: Sequence[float]) -> float:
        return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))

    @pytest.mark.parametrize("temperature", [1.0, 0.1])
    def test_u2u_is_both_divergences(self, temperature: float) -> None:
        expected = 0.0
        for i in range(4):
            tt = self.distribution(TEXT[i], TEXT, temperature)
            mm = self.distribution(MOLECULE[i], MOLECULE, temperature)
            expected += (self.kl(tt, mm) + self.kl(mm, tt)) / 4
        loss = uni_to_uni_loss(tensor(TEXT), tensor(MOLECULE), temperature=temperature)
        assert expected > 0.001
        assert loss.item() == pytest.approx(expected, rel=1e-4)

    def test_u2c_by_hand(self) -> None:
        """Eq. 8 on three pairs, powers of two for exponentials: texts at 0, 90, 180°, molecules at 0, 0, 90°.

        tt: (4 2 1)/7, (1 2 1)/4, (1 2 4)/7    mt: (4 2 1)/7, (4 2 1)/7, (1 2 1)/4
        mm: (2 2 1)/5, (2 2 1)/5, (1 1 2)/4    tm: (2 2 1)/5, (1 1 2)/4, (1 1 2)/4
        """
        text, molecule = tensor(unit(0, 90, 180)), tensor(unit(0, 0, 90))
        terms = second_order_terms(text, molecule, temperature=1 / math.log(2))
        to_text = (math.log(7) - 5 / 2 * math.log(2)) + (22 / 7 * math.log(2) - math.log(7))
        to_molecule = 13 / 5 * math.log(2) - math.log(5)
        assert terms.to_text.item() == pytest.approx(to_text / 3, abs=1e-6)
        assert terms.to_molecule.item() == pytest.approx(to_molecule / 3, abs=1e-6)
        loss = uni_to_cross_loss(text, molecule, temperature=1 / math.log(2)).item()
        assert loss == pytest.approx(0.212780, abs=1e-5)
        # KL(tt ‖ tm) + KL(mm ‖ mt), distributions over different candidates, would be another number.
        other = (24 / 7 - 3 / 10) * math.log(2) - math.log(5)
        assert abs(loss - other / 3) > 0.02

    @pytest.mark.parametrize("temperature", [1.0, 0.1])
    def test_every_term_by_its_definition(self, temperature: float) -> None:
        t2m = m2t = 0.0
        for i in range(4):
            tt = self.distribution(TEXT[i], TEXT, temperature)
            mm = self.distribution(MOLECULE[i], MOLECULE, temperature)
            t2m += self.kl(mm, tt) / 4
            m2t += self.kl(tt, mm) / 4
        terms = second_order_terms(tensor(TEXT), tensor(MOLECULE), temperature=temperature)
        assert t2m != pytest.approx(m2t, rel=1e-3)
        assert terms.t2m.item() == pytest.approx(t2m, rel=1e-4)
        assert terms.m2t.item() == pytest.approx(m2t, rel=1e-4)

    @pytest.mark.parametrize("temperature", [1.0, 0.1])
    def test_u2c_is_teacher_to_student(self, temperature: float) -> None:
        expected = 0.0
        for i in range(4):
            tt = self.distribution(TEXT[i], TEXT, temperature)
            mm = self.distribution(MOLECULE[i], MOLECULE, temperature)
            tm = self.distribution(TEXT[i], MOLECULE, temperature)
            mt = self.distribution(MOLECULE[i], TEXT, temperature)
            expected += (self.kl(tt, mt) + self.kl(mm, tm)) / 4
        loss = uni_to_cross_loss(tensor(TEXT), tensor(MOLECULE), temperature=temperature)
        assert expected > 0.001
        assert loss.item() == pytest.approx(expected, rel=1e-4)

    def test_u2u_pulls_both_sides(self) -> None:
        text, molecule = tensor(TEXT), tensor(MOLECULE)
        uni_to_uni_loss(text, molecule).backward()
        assert text.grad is not None and molecule.grad is not None
        assert text.grad.abs().max() > 1e-3 < molecule.grad.abs().max()

    def test_u2c_gives_the_teacher_no_gradient(self) -> None:
        """The gradient is that of the divergence with the teachers held as numbers; finite differences say which."""
        teachers_t = [self.distribution(t, TEXT, 1.0) for t in TEXT]
        teachers_m = [self.distribution(m, MOLECULE, 1.0) for m in MOLECULE]

        def with_fixed_teachers(text: Sequence[Vector]) -> float:
            total = 0.0
            for i in range(4):
                total += self.kl(teachers_m[i], self.distribution(text[i], MOLECULE, 1.0)) / 4
                total += self.kl(teachers_t[i], self.distribution(MOLECULE[i], text, 1.0)) / 4
            return total

        text = tensor(TEXT)
        uni_to_cross_loss(text, tensor(MOLECULE)).backward()
        assert text.grad is not None
        for row in range(4):
            for column in range(2):
                moved = [[list(vector) for vector in TEXT] for _ in range(2)]
                moved[0][row][column] += 1e-5
                moved[1][row][column] -= 1e-5
                slope = (with_fixed_teachers(moved[0]) - with_fixed_teachers(moved[1])) / 2e-5
                assert text.grad[row, column].item() == pytest.approx(slope, abs=1e-5)

    def test_equal_geometry_costs_nothing(self) -> None:
        """Text and molecule spaces that are rotations of each other agree to the second order."""
        rotated = unit(*(angle + 77 for angle in (0, 50, 120, 200)))
        assert uni_to_uni_loss(tensor(TEXT), tensor(rotated)).item() == pytest.approx(0, abs=1e-6)
        assert uni_to_cross_loss(tensor(TEXT), tensor(rotated)).item() > 0.01
