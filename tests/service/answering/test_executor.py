"""Few threads, a short queue, and a count that is always right."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
import torch

from service.answering.executor import BoundedExecutor, QueueFullError


@pytest.fixture
def executor() -> Iterator[BoundedExecutor]:
    executor = BoundedExecutor("test", workers=1, queue=1, own_threads=1)
    yield executor
    executor.close()


def test_runs_in_its_own_threads_with_its_own_torch_threads(executor: BoundedExecutor) -> None:
    name, threads = asyncio.run(executor.run(lambda: (threading.current_thread().name, torch.get_num_threads())))
    assert name.startswith("molseek-test")
    assert threads == 1


def test_refuses_at_once_what_cannot_wait(executor: BoundedExecutor) -> None:
    gate = threading.Event()

    async def crowd() -> None:
        tasks = [asyncio.create_task(executor.run(lambda: gate.wait(20))) for _ in range(2)]
        await asyncio.sleep(0.01)
        assert executor.pending == 2
        with pytest.raises(QueueFullError):
            await executor.run(lambda: None)
        gate.set()
        assert await asyncio.gather(*tasks) == [True, True]

    asyncio.run(crowd())
    assert executor.pending == 0


def test_faults_and_cancelled_calls_give_their_place_back(executor: BoundedExecutor) -> None:
    begun, gate = threading.Event(), threading.Event()

    def busy() -> None:
        begun.set()
        gate.wait(20)

    async def crowd() -> None:
        with pytest.raises(ZeroDivisionError):
            await executor.run(lambda: 1 // 0)
        running = asyncio.create_task(executor.run(busy))
        await asyncio.to_thread(begun.wait, 20)
        waiting = asyncio.create_task(executor.run(lambda: None))
        await asyncio.sleep(0.01)
        waiting.cancel()
        running.cancel()
        await asyncio.gather(running, waiting, return_exceptions=True)
        assert executor.pending == 1  # the thread is still at it
        gate.set()
        assert await executor.run(lambda: 5) == 5

    asyncio.run(crowd())
    assert executor.pending == 0
