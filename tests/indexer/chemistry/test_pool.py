"""Worker processes: what crashes, hangs or exhausts one costs its own call, and nobody else's."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator

import pytest

from indexer.chemistry.chemist import Chemist
from indexer.chemistry.pool import (
    CallExpiredError,
    WorkerCrashedError,
    WorkerLateError,
    WorkerMemoryError,
    WorkerPool,
    WorkerStartError,
)
from model.inputs.structure import StructureLimits
from tests.support.parsers import Stillborn
from tests.support.troublemakers import Curious, Troublemaker


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(Troublemaker(), 2, memory_mib=200) as pool:
        pool.start()
        yield pool


@pytest.mark.parametrize(
    ("method", "error", "said"),
    [
        ("abort", WorkerCrashedError, "SIGABRT"),
        ("segfault", WorkerCrashedError, "SIGSEGV"),
        ("leave", WorkerCrashedError, "exit code 7"),
        ("hang", WorkerLateError, "not done within 1 s"),
        ("hoard", WorkerMemoryError, "more than 200 MiB"),
    ],
)
def test_a_call_that_loses_its_worker_fails_alone(
    pool: WorkerPool, method: str, error: type[Exception], said: str
) -> None:
    calls = [pool.submit("double", number, seconds=60) for number in range(20)]
    bad = pool.submit(method, seconds=1, tries=1)
    calls += [pool.submit("double", number, seconds=60) for number in range(20, 40)]
    with pytest.raises(error, match=said):
        bad.result(timeout=60)
    assert [call.result(timeout=60) for call in calls] == [2 * number for number in range(40)]
    assert pool.replaced == 1


def test_an_error_of_the_call_is_raised_and_keeps_the_worker(pool: WorkerPool) -> None:
    with pytest.raises(KeyError, match="odd"):
        pool.submit("fail", seconds=60).result(timeout=60)
    with pytest.raises(RuntimeError, match="UnpicklableError: odd"):
        pool.submit("fail_oddly", seconds=60).result(timeout=60)
    assert pool.replaced == 0


def test_a_call_whose_worker_somebody_else_killed_is_made_again(pool: WorkerPool) -> None:
    process = pool.submit("process_id", seconds=60).result(timeout=60)
    slow = [pool.submit("nap", 0.5, seconds=60) for _ in range(2)]
    time.sleep(0.2)
    os.kill(process, signal.SIGKILL)
    assert [call.result(timeout=60) for call in slow] == [0.5, 0.5]
    assert pool.replaced == 1


def test_calls_nobody_waits_for_are_never_made(pool: WorkerPool) -> None:
    busy = [pool.submit("nap", 0.5, seconds=60) for _ in range(2)]
    expired = pool.submit("double", 1, seconds=60, expires=time.monotonic() + 0.1)
    cancelled = pool.submit("abort", seconds=60)
    assert cancelled.cancel()
    with pytest.raises(CallExpiredError):
        expired.result(timeout=60)
    assert [call.result(timeout=60) for call in busy] == [0.5, 0.5]
    assert pool.replaced == 0


def test_what_is_lost_can_be_given_another_meaning(pool: WorkerPool) -> None:
    assert pool.submit("hang", seconds=0.5, otherwise=lambda lost: f"too slow: {lost}").result(timeout=60) == (
        "too slow: not done within 0.5 s"
    )


def test_the_event_loop_runs_while_workers_work(pool: WorkerPool) -> None:
    async def ticks() -> int:
        future = asyncio.wrap_future(pool.submit("nap", 0.5, seconds=60))
        count = 0
        while not future.done():
            await asyncio.sleep(0.01)
            count += 1
        return count

    assert asyncio.run(ticks()) > 5


def test_nothing_a_worker_prints_is_seen(pool: WorkerPool, capfd: pytest.CaptureFixture[str]) -> None:
    pool.submit("shout", seconds=60).result(timeout=60)
    assert capfd.readouterr() == ("", "")


def test_workers_import_no_network() -> None:
    """They are to start quickly and stay small: neither torch nor a web framework nor an index."""
    with WorkerPool(Curious(Chemist(StructureLimits(), {})), 1) as pool:
        loaded = pool.submit("modules", seconds=60).result(timeout=60)
    assert "rdkit.Chem" in loaded
    assert not loaded & {"torch", "transformers", "fastapi", "faiss", "pyarrow"}


def test_a_pool_whose_workers_cannot_start_says_so() -> None:
    with WorkerPool(Stillborn.__new__(Stillborn), 1) as pool, pytest.raises(WorkerStartError, match="exit code 3"):
        pool.start()


def test_closing_kills_what_hangs() -> None:
    pool = WorkerPool(Troublemaker(), 1)
    hanging = pool.submit("hang", seconds=500)
    process = pool.submit("process_id", seconds=60)
    time.sleep(0.1)
    pool.close(kill=True)
    assert process.cancelled()
    assert hanging.exception() is not None
