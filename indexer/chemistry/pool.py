"""A pool of worker processes that can be killed: each call has a deadline, each process a memory limit.

RDKit cannot be interrupted, and native code can crash, hang or exhaust the memory on a structure that nobody thought
of. A worker that does is replaced, the call that did it fails with a `WorkerLostError`, and no other call notices.

A thread for each worker waits at its pipe, so a call costs two messages and no polling.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from types import TracebackType
from typing import Any, Self

from indexer.fair import FairThreads

# A worker that gets no processor on a busy machine is given so many times as long by the clock. Were it killed at once,
# the next would start, at more cost than the call had, and be late again: the busier the machine, the more so.
_PATIENCE = 5.0
_LOOK_SECONDS = 0.05

# For a new process to import what it needs; on a busy machine that takes a while.
_START_SECONDS = 300.0
# How often a process that ends while it starts is started for one call: somebody else may have killed it.
_STARTS = 4


class WorkerLostError(RuntimeError):
    """A call did not return; its worker has been replaced. The message says how, for a sentence about the call."""


class WorkerCrashedError(WorkerLostError):
    """The worker died, as often as the call was tried."""


class WorkerLateError(WorkerLostError):
    """The call took longer than it may, and the worker was killed."""


class WorkerMemoryError(WorkerLostError):
    """The call needed more memory than a worker may have."""


class WorkerStartError(RuntimeError):
    """No worker can be started; the message says why."""


class CallExpiredError(RuntimeError):
    """Nobody waits for the call any more: its time had passed before a worker was free."""


class WorkerPool:
    """Calls the methods of `target` in `workers` processes that start with the first call, or with `start`.

    `target` is pickled once for each process, arguments and results for each call. `memory_mib`: what a process may
    have beyond its loaded libraries.
    """

    def __init__(self, target: object, workers: int, *, memory_mib: int = 1024) -> None:
        self._workers = [_Worker(target, memory_mib) for _ in range(workers)]
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        self._threads = FairThreads(workers, "chemistry")
        self._started = False
        self._pending: set[Future[Any]] = set()

    @property
    def replaced(self) -> int:
        """Workers that died, were late or ran out of memory, and were replaced."""
        return sum(worker.replaced for worker in self._workers)

    @property
    def queue(self) -> float:
        """Calls that wait or run, for each worker."""
        return len(self._pending) / len(self._workers)

    def start(self) -> None:
        """Start all workers and wait until they have loaded. Raises WorkerStartError."""
        self._start()
        for worker in self._workers:
            worker.wait_until_ready()

    def _start(self) -> None:
        if self._started:
            return
        self._started = True
        for worker in self._workers:
            worker.start()
            self._idle.put(worker)

    def submit(
        self,
        method: str,
        *arguments: object,
        seconds: float,
        tries: int = 2,
        expires: float | None = None,
        otherwise: Callable[[WorkerLostError], object] | None = None,
    ) -> "Future[Any]":
        """Call `target.method(*arguments)` in the next free worker; whoever asks takes turns with the others.

        On the event loop: `await asyncio.wrap_future(pool.submit(...))`.

        A call that is cancelled before a worker is free is never made.

        Args:
            seconds: how long the call may take, its wait for a worker not included: processor time of the worker, or
                five times as long by the clock.
            tries: how often a call is made whose worker dies, since somebody else may have killed it.
            expires: a time of `time.monotonic()`; a call that has not begun by then is dropped.
            otherwise: gives the result, or raises, where the worker was lost.

        The future raises what the method raises, `WorkerLostError`, `WorkerStartError` or `CallExpiredError`.
        """
        self._start()
        future = self._threads.submit(partial(self._call, method, arguments, seconds, tries, expires, otherwise))
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return future

    def _call(
        self,
        method: str,
        arguments: tuple[object, ...],
        seconds: float,
        tries: int,
        expires: float | None,
        otherwise: Callable[[WorkerLostError], object] | None,
    ) -> object:
        """Runs in one of as many threads as there are workers."""
        if expires is not None and time.monotonic() >= expires:
            raise CallExpiredError
        worker = self._idle.get()
        starts = _STARTS
        try:
            while True:
                try:
                    worker.wait_until_ready()
                except WorkerStartError:  # it may have been killed while it started
                    starts -= 1
                    if not starts:
                        raise
                    continue
                tries -= 1
                try:
                    return worker.call(method, arguments, seconds)
                except WorkerCrashedError as error:
                    if not tries:
                        if otherwise is None:
                            raise
                        return otherwise(error)
                except WorkerLostError as error:
                    if otherwise is None:
                        raise
                    return otherwise(error)
        finally:
            self._idle.put(worker)

    def close(self, *, kill: bool = False, cancel: bool = True) -> None:
        """Drop what waits unless `cancel` is False, let what runs finish (or kill it), and end the processes."""
        if kill:
            self._threads.end(wait=False)  # before a thread whose worker is killed takes what waits
            for worker in self._workers:
                worker.end()
        self._threads.end(wait=True, drop=cancel)
        for worker in self._workers:
            worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(kill=kind is not None)  # do not wait for what nobody wants any more


class NoWorkers:
    """A pool whose calls are made at once, in the process that asks, and take as long as they take."""

    replaced = 0
    queue = 0.0

    def __init__(self, target: object) -> None:
        self._target = target

    def start(self) -> None:
        """There is nothing to start."""

    def submit(self, method: str, *arguments: object, **_: object) -> "Future[Any]":
        """A future that is done; see `WorkerPool.submit`, whose limits are not kept."""
        future: Future[Any] = Future()
        try:
            future.set_result(getattr(self._target, method)(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future

    def close(self, **_: object) -> None:
        """There is nothing to close."""


class _Worker:
    """One process at a time, replaced when it is gone. Used by one thread at a time, ended by any."""

    def __init__(self, target: object, memory_mib: int) -> None:
        self.replaced = 0
        self._target = target
        self._memory_mib = memory_mib
        self._lock = Lock()
        self._ended = False
        self._ready = False
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection[object, object] | None = None

    def start(self) -> None:
        """Start a process, which need not be ready when this returns."""
        with self._lock:
            if self._ended:
                raise WorkerStartError("the pool was closed")
            ours, theirs = Pipe()
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "indexer.chemistry.worker", str(theirs.fileno()), str(self._memory_mib)],
                    stdin=subprocess.DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env=_environment(),
                    start_new_session=True,  # Ctrl-C is the main process's to handle
                )
            self._connection, self._ready = ours, False
        with suppress(OSError):  # it died at once; whoever waits until it is ready says so
            ours.send(self._target)

    def wait_until_ready(self) -> None:
        """Raises WorkerStartError."""
        if self._process is None:
            self.start()
        if self._ready:
            return
        assert self._connection is not None
        try:
            if not self._connection.poll(_START_SECONDS):
                self._drop()
                raise WorkerStartError(f"a worker process was not ready within {_START_SECONDS:g} s")
            self._connection.recv()
        except (EOFError, OSError) as error:
            raise WorkerStartError(f"a worker process cannot be started ({self._drop()})") from error
        self._ready = True

    def call(self, method: str, arguments: tuple[object, ...], seconds: float) -> object:
        """The result of the process, which is ready. If it is lost, another is started."""
        assert self._connection is not None
        try:
            self._connection.send((method, arguments, _PATIENCE * seconds))  # the longest that it is waited for
            if not self._answers_within(seconds):
                self._replace()
                raise WorkerLateError(f"not done within {seconds:g} s")
            answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise WorkerCrashedError(self._replace()) from error
        assert isinstance(answer, tuple)
        done, result = answer
        if done:
            return result
        if isinstance(result, MemoryError):
            self._replace()
            raise WorkerMemoryError(f"more than {self._memory_mib:,} MiB of memory")
        raise result

    def _answers_within(self, seconds: float) -> bool:
        """Wait for an answer until the process has worked so long."""
        assert self._process is not None and self._connection is not None
        look = min(_LOOK_SECONDS, seconds)
        end = time.monotonic() + _PATIENCE * seconds
        if self._connection.poll(look):
            return True  # as nearly every call does: its processor time is not asked for
        begun, left = _processor_seconds(self._process.pid) - look, seconds - look
        while not self._connection.poll(max(look, left)):
            left = min(seconds - (_processor_seconds(self._process.pid) - begun), end - time.monotonic())
            if left <= 0:
                return False
        return True

    def _replace(self) -> str:
        """End the process and start another; how the first ended."""
        how = self._drop()
        self.replaced += 1
        with suppress(WorkerStartError):  # the pool is closing
            self.start()
        return how

    def _drop(self) -> str:
        """End the process if it has not ended by itself; how it ended, in words."""
        assert self._process is not None and self._connection is not None
        process = self._process
        self._connection.close()
        try:
            process.wait(timeout=0.05)  # what died by itself is to keep its own exit code
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with self._lock:
            self._process = self._connection = None
        return _how(process.returncode)

    def end(self) -> None:
        """Kill the process from another thread than the one that waits for it; no other is started."""
        with self._lock:
            self._ended = True
            if self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """Let the process leave, and wait for it. No thread uses it any more."""
        self._ended = True
        if self._process is None or self._connection is None:
            return
        self._connection.close()
        if not self._ready:  # it may take long to notice
            self._process.kill()
        self._process.wait()


def _environment() -> dict[str, str]:
    """Of a worker: modules are found where they are here, and numerical libraries start no threads."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)}


def _processor_seconds(pid: int) -> float:
    """Of a process, so far; where that cannot be told, the time by the clock."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return time.monotonic()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _how(exit_code: int) -> str:
    """How a process ended, in words."""
    if exit_code < 0:
        try:
            return signal.Signals(-exit_code).name
        except ValueError:
            pass
    return f"exit code {exit_code}"
