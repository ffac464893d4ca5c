"""Parsing in worker processes: each has a pipe to a thread here that waits for it.

A worker whose parent is gone reads the end of its pipe and leaves, so a killed build leaves no processes behind.
"""

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from threading import current_thread, main_thread
from types import TracebackType

from indexer.errors import BuildError
from indexer.parsing import ParsedBatch, StructureParser


class ParsePool:
    """Parses batches of structures, in `workers` processes or, with 0, here and at once.

    Processes are spawned (forking a process that has run torch is not safe), start with the first batch, and ignore
    Ctrl-C, which is the main process's to handle.
    """

    def __init__(self, parser: StructureParser, workers: int) -> None:
        self._parser = parser
        self._workers = workers
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="parse") if workers else None
        self._idle: SimpleQueue[tuple[BaseProcess, Connection[object, object]]] = SimpleQueue()
        self._processes: list[BaseProcess] = []
        self._connections: list[Connection[object, object]] = []

    def submit(self, structures: Sequence[str | None], whole: bool) -> "Future[ParsedBatch]":
        """Parse a batch some time; the result is in the order of the structures."""
        if self._threads is None:
            done: Future[ParsedBatch] = Future()
            done.set_result(self._parser(structures, whole))
            return done
        if not self._processes:
            self._start()
        return self._threads.submit(self._ask, list(structures), whole)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        with _interrupts_ignored():
            for _ in range(self._workers):
                ours, theirs = context.Pipe()
                process = context.Process(target=_work, args=(theirs, self._parser), daemon=True)
                process.start()
                theirs.close()
                self._processes.append(process)
                self._connections.append(ours)
                self._idle.put((process, ours))

    def _ask(self, structures: list[str | None], whole: bool) -> ParsedBatch:
        """Hand a batch to an idle worker and wait for its answer. As many threads as workers call this."""
        process, connection = self._idle.get()
        try:
            connection.send((structures, whole))
            answer = connection.recv()
        except (EOFError, OSError) as error:
            process.join(timeout=5)
            raise BuildError(
                f"a parsing process died (exit code {process.exitcode}); finished parts are kept, "
                "run the same command again to continue"
            ) from error
        finally:
            self._idle.put((process, connection))
        assert isinstance(answer, ParsedBatch)
        return answer

    def __enter__(self) -> "ParsePool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._threads is None:
            return
        if kind is not None:  # do not wait for batches that nobody wants any more
            for process in self._processes:
                process.terminate()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for connection in self._connections:
            connection.close()
        for process in self._processes:
            process.join()


def default_workers() -> int:
    """One process per core that this process may use, less one for the encoder in the main process; at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


def _work(connection: "Connection[object, object]", parser: StructureParser) -> None:
    """A worker's life: parse what comes through the pipe until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            request = connection.recv()
        except (EOFError, OSError):
            return
        assert isinstance(request, tuple)
        structures, whole = request
        try:
            connection.send(parser(structures, whole))
        except (BrokenPipeError, ConnectionResetError):
            return


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ctrl-C is ignored meanwhile; processes started here go on ignoring it, from their first moment on."""
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
