"""The projectors against their formulas written out, and what padding may not do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from model.network.config import ProjectorConfig
from model.network.projector import LinearProjector, MemoryBankProjector, make_projector, masked_mean

DIM = 6
KINDS = ["memory_bank", "linear"]


def array(tensor: torch.Tensor) -> NDArray[np.float64]:
    return tensor.detach().double().numpy()


def linear(layer: torch.nn.Linear, x: NDArray[np.float64]) -> NDArray[np.float64]:
    return x @ array(layer.weight).T + array(layer.bias)


def projector(kind: str, slots: int = 5) -> MemoryBankProjector | LinearProjector:
    torch.manual_seed(1)
    return make_projector(ProjectorConfig.model_validate({"kind": kind, "slots": slots}), DIM)


def test_memory_bank_is_the_papers_formula_slot_by_slot() -> None:
    bank = projector("memory_bank")
    assert isinstance(bank, MemoryBankProjector)
    states = torch.randn(3, 4, DIM)
    lengths = (4, 1, 3)
    mask = torch.arange(4) < torch.tensor(lengths)[:, None]
    projected = array(bank(states, mask))
    for row, length in enumerate(lengths):
        real = array(states[row, :length])
        keys, values = linear(bank.key, real), linear(bank.value, real)
        slots = []
        for query in array(bank.memory):
            scores = np.array([query @ key / np.sqrt(DIM) for key in keys])
            attention = np.exp(scores) / np.exp(scores).sum()
            slots.append(sum(weight * value for weight, value in zip(attention, values, strict=True)))
        np.testing.assert_allclose(projected[row], linear(bank.output, np.mean(slots, axis=0)), atol=1e-6)


def test_linear_projector_is_the_mean_of_the_real_states() -> None:
    mean = projector("linear")
    states = torch.randn(2, 3, DIM)
    mask = torch.tensor([[True, True, True], [True, True, False]])
    expected = [linear(mean.output, array(states[row, : (3, 2)[row]]).mean(axis=0)) for row in range(2)]
    np.testing.assert_allclose(array(mean(states, mask)), expected, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_at_padding_does_not_matter(kind: str) -> None:
    module = projector(kind)
    states = torch.randn(2, 3, DIM)
    mask = torch.tensor([[True, True, True], [True, False, False]])
    expected = module(states, mask)
    states[1, 1:] = 1e6
    torch.testing.assert_close(module(states, mask), expected)
    longer = torch.cat([states, torch.full((2, 7, DIM), -1e6)], dim=1)
    padded = module(longer, torch.cat([mask, torch.zeros(2, 7, dtype=torch.bool)], dim=1))
    torch.testing.assert_close(padded, expected)


@pytest.mark.parametrize("kind", KINDS)
def test_padding_gets_no_gradient(kind: str) -> None:
    states = torch.randn(1, 3, DIM, requires_grad=True)
    projector(kind)(states, torch.tensor([[True, True, False]])).sum().backward()
    assert states.grad is not None
    assert (states.grad[0, 2] == 0).all()
    assert (states.grad[0, :2] != 0).any(dim=1).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tokens", [0, 3])
def test_an_input_without_any_state_is_finite(kind: str, tokens: int) -> None:
    module = projector(kind)
    states = torch.randn(2, tokens, DIM, requires_grad=True)
    mask = torch.zeros(2, tokens, dtype=torch.bool)
    if tokens:
        mask[0, 0] = True
    projected = module(states, mask)
    torch.testing.assert_close(projected[1], module.output.bias)
    projected.sum().backward()
    assert states.grad is not None and states.grad.isfinite().all()


@pytest.mark.parametrize("kind", KINDS)
def test_padding_is_ignored_in_half_precision(kind: str) -> None:
    states = torch.randn(2, 4, DIM)
    mask = torch.tensor([[True] * 4, [True, True, False, False]])
    module = projector(kind)
    expected = module(states, mask)
    with torch.autocast("cpu", torch.bfloat16):
        projected = module(states, mask)
    torch.testing.assert_close(projected.float(), expected, atol=0.05, rtol=0.05)


def test_order_of_the_states_does_not_matter() -> None:
    bank = projector("memory_bank")
    states, mask = torch.randn(1, 5, DIM), torch.ones(1, 5, dtype=torch.bool)
    torch.testing.assert_close(bank(states[:, [4, 2, 0, 1, 3]], mask), bank(states, mask))


def test_masked_mean_of_nothing_is_zero() -> None:
    assert masked_mean(torch.ones(1, 2, 3), torch.zeros(1, 2, dtype=torch.bool)).tolist() == [[0, 0, 0]]
