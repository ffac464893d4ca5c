"""Clients that are refused again and again wait; nobody else does."""

from __future__ import annotations

import pytest

from service.protecting.refusals import Refusals


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_refusals_come_one_after_the_other(clock: Clock) -> None:
    refusals = Refusals(10, clock)
    assert [refusals.seconds_to_wait("wrong") for _ in range(4)] == pytest.approx([0, 0, 0.1, 0.2])
    assert refusals.seconds_to_wait("other") == 0
    clock.now += 0.2
    assert refusals.seconds_to_wait("wrong") == pytest.approx(0.1)
    for _ in range(100):  # one at a time, as fast as it may
        clock.now += 0.1
        assert refusals.seconds_to_wait("wrong") == pytest.approx(0.1)
    clock.now += 60
    assert [refusals.seconds_to_wait("wrong") for _ in range(2)] == [0.0] * 2


def test_nobody_waits_for_ever(clock: Clock) -> None:
    refusals = Refusals(10, clock)
    waits = [refusals.seconds_to_wait("wrong") for _ in range(1000)]
    assert waits == sorted(waits) and waits[-1] == 2
    clock.now += 2.5
    assert refusals.seconds_to_wait("wrong") == 0


def test_zero_is_no_bound(clock: Clock) -> None:
    refusals = Refusals(0, clock)
    assert {refusals.seconds_to_wait("wrong") for _ in range(1000)} == {0.0}


def test_any_number_of_addresses_is_remembered_in_bounded_memory(clock: Clock) -> None:
    refusals = Refusals(1, clock)
    for number in range(10_000):
        assert refusals.seconds_to_wait(str(number)) == 0
    assert len(refusals._free_again) < 5000
    assert refusals.seconds_to_wait("9999") > 0


def test_what_was_much_work_counts_for_more(clock: Clock) -> None:
    refusals = Refusals(10, clock)
    assert refusals.seconds_to_wait("large", 64) == 0
    assert refusals.seconds_to_wait("large") > 0
    clock.now += 6.4
    assert refusals.seconds_to_wait("large") == 0
