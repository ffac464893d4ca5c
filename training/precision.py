"""Which number format the forward pass runs in."""

from __future__ import annotations

from typing import Literal

import torch


def autocast_dtype(precision: Literal["auto", "float32", "bfloat16"], device: torch.device) -> torch.dtype | None:
    """The autocast type, or None for plain float32. `auto` takes bfloat16 only where the device computes it fast."""
    if precision == "float32":
        return None
    if precision == "bfloat16" or has_fast_bfloat16(device):
        return torch.bfloat16
    return None


def has_fast_bfloat16(device: torch.device) -> bool:
    """CUDA devices from Ampere on; CPUs with AVX512-BF16 or AMX. Elsewhere bfloat16 is emulated and slower."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        capabilities = torch.backends.cpu.get_cpu_capability()
        return capabilities.startswith("AVX512") and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    return False
