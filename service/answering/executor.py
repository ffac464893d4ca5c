"""A few threads with a short queue, so that the event loop never computes and the backlog never grows."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from indexer.fair import FairThreads
from service.answering.batcher import Observe
from service.answering.threads import use_threads

T = TypeVar("T")


class QueueFullError(RuntimeError):
    """As many calls are running and waiting as may."""


class BoundedExecutor:
    """Runs at most `workers` calls at once and lets `queue` more wait; `name` is what `observe` is told.

    Clients take turns, and none has more than half of the threads, where there are several. Each thread computes with
    `own_threads` threads, so that parallel searches share the cores instead of each taking all of them.
    """

    def __init__(self, name: str, workers: int, queue: int, own_threads: int) -> None:
        self.name = name
        self.observe: Observe | None = None
        self._capacity = workers + queue
        self._pending = 0
        self._lock = threading.Lock()
        most = -(-workers // 2) if workers > 2 else None
        self._threads = FairThreads(workers, f"molseek-{name}", prepare=partial(use_threads, own_threads), most=most)

    async def run(self, call: Callable[[], T]) -> T:
        """The result of `call()`, computed in one of the threads.

        Raises:
            QueueFullError: at once, if the queue is full.
        """
        with self._lock:
            if self._pending >= self._capacity:
                raise QueueFullError
            self._pending += 1
        try:
            future = self._threads.submit(partial(self._timed, call, time.perf_counter()))
        except BaseException:
            self._release()
            raise
        # Counted until the thread is done with it, also when the request that waits for it is cancelled.
        future.add_done_callback(self._release)
        return await asyncio.wrap_future(future)

    def _timed(self, call: Callable[[], T], since: float) -> T:
        began = time.perf_counter()
        try:
            return call()
        finally:
            if self.observe is not None:
                self.observe(self.name, 1, began - since, time.perf_counter() - began)

    def _release(self, _future: Future[T] | None = None) -> None:
        with self._lock:
            self._pending -= 1

    @property
    def pending(self) -> int:
        """Calls running or waiting now."""
        return self._pending

    def close(self) -> None:
        """Drop what waits. What runs is not waited for."""
        self._threads.end(wait=False)
