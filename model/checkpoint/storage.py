"""Weights as stored: full precision, half precision, or half with 8-bit embedding tables."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Literal, TypeVar

import torch
from torch import Tensor, nn

_Module = TypeVar("_Module", bound=nn.Module)

StoragePrecision = Literal["float32", "float16", "int8"]

_INT8 = ".int8"
_SCALE = ".scale"


def to_storage(module: nn.Module, precision: StoragePrecision) -> dict[str, Tensor]:
    """The module's state in the precision asked for, ready for safetensors.

    `int8` keeps embedding tables as signed bytes with one float16 scale a row (absolute maximum / 127, rounded up),
    and everything else as float16. What is loaded back differs by at most half a scale step per weight.
    """
    tables = {
        f"{name}.weight"
        for name, child in module.named_modules()
        if isinstance(child, (nn.Embedding, nn.EmbeddingBag)) and precision == "int8"
    }
    stored: dict[str, Tensor] = {}
    for name, tensor in module.state_dict().items():
        weight = tensor.detach().cpu().contiguous()
        if name in tables:
            # Rounded up to float16, subnormals included, so that no weight is beyond 127 steps.
            scale = (weight.abs().amax(dim=1) / 127 * (1 + 2**-10) + 2**-24).half()
            stored[name + _INT8] = (weight / scale.float()[:, None]).round().clamp(-127, 127).to(torch.int8)
            stored[name + _SCALE] = scale
        elif weight.is_floating_point() and precision != "float32":
            stored[name] = weight.half()
        else:
            stored[name] = weight
    return stored


def from_storage(stored: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The float32 state that `to_storage` wrote, in any precision.

    Raises:
        KeyError: an 8-bit table lacks its scale.
    """
    state: dict[str, Tensor] = {}
    for name, tensor in stored.items():
        if name.endswith(_INT8):
            table = name.removesuffix(_INT8)
            state[table] = tensor.float() * stored[table + _SCALE].float()[:, None]
        elif not name.endswith(_SCALE) or name.removesuffix(_SCALE) + _INT8 not in stored:
            state[name] = tensor.float() if tensor.is_floating_point() else tensor
    return state


def as_stored(module: _Module, precision: StoragePrecision) -> _Module:
    """The module with the weights that it would be loaded back with; itself where storing loses nothing."""
    if precision == "float32":
        return module
    stored = copy.deepcopy(module)
    stored.load_state_dict(from_storage(to_storage(module, precision)))
    return stored
