"""Parsing in worker processes: each has a pipe to a thread here that waits for it.

Native code can crash or hang on a structure that nobody thought of. A worker that dies or is late is replaced, the
rest of what it had is done again row by row, and the structure that does it twice costs its own row.

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
from threading import Lock
from types import TracebackType

from indexer.build.parsing import Failure, ParsedBatch, StructureParser
from indexer.errors import BuildError

# For a new process to import what it needs; on a busy machine that takes a while.
_START_SECONDS = 300.0
_READY = "ready"


class _WorkerDiedError(Exception):
    """The worker is gone; `exit_code` as of `multiprocessing`, negative for a signal."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class _WorkerLateError(Exception):
    """The worker did not answer in time, and has been ended."""


class ParsePool:
    """Parses batches of structures, in `workers` processes or, with 0, here and at once.

    Processes are spawned (forking a process that has run torch is not safe), start with the first batch, and ignore
    Ctrl-C, which is the main process's to handle. `row_seconds`: how long one structure may take in a worker. Here
    (with 0 workers) nothing guards against a structure that crashes or hangs.
    """

    # Chunks parsed while another is embedded; each holds the features of its molecules (about 5 kB a molecule).
    ahead = 2

    def __init__(self, parser: StructureParser, workers: int, row_seconds: float = 60.0) -> None:
        self._parser = parser
        self._workers = workers
        self._row_seconds = row_seconds
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="parse") if workers else None
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._all: list[_Worker] = []

    @property
    def replaced(self) -> int:
        """Workers that died or were late, and were replaced."""
        return sum(worker.replaced for worker in self._all)

    def submit(self, structures: Sequence[str | None], whole: bool) -> "Future[ParsedBatch]":
        """Parse a batch some time; the result is in the order of the structures."""
        if self._threads is None:
            done: Future[ParsedBatch] = Future()
            done.set_result(self._parser(structures, whole))
            return done
        if not self._all:
            self._all = [_Worker(self._parser) for _ in range(self._workers)]
            for worker in self._all:
                worker.start()
                self._idle.put(worker)
        return self._threads.submit(self._ask, list(structures), whole)

    def _ask(self, structures: list[str | None], whole: bool) -> ParsedBatch:
        """Hand a batch to an idle worker and wait for its answer. As many threads as workers call this.

        A batch that takes longer than one row may is not given up either: its rows get their time one by one.
        """
        worker = self._idle.get()
        try:
            try:
                return worker.parse(structures, whole, self._row_seconds)
            except (_WorkerDiedError, _WorkerLateError):
                return _joined([self._ask_one(worker, structure, whole) for structure in structures])
        finally:
            self._idle.put(worker)

    def _ask_one(self, worker: "_Worker", structure: str | None, whole: bool) -> ParsedBatch:
        try:
            return worker.parse([structure], whole, self._row_seconds)
        except _WorkerDiedError as error:
            failure = Failure("worker_crashed", f"RDKit crashes on this structure ({_how(error.exit_code)}).")
        except _WorkerLateError:
            reason = f"RDKit does not come to an end with this structure within {self._row_seconds:g} s."
            failure = Failure("timed_out", reason)
        return ParsedBatch([failure], 0.0, 0.0)

    def __enter__(self) -> "ParsePool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._threads is None:
            return
        if kind is not None:  # do not wait for batches that nobody wants any more
            for worker in self._all:
                worker.end()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for worker in self._all:
            worker.close()


class _Worker:
    """One process at a time, started anew when it is gone. Used by one thread at a time, ended by any."""

    def __init__(self, parser: StructureParser) -> None:
        self.replaced = 0
        self._parser = parser
        self._lock = Lock()
        self._ended = False
        self._ready = False
        self._process: BaseProcess | None = None
        self._connection: Connection[object, object] | None = None

    def start(self) -> None:
        """Start a process, which need not be ready when this returns."""
        context = multiprocessing.get_context("spawn")
        with self._lock, _interrupts_held_back():
            if self._ended:
                raise BuildError("the build was given up")
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, self._parser), daemon=True)
            process.start()
            theirs.close()
            self._process, self._connection, self._ready = process, ours, False

    def parse(self, structures: list[str | None], whole: bool, seconds: float) -> ParsedBatch:
        """The answer of the process; if it dies or takes longer than `seconds`, it is ended, and an error raised.

        Raises:
            _WorkerDiedError, _WorkerLateError: the next call starts a new process.
            BuildError: no process can be started.
        """
        if self._process is None:
            self.start()
        if not self._ready:
            self._wait_until_ready()
        assert self._connection is not None
        try:
            self._connection.send((structures, whole))
            if not self._connection.poll(seconds):
                self._drop()
                raise _WorkerLateError
            answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise _WorkerDiedError(self._drop()) from error
        assert isinstance(answer, ParsedBatch)
        return answer

    def _wait_until_ready(self) -> None:
        assert self._connection is not None
        try:
            if not self._connection.poll(_START_SECONDS):
                self._drop()
                raise BuildError(f"a parsing process was not ready within {_START_SECONDS:g} s")
            self._connection.recv()
        except (EOFError, OSError) as error:
            raise BuildError(
                f"a parsing process cannot be started ({_how(self._drop())}); finished parts are kept, "
                "run the same command again to continue"
            ) from error
        self._ready = True

    def _drop(self) -> int | None:
        """End the process if it has not ended by itself; its exit code."""
        assert self._process is not None and self._connection is not None
        process = self._process
        self._connection.close()
        process.join(timeout=0.5)  # what died by itself is to keep its own exit code
        process.kill()
        process.join()
        with self._lock:
            self._process = self._connection = None
        self.replaced += 1
        return process.exitcode

    def end(self) -> None:
        """Kill the process from another thread than the one that waits for it; no other is started."""
        with self._lock:
            self._ended = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """Let the process leave, and wait for it. No thread uses it any more."""
        if self._process is None or self._connection is None:
            return
        self._connection.close()
        self._process.join()


def default_workers() -> int:
    """One process per core that this process may use, less one for the encoder in the main process; at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


def _joined(parts: Sequence[ParsedBatch]) -> ParsedBatch:
    return ParsedBatch(
        [result for part in parts for result in part.results],
        sum(part.parse_seconds for part in parts),
        sum(part.featurise_seconds for part in parts),
    )


def _how(exit_code: int | None) -> str:
    """How a process ended, in words."""
    if exit_code is not None and exit_code < 0:
        try:
            return signal.Signals(-exit_code).name
        except ValueError:
            pass
    return f"exit code {exit_code}"


def _work(connection: "Connection[object, object]", parser: StructureParser) -> None:
    """A worker's life: parse what comes through the pipe until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        connection.send(_READY)
        while True:
            request = connection.recv()
            assert isinstance(request, tuple)
            structures, whole = request
            connection.send(parser(structures, whole))
    except (EOFError, OSError):
        return


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Ctrl-C does not reach processes that this thread starts meanwhile before they have chosen to ignore it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
