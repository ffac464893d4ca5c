"""Each loss against its formula, written out number by number."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from training.losses.adversarial import Critic, adversarial_loss, critic_loss
from training.losses.distances import false_negatives
from training.losses.distillation import distillation_loss
from training.losses.infonce import infonce_loss
from training.losses.second_order import second_order_terms, uni_to_cross_loss, uni_to_uni_loss
from training.losses.triplet import triplet_loss

Vector = Sequence[float]


def unit(*angles: float) -> list[list[float]]:
    """Unit vectors of the plane at some angles, in degrees."""
    return [[math.cos(math.radians(angle)), math.sin(math.radians(angle))] for angle in angles]


def tensor(rows: Sequence[Vector]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float32, requires_grad=True)


def dot(a: Vector, b: Vector) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def distance(a: Vector, b: Vector) -> float:
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))


TEXT = unit(0, 50, 120, 200)
MOLECULE = unit(10, 90, 100, 290)
APART = torch.arange(4)


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


def test_pairs_of_one_molecule_or_of_one_text_are_no_negatives() -> None:
    """Columns of groups: pairs 0 and 1 share their molecule, 1 and 2 their text, 3 nothing."""
    groups = torch.tensor([[0, 5], [0, 6], [1, 6], [2, 7]])
    expected = [[False, True, False, False], [True, False, True, False], [False, True, False, False], [False] * 4]
    assert false_negatives(groups).tolist() == expected
    assert false_negatives(torch.tensor([0, 0, 1])).tolist() == [
        [False, True, False],
        [True, False, False],
        [False] * 3,
    ]


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
