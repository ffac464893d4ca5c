"""Whoever asks takes turns with the others: many calls of one keep nobody else waiting for more than one of them."""

from __future__ import annotations

import queue
import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
T = TypeVar("T")

# On whose behalf something is asked for. Where nobody says so, as in a build, there is one asker: first come, first
# served.
asker: ContextVar[str] = ContextVar("asker", default="")


class FairQueue(Generic[Item]):
    """A queue from which each asker gets one item in turn; items of one asker in their order. Safe in threads.

    most: how many items of one asker may be out, between `get` and `done`, at a time; None for no such bound.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._changed = threading.Condition()
        self._waiting: dict[str, deque[Item]] = {}  # whose turn is next comes first
        self._out: Counter[str] = Counter()
        self._closed = False

    def put(self, item: Item) -> None:
        """Add an item of the current `asker`."""
        with self._changed:
            self._waiting.setdefault(asker.get(), deque()).append(item)
            self._changed.notify()

    def get(self, *, block: bool = True) -> tuple[str, Item] | None:
        """Whose turn it is, and the item; None if there will be no more.

        Raises:
            queue.Empty: there is none to be had now, and the caller would not wait.
        """
        with self._changed:
            while True:
                for whose, items in self._waiting.items():
                    if self._most is None or self._out[whose] < self._most:
                        return whose, self._take(whose, items)
                if self._closed:
                    return None
                if not block:
                    raise queue.Empty
                self._changed.wait()

    def _take(self, whose: str, items: deque[Item]) -> Item:
        item = items.popleft()
        del self._waiting[whose]
        if items:
            self._waiting[whose] = items  # behind all others
        if self._most is not None:
            self._out[whose] += 1
        return item

    def done(self, whose: str) -> None:
        """One item of `whose` is out no more."""
        if self._most is None:
            return
        with self._changed:
            self._out[whose] -= 1
            if not self._out[whose]:
                del self._out[whose]
            self._changed.notify()

    def close(self, *, drop: bool = True) -> list[Item]:
        """Take no more items in; those that are dropped, where what waits is not to be given out either."""
        with self._changed:
            self._closed = True
            dropped = [item for items in self._waiting.values() for item in items] if drop else []
            if drop:
                self._waiting.clear()
            self._changed.notify_all()
        return dropped


@dataclass(frozen=True, slots=True)
class _Call:
    call: Callable[[], Any]
    future: Future[Any] = field(default_factory=Future)
    context: Context = field(default_factory=copy_context)

    def make(self) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.context.run(self.call)
        except BaseException as error:
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class FairThreads:
    """Threads that make calls in the order of a `FairQueue`, for the asker who wanted each.

    `prepare` runs first in each thread; `most` as in `FairQueue`. They start with the first call. As daemons they do
    not keep the process from ending.
    """

    def __init__(
        self, threads: int, name: str, *, prepare: Callable[[], None] | None = None, most: int | None = None
    ) -> None:
        self._calls: FairQueue[_Call] = FairQueue(most)
        self._threads = [
            threading.Thread(target=self._run, args=(prepare,), name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]
        self._lock = threading.Lock()
        self._started = self._ended = False

    def submit(self, call: Callable[[], T]) -> Future[T]:
        """`call()`, made in a thread. Raises RuntimeError after `end`."""
        with self._lock:
            if self._ended:
                raise RuntimeError("no calls are taken any more")
            if not self._started:
                self._started = True
                for thread in self._threads:
                    thread.start()
            made = _Call(call)
            self._calls.put(made)
        return made.future

    def end(self, *, wait: bool, drop: bool = True) -> None:
        """Take no more calls. `drop` those that wait, and `wait` for those that are still to be made."""
        with self._lock:
            self._ended = True
            dropped = self._calls.close(drop=drop)
        for call in dropped:
            call.future.cancel()
        if wait and self._started:
            for thread in self._threads:
                thread.join()

    def _run(self, prepare: Callable[[], None] | None) -> None:
        if prepare is not None:
            prepare()
        while (taken := self._calls.get()) is not None:
            whose, call = taken
            try:
                call.make()
            finally:
                self._calls.done(whose)
            del taken, call  # what it holds is not kept until the next
