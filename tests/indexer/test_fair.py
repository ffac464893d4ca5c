"""Askers take turns, and none has every thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.fair import FairQueue, FairThreads, asker


@contextmanager
def asking(whose: str) -> Iterator[None]:
    token = asker.set(whose)
    try:
        yield
    finally:
        asker.reset(token)


def put(line: FairQueue[str], whose: str, *items: str) -> None:
    with asking(whose):
        for item in items:
            line.put(item)


def take(line: FairQueue[str]) -> str:
    taken = line.get(block=False)
    assert taken is not None
    return taken[1]


def test_an_asker_waits_for_one_item_of_each_other() -> None:
    line: FairQueue[str] = FairQueue()
    put(line, "many", "1", "2", "3", "4")
    put(line, "few", "a")
    put(line, "other", "A", "B")
    assert [take(line) for _ in range(7)] == ["1", "a", "A", "2", "B", "3", "4"]
    with pytest.raises(queue.Empty):
        line.get(block=False)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers()), max_size=30))
def test_everything_comes_out_once_and_in_its_askers_order(items: list[tuple[str, int]]) -> None:
    line: FairQueue[tuple[str, int]] = FairQueue()
    for item in items:
        with asking(item[0]):
            line.put(item)
    out = []
    for _ in items:
        taken = line.get(block=False)
        assert taken is not None
        assert taken[0] == taken[1][0]
        out.append(taken[1])
    for whose in "abc":
        assert [item for item in out if item[0] == whose] == [item for item in items if item[0] == whose]


def test_one_asker_has_no_more_out_than_it_may() -> None:
    line: FairQueue[str] = FairQueue(most=2)
    put(line, "many", "1", "2", "3")
    put(line, "few", "a")
    assert [take(line) for _ in range(3)] == ["1", "a", "2"]
    with pytest.raises(queue.Empty):
        line.get(block=False)
    line.done("few")
    with pytest.raises(queue.Empty):
        line.get(block=False)
    line.done("many")
    assert take(line) == "3"


def test_what_is_closed_gives_out_what_is_not_dropped_and_then_nothing() -> None:
    line: FairQueue[str] = FairQueue()
    put(line, "one", "1", "2")
    assert line.close(drop=False) == []
    assert [take(line), take(line)] == ["1", "2"]
    assert line.get() is None
    other: FairQueue[str] = FairQueue()
    put(other, "one", "1")
    assert other.close() == ["1"]
    assert other.get() is None


class Gate:
    """Calls that wait until the gate is opened, and the askers on whose behalf they ran."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.begun = threading.Semaphore(0)
        self.ran: list[str] = []

    def call(self) -> None:
        self.ran.append(asker.get())
        self.begun.release()
        assert self.opened.wait(20)


def submit(threads: FairThreads, whose: str, call: Callable[[], None]) -> Future[None]:
    with asking(whose):
        return threads.submit(call)


def test_a_thread_is_left_for_others() -> None:
    threads, gate = FairThreads(3, "test", most=2), Gate()
    many = [submit(threads, "many", gate.call) for _ in range(5)]
    for _ in range(2):
        assert gate.begun.acquire(timeout=20)
    few = submit(threads, "few", lambda: None)
    few.result(20)
    assert gate.ran == ["many", "many"]
    gate.opened.set()
    for call in many:
        call.result(20)
    threads.end(wait=True)


def test_calls_run_for_who_asked_and_what_they_raise_is_the_callers() -> None:
    threads = FairThreads(1, "test")
    with asking("me"):
        assert threads.submit(asker.get).result(20) == "me"

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        threads.submit(fail).result(20)
    threads.end(wait=True)
    with pytest.raises(RuntimeError):
        threads.submit(fail)


def test_what_waits_at_the_end_is_dropped_or_made() -> None:
    for drop in (True, False):
        threads, gate = FairThreads(1, "test"), Gate()
        running = submit(threads, "", gate.call)
        assert gate.begun.acquire(timeout=20)
        waiting = submit(threads, "", lambda: None)
        ending = threading.Thread(target=lambda threads=threads, drop=drop: threads.end(wait=True, drop=drop))
        ending.start()
        if drop:
            with pytest.raises(CancelledError):
                waiting.result(20)
        gate.opened.set()
        ending.join(20)
        running.result(0)
        if not drop:
            waiting.result(0)


def test_a_call_that_is_cancelled_is_never_made() -> None:
    threads, gate = FairThreads(1, "test"), Gate()
    submit(threads, "", gate.call)
    assert gate.begun.acquire(timeout=20)
    made: list[int] = []
    waiting = submit(threads, "", lambda: made.append(1))
    assert waiting.cancel()
    gate.opened.set()
    threads.end(wait=True, drop=False)
    assert made == []
