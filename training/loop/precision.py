"""Number format of the forward pass."""

from __future__ import annotations

import functools
import time
from typing import Literal

import torch

_SIZE, _ROUNDS = 768, 5
_WORTH_IT = 1.3  # autocast adds conversions, and only matrix products gain


def autocast_dtype(precision: Literal["auto", "float32", "bfloat16"], device: torch.device) -> torch.dtype | None:
    """The autocast type, or None for plain float32. `auto` takes bfloat16 only where the device computes it fast."""
    if precision == "float32":
        return None
    if precision == "bfloat16" or has_fast_bfloat16(device):
        return torch.bfloat16
    return None


def has_fast_bfloat16(device: torch.device) -> bool:
    """CUDA devices from Ampere on, and CPUs whose products in bfloat16 are clearly faster than in float32.

    CPU flags do not tell: with AVX512-BF16 some CPUs are four times as fast, some half as fast.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported()) and bfloat16_speedup() > _WORTH_IT
    return False


@functools.cache
def bfloat16_speedup() -> float:
    """How many times as fast this CPU multiplies matrices in bfloat16; measured once, in a tenth of a second."""
    seconds = {dtype: float("inf") for dtype in (torch.float32, torch.bfloat16)}
    matrices = {dtype: torch.ones(_SIZE, _SIZE, dtype=dtype) for dtype in seconds}
    for _ in range(_ROUNDS):  # in turn, so that other work on the machine slows both
        for dtype, matrix in matrices.items():
            started = time.perf_counter()
            torch.mm(matrix, matrix)
            seconds[dtype] = min(seconds[dtype], time.perf_counter() - started)
    return seconds[torch.float32] / seconds[torch.bfloat16]
