"""Time is added up by stage, also when a stage fails."""

from __future__ import annotations

import pytest

from indexer.build.report import STAGES, StageClock, peak_memory_mib


def test_shares_are_of_the_seconds_of_all_stages() -> None:
    clock = StageClock()
    clock.add("parse", 3)
    clock.add("encode", 0.5)
    clock.add("encode", 0.5)
    assert {stage.stage: (stage.seconds, stage.share) for stage in clock.stages()} == {
        **dict.fromkeys(STAGES, (0, 0)),
        "parse": (3, 0.75),
        "encode": (1, 0.25),
    }


def test_a_clock_that_measured_nothing_divides_by_nothing() -> None:
    assert [stage.share for stage in StageClock().stages()] == [0] * len(STAGES)


def test_a_stage_that_fails_has_taken_its_time() -> None:
    clock = StageClock()
    with pytest.raises(KeyError), clock.measure("write"):
        raise KeyError
    assert clock.seconds("write") > 0 == clock.seconds("read")


def test_memory_is_in_mib() -> None:
    assert 10 < peak_memory_mib() < 1_000_000
