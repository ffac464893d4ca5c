"""Memory that a training step frees stays with the process, because the next step needs the same again.

glibc maps every large block separately and returns it when it is freed, so the kernel clears gigabytes in every step: a
third of the time of a step of `compact` on a CPU (`benchmarks.training_step --allocator default`).
"""

from __future__ import annotations

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4  # malloc.h
_NEVER = -1


def keep_freed_memory() -> bool:
    """Tell malloc not to map blocks separately and not to return memory; for processes that train and then end.

    Returns:
        Whether it was done: other C libraries have no such setting, and are left as they are.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_M_MMAP_MAX, 0) and mallopt(_M_TRIM_THRESHOLD, _NEVER))
