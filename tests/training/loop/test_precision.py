"""bfloat16 is taken where it is asked for, or where this machine is measured to be faster with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from training.loop import precision
from training.loop.precision import autocast_dtype, bfloat16_speedup, has_fast_bfloat16

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def measured_anew() -> Iterator[None]:
    bfloat16_speedup.cache_clear()
    yield
    bfloat16_speedup.cache_clear()


@pytest.mark.parametrize(("speedup", "expected"), [(4.0, torch.bfloat16), (1.1, None), (0.5, None)])
def test_auto_follows_the_measurement(
    monkeypatch: pytest.MonkeyPatch, speedup: float, expected: torch.dtype | None
) -> None:
    monkeypatch.setattr(precision, "bfloat16_speedup", lambda: speedup)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True)
    assert autocast_dtype("auto", CPU) is expected


def test_what_is_asked_for_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "bfloat16_speedup", lambda: pytest.fail("measured"))
    assert autocast_dtype("bfloat16", CPU) is torch.bfloat16
    assert autocast_dtype("float32", CPU) is None


def test_a_cpu_that_cannot_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "bfloat16_speedup", lambda: pytest.fail("measured"))
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    assert not has_fast_bfloat16(CPU)


def test_the_measurement_is_a_ratio_and_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(
        [0.0, 2.0, 2.0, 3.0] + [value for start in (3.0, 8.0) for value in (start, start + 3, start, start + 2)]
    )
    monkeypatch.setattr(precision, "_ROUNDS", 3)
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(ticks))
    assert bfloat16_speedup() == 2.0  # the best of float32, 2 s, over the best of bfloat16, 1 s
    assert bfloat16_speedup() == 2.0
