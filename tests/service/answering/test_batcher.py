"""Concurrent callers share batches; each gets its own result or its own fault; who has left costs nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from indexer.fair import asker
from service.answering.batcher import Batcher


class Doubler:
    """Doubles numbers and remembers the batches it was given. Its first batch waits for `gate`, if there is one."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate = gate
        self.batches: list[list[int]] = []

    def __call__(self, jobs: Sequence[int]) -> list[int | Exception]:
        self.batches.append(list(jobs))
        if self.gate is not None:
            assert self.gate.wait(20)
        if 13 in jobs:
            raise ZeroDivisionError
        return [ValueError(str(job)) if job < 0 else 2 * job for job in jobs]


@pytest.fixture
def batcher_of() -> Iterator[Callable[[Doubler], Batcher[int, int]]]:
    made: list[Batcher[int, int]] = []

    def make(work: Doubler) -> Batcher[int, int]:
        made.append(Batcher("test", work, budget=10, alone=6))
        return made[-1]

    yield make
    for batcher in made:
        batcher.close()


Make = Callable[[Doubler], Batcher[int, int]]


def test_what_waits_becomes_one_batch_up_to_the_budget(batcher_of: Make) -> None:
    work = Doubler(threading.Event())
    batcher = batcher_of(work)

    async def crowd() -> list[int]:
        first = asyncio.create_task(batcher(0))
        while not work.batches:
            await asyncio.sleep(0.001)
        rest = [asyncio.create_task(batcher(job, weight)) for job, weight in ((1, 4), (2, 4), (3, 4), (4, 99), (5, 1))]
        await asyncio.sleep(0)
        assert batcher.pending == 6
        assert work.gate is not None
        work.gate.set()
        return list(await asyncio.gather(first, *rest))

    assert asyncio.run(crowd()) == [0, 2, 4, 6, 8, 10]
    assert work.batches == [[0], [1, 2], [3], [4], [5]]
    assert batcher.pending == 0


def test_what_is_much_work_has_a_batch_of_its_own(batcher_of: Make) -> None:
    work = Doubler(threading.Event())
    batcher = batcher_of(work)

    async def crowd() -> None:
        first = asyncio.create_task(batcher(0))
        while not work.batches:
            await asyncio.sleep(0.001)
        tasks = [first]
        for client, job, weight in (("a", 1, 6), ("a", 2, 6), ("b", 3, 1), ("c", 4, 1)):
            asker.set(client)
            tasks.append(asyncio.create_task(batcher(job, weight)))
            await asyncio.sleep(0)
        assert work.gate is not None
        work.gate.set()
        await asyncio.gather(*tasks)

    asyncio.run(crowd())
    assert work.batches == [[0], [1], [3, 4], [2]]


def test_a_fault_is_its_own_callers(batcher_of: Make) -> None:
    work = Doubler(threading.Event())
    batcher = batcher_of(work)

    async def crowd() -> list[int | BaseException]:
        tasks = [asyncio.create_task(batcher(job)) for job in (1, -2, 13, 4)]
        await asyncio.sleep(0.01)
        assert work.gate is not None
        work.gate.set()
        return list(await asyncio.gather(*tasks, return_exceptions=True))

    first, wrong, unlucky, last = asyncio.run(crowd())
    assert (first, last) == (2, 8)
    assert isinstance(wrong, ValueError) and isinstance(unlucky, ZeroDivisionError)


def test_a_caller_that_has_left_is_not_worked_for(batcher_of: Make) -> None:
    work = Doubler(threading.Event())
    batcher = batcher_of(work)

    async def crowd() -> None:
        first = asyncio.create_task(batcher(1))
        while not work.batches:
            await asyncio.sleep(0.001)
        gone, last = asyncio.create_task(batcher(2)), asyncio.create_task(batcher(3))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.sleep(0)
        assert work.gate is not None
        work.gate.set()
        assert await asyncio.gather(first, last) == [2, 6]

    asyncio.run(crowd())
    assert work.batches == [[1], [3]]
    assert batcher.pending == 0


def test_a_crowd_of_one_client_keeps_another_out_of_no_batch(batcher_of: Make) -> None:
    work = Doubler(threading.Event())
    batcher = batcher_of(work)

    async def ask(whose: str, job: int) -> int:
        asker.set(whose)
        return await batcher(job, 4)

    async def crowd() -> None:
        first = asyncio.create_task(ask("many", 0))
        while not work.batches:
            await asyncio.sleep(0.001)
        many = [asyncio.create_task(ask("many", job)) for job in range(1, 9)]
        await asyncio.sleep(0)
        few = asyncio.create_task(ask("few", 99))
        await asyncio.sleep(0)
        assert work.gate is not None
        work.gate.set()
        await asyncio.gather(first, *many, few)

    asyncio.run(crowd())
    assert work.batches[1] == [1, 99]
