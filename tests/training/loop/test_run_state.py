"""The saved state of a run: what comes back, and what a kill in the middle of a save leaves."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from training.loop.run_state import Position, load_state, save_state


def made(seed: int) -> tuple[dict[str, nn.Module], dict[str, torch.optim.Optimizer]]:
    """Two modules and their optimizers after a step each."""
    torch.manual_seed(seed)
    modules: dict[str, nn.Module] = {"encoder": nn.Linear(3, 2), "critic": nn.Linear(2, 1)}
    optimizers: dict[str, torch.optim.Optimizer] = {
        name: torch.optim.Adam(module.parameters(), lr=0.1) for name, module in modules.items()
    }
    for name, module in modules.items():
        module(torch.randn(4, 3 if name == "encoder" else 2)).sum().backward()
        optimizers[name].step()
    return modules, optimizers


def same(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return (
        torch.equal(one, other) if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor) else one == other
    )


def states(modules: dict[str, nn.Module], optimizers: dict[str, torch.optim.Optimizer]) -> list[object]:
    return [one.state_dict() for one in (*modules.values(), *optimizers.values())]


POSITION = Position(step=7, best_score=0.5, best_epoch=2, seconds=1.5)


def test_weights_moments_and_position_come_back(tmp_path: Path) -> None:
    first, second = made(0), made(1)
    save_state(tmp_path / "state", POSITION, *first)
    assert not same(states(*first), states(*second))
    assert load_state(tmp_path / "state", *second) == POSITION
    assert same(states(*first), states(*second))


def test_without_a_state_nothing_is_restored(tmp_path: Path) -> None:
    fresh, untouched = made(0), made(0)
    assert load_state(tmp_path / "state", *fresh) is None
    assert same(states(*fresh), states(*untouched))


@pytest.mark.parametrize("killed", ["while writing", "between the renames"])
def test_a_kill_during_a_save_leaves_the_previous_state(tmp_path: Path, killed: str) -> None:
    state = tmp_path / "state"
    save_state(state, POSITION, *made(0))
    (tmp_path / "state.partial").mkdir()
    if killed == "between the renames":
        state.rename(tmp_path / "state.old")
    found = made(1)
    assert load_state(state, *found) == POSITION
    assert same(states(*found), states(*made(0)))
    save_state(state, POSITION.model_copy(update={"step": 8}), *found)
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
