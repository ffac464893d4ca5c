"""Limits of this machine: speed of a large matrix product, and memory bandwidth by a large sum."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.timing import Timings

_PRODUCT = "limit: matrix product"
_READ = "limit: memory read"


@dataclass(frozen=True, slots=True)
class Limits:
    """Runs that measure the limits beside the cases, in the same rounds, since the machine's speed drifts."""

    product_run: Callable[[], object]
    product_flops: float
    read_run: Callable[[], object]
    read_bytes: float

    def cases(self) -> dict[str, Callable[[], object]]:
        return {_PRODUCT: self.product_run, _READ: self.read_run}

    def flops_per_second(self, timings: Timings) -> float:
        return self.product_flops / timings.seconds(_PRODUCT)

    def bytes_per_second(self, timings: Timings) -> float:
        return self.read_bytes / timings.seconds(_READ)

    def multiplying(self, timings: Timings, index: int, flops: float) -> float:
        """Seconds for so many operations at the speed of this round."""
        return timings.rounds[_PRODUCT][index] * flops / self.product_flops

    def reading(self, timings: Timings, index: int, size: float) -> float:
        """Seconds for reading so many bytes at the speed of this round."""
        return timings.rounds[_READ][index] * size / self.read_bytes


def measure_with(scale: float) -> Limits:
    """Limits measured with a 2048³ product and 512 MiB; `scale` below 1 shrinks both, for a quick look."""
    return Limits(*matrix_product(max(64, int(2048 * scale))), *memory_read(max(4, int(512 * scale))))


def matrix_product(
    size: int, dtype: torch.dtype = torch.float32, device: str = "cpu"
) -> tuple[Callable[[], object], float]:
    """A product by torch: how to run it, and its floating-point operations."""
    left, right = torch.rand(2, size, size, device=device).to(dtype)
    out = torch.empty_like(left)
    return lambda: torch.mm(left, right, out=out), 2.0 * size**3


def memory_read(mebibytes: int) -> tuple[Callable[[], object], float]:
    """A sum over an array much larger than the caches: how to run it, and the bytes it reads.

    torch's sum of int64 uses all threads and costs one SIMD addition per eight numbers: memory is what it waits for.
    """
    array = torch.from_numpy(np.ones(mebibytes * (1 << 20) // 8, np.int64))
    return array.sum, float(array.nbytes)
