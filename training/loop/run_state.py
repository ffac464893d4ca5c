"""The saved state of a run: weights, optimiser moments and position, without pickle, replaced as a whole."""

from __future__ import annotations

import shutil
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

_MODULES = "modules.safetensors"
_OPTIMIZERS = "optimizers.safetensors"
_POSITION = "position.json"


class Position(BaseModel):
    """Steps done so far, and the best validation among them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: int = 0
    best_score: float | None = None
    best_epoch: int | None = None
    seconds: float = 0.0


def save_state(
    directory: Path,
    position: Position,
    modules: dict[str, nn.Module],
    optimizers: dict[str, torch.optim.Optimizer],
) -> None:
    """Write beside `directory`, then swap: a kill leaves the previous state or the new one, never a mixture."""
    partial, retired = directory.with_suffix(".partial"), directory.with_suffix(".old")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    tensors = {
        f"{name}.{key}": value.contiguous()
        for name, module in modules.items()
        for key, value in module.state_dict().items()
    }
    save_file(tensors, partial / _MODULES)
    save_file({k: v for name, one in optimizers.items() for k, v in _flatten(name, one).items()}, partial / _OPTIMIZERS)
    (partial / _POSITION).write_text(position.model_dump_json(indent=2) + "\n", encoding="utf-8")
    if directory.exists():
        shutil.rmtree(retired, ignore_errors=True)
        directory.rename(retired)
    partial.rename(directory)
    shutil.rmtree(retired, ignore_errors=True)


def load_state(
    directory: Path, modules: dict[str, nn.Module], optimizers: dict[str, torch.optim.Optimizer]
) -> Position | None:
    """Restore what `save_state` wrote, in place; None if there is nothing yet."""
    if not directory.exists():
        directory = directory.with_suffix(".old")  # killed between the two renames
        if not directory.exists():
            return None
    tensors = load_file(directory / _MODULES)
    for name, module in modules.items():
        prefix = f"{name}."
        module.load_state_dict({key.removeprefix(prefix): v for key, v in tensors.items() if key.startswith(prefix)})
    moments = load_file(directory / _OPTIMIZERS)
    for name, optimizer in optimizers.items():
        _restore(name, optimizer, moments)
    return Position.model_validate_json((directory / _POSITION).read_bytes())


def _flatten(name: str, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    return {
        f"{name}.{index}.{key}": value.clone().contiguous()
        for index, state in optimizer.state_dict()["state"].items()
        for key, value in state.items()
    }


def _restore(name: str, optimizer: torch.optim.Optimizer, moments: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for full, value in moments.items():
        owner, index, key = full.split(".", 2)
        if owner == name:
            state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
