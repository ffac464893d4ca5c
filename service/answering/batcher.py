"""One thread that does the work of many requests together: whatever waits when it is free becomes the next batch."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from indexer.fair import FairQueue

Job = TypeVar("Job")
Result = TypeVar("Result")

_log = logging.getLogger("molseek.service")

# Told what a stage has done: its name, how many requests together, the longest wait (None for a step of a stage), the
# work; times in seconds.
Observe = Callable[[str, int, float | None, float], None]


@dataclass(slots=True)
class _Waiting(Generic[Job, Result]):
    job: Job
    weight: int
    future: asyncio.Future[Result]
    since: float = field(default_factory=time.perf_counter)


class Batcher(Generic[Job, Result]):
    """Gives the jobs of concurrent callers to `work` in batches, in a thread of its own.

    A lone job starts at once; a crowd shares batches of at most `budget` weight, in which clients take turns. A job of
    the weight `alone` or more has a batch of its own, so that the others wait for one of these at a time. A caller that
    is cancelled before its batch starts is left out of it: that is all a stage needs to know about clients that left
    and deadlines that passed.

    `work` returns for each job, in order, its result, or the exception that its caller gets. If it raises, its jobs are
    tried one by one, so that a fault stays with its own job. `prepare` runs first, in the thread.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[Job]], Sequence[Result | Exception]],
        *,
        budget: int,
        alone: int | None = None,
        prepare: Callable[[], None] | None = None,
    ) -> None:
        self.name = name
        self.observe: Observe | None = None
        self._work = work
        self._budget = budget
        self._alone = budget if alone is None else alone
        self._prepare = prepare
        self._queue: FairQueue[_Waiting[Job, Result]] = FairQueue()
        self._held: _Waiting[Job, Result] | None = None  # taken from the queue, not for the batch before it
        self._pending = 0  # only ever touched by the event loop's thread
        self._closed = False
        # A daemon: what runs when the process ends is not waited for.
        self._thread = threading.Thread(target=self._run, name=f"molseek-{name}", daemon=True)
        self._thread.start()

    async def __call__(self, job: Job, weight: int = 1) -> Result:
        """The result of `job`. How many callers there can be is for whoever admits them to bound."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._pending += 1
        self._queue.put(_Waiting(job, weight, future))
        return await future

    @property
    def pending(self) -> int:
        """Jobs waiting or running now; those of callers that are gone count until their turn comes."""
        return self._pending

    def close(self) -> None:
        """Take no more jobs. What runs is not waited for; what waits is never answered."""
        self._closed = True
        self._queue.close()

    def _run(self) -> None:
        if self._prepare is not None:
            self._prepare()
        while not self._closed:
            batch = self._next_batch()
            wanted = [waiting for waiting in batch if not waiting.future.done()]
            began = time.perf_counter()
            outcomes = self._outcomes([waiting.job for waiting in wanted]) if wanted else []
            done = time.perf_counter()
            self._deliver(batch, list(zip(wanted, outcomes, strict=True)))
            if wanted and self.observe is not None:
                self.observe(self.name, len(wanted), began - wanted[0].since, done - began)

    def _next_batch(self) -> list[_Waiting[Job, Result]]:
        """At least one job, unless the batcher was closed."""
        batch: list[_Waiting[Job, Result]] = []
        weight = 0
        while True:
            waiting, self._held = self._held, None
            if waiting is None:
                try:
                    taken = self._queue.get(block=not batch)
                except queue.Empty:
                    return batch
                if taken is None:
                    return batch
                _, waiting = taken
            weight += waiting.weight
            alone = waiting.weight >= self._alone
            if batch and (alone or weight > self._budget):
                self._held = waiting
                return batch
            batch.append(waiting)
            if alone:
                return batch

    def _outcomes(self, jobs: Sequence[Job]) -> Sequence[Result | Exception]:
        try:
            return self._work(jobs)
        except Exception as error:
            return [error] if len(jobs) == 1 else [self._outcomes([job])[0] for job in jobs]

    def _deliver(
        self,
        batch: Sequence[_Waiting[Job, Result]],
        outcomes: Sequence[tuple[_Waiting[Job, Result], Result | Exception]],
    ) -> None:
        if not batch:
            return
        try:
            batch[0].future.get_loop().call_soon_threadsafe(self._settle, len(batch), outcomes)
        except RuntimeError:  # the loop is closed: nobody waits any more
            _log.debug("%s: %d results came too late", self.name, len(outcomes))

    def _settle(self, taken: int, outcomes: Sequence[tuple[_Waiting[Job, Result], Result | Exception]]) -> None:
        self._pending -= taken
        for waiting, outcome in outcomes:
            if waiting.future.done():
                continue
            if isinstance(outcome, Exception):
                waiting.future.set_exception(outcome)
            else:
                waiting.future.set_result(outcome)
