"""What a step frees is there for the next one, without the kernel clearing it again."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from training.loop import allocator
from training.loop.allocator import keep_freed_memory

_STEPS = """
import resource, sys
import torch
from training.loop.allocator import keep_freed_memory
assert sys.argv[1] == "default" or keep_freed_memory()
def step():
    return sum(float(torch.ones(16 << 20)[-1]) for _ in range(4))  # four times 64 MB
for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", _STEPS, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "gnu_get_libc_version"), reason="a setting of glibc's malloc")
@pytest.mark.slow
def test_later_steps_fault_no_page_in() -> None:
    assert page_faults("kept") < 0.2 * page_faults("default")


def test_other_c_libraries_are_left_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda _: object())
    assert not keep_freed_memory()
