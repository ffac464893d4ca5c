"""Several processes answer on one port: started one after the other, watched, replaced when they die."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import NoReturn

import typer

_log = logging.getLogger("molseek.service")
_spawn = multiprocessing.get_context("spawn")

# A process that dies young is replaced ever later, so that what fails at once does not keep a core busy.
_SHORT_LIFE_SECONDS = 10.0
_LONGEST_PAUSE_SECONDS = 30.0
# Beyond what a process may take to let its requests finish; then it is killed.
_GRACE_SECONDS = 1.5

Announce = Callable[[], None]
# Serves until told to stop, as one of several: which one, whether in place of one that died, what to call when ready.
# Runs in a process of its own, so it must be picklable.
Serve = Callable[[int, bool, Announce], None]


def bind(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """An address, so that a port in use is known before anything is loaded. Nobody can connect yet.

    `shared`: other processes of this user that say so too can bind it, and the kernel spreads connections over them.

    Raises:
        OSError: the address cannot be had.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, kind, protocol, _, address = sorted(found, key=lambda each: each[0] != socket.AF_INET)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
    except BaseException:
        listener.close()
        raise
    return listener


@dataclass
class _Member:
    """One of the processes, and when it may be replaced if it has died."""

    process: SpawnProcess
    ready: Connection
    started: float = field(default_factory=time.monotonic)
    replace_at: float | None = None
    pause: float = 1.0


class Supervisor:
    """Keeps `count` processes that run `serve` alive until SIGTERM or SIGINT. `died` is told which one died."""

    def __init__(
        self, serve: Serve, count: int, shutdown_seconds: float, died: Callable[[int], None] = lambda place: None
    ) -> None:
        self._died = died
        self._serve = serve
        self._count = count
        self._shutdown_seconds = shutdown_seconds
        self._members: list[_Member] = []
        self._stopping = False

    def run(self, announce: Announce) -> int:
        """The exit status. `announce` is called once when all processes answer.

        The first process is waited for before others start: what is wrong with the settings is said once.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        try:
            self._members.append(first := self._start(0))
            if not self._is_ready(first) and not self._stopping:
                first.process.join()
                return first.process.exitcode or 1
            self._members += [self._start(place) for place in range(1, self._count) if not self._stopping]
            for member in self._members[1:]:
                self._is_ready(member)
            if not self._stopping:
                announce()
            while not self._stopping:
                self._watch()
            return 0
        finally:
            self._end()

    def _start(self, place: int, again: bool = False) -> _Member:
        ready, announced = _spawn.Pipe(duplex=False)
        process = _spawn.Process(target=_run, args=(self._serve, place, again, announced), name="molseek-serve")
        process.start()
        announced.close()
        return _Member(process, ready)

    def _is_ready(self, member: _Member) -> bool:
        """Whether it came to answer: False once it has died, or this process is told to stop."""
        while not self._stopping:
            if wait([member.ready], timeout=0.2):
                try:
                    return bool(member.ready.recv())
                except EOFError:
                    return False
        return False

    def _watch(self) -> None:
        alive = [member.process.sentinel for member in self._members if member.replace_at is None]
        wait(alive, timeout=0.2) if alive else time.sleep(0.2)
        now = time.monotonic()
        for place, member in enumerate(self._members):
            if member.replace_at is None and not member.process.is_alive():
                lived = now - member.started
                member.pause = min(2 * member.pause, _LONGEST_PAUSE_SECONDS) if lived < _SHORT_LIFE_SECONDS else 0.0
                member.replace_at = now + member.pause
                self._died(place)
                _log.error("process %s ended with status %s", member.process.pid, member.process.exitcode)
            if member.replace_at is not None and now >= member.replace_at and not self._stopping:
                member.process.close()
                member.ready.close()
                self._members[place] = self._start(place, again=True)
                self._members[place].pause = max(1.0, member.pause)

    def _stop(self, _signal: int, _frame: object) -> None:
        self._stopping = True

    def _end(self) -> None:
        """Let all processes finish what they are doing, and kill those that cannot."""
        for member in self._members:
            if member.process.is_alive():
                member.process.terminate()
        deadline = time.monotonic() + self._shutdown_seconds + _GRACE_SECONDS
        for member in self._members:
            member.process.join(max(0.0, deadline - time.monotonic()))
            if member.process.is_alive():
                member.process.kill()
                member.process.join()


def _run(serve: Serve, place: int, again: bool, announced: Connection) -> None:
    """What a process does: serve, until it is told to stop or the supervisor is gone."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=follow, name="molseek-parent", daemon=True).start()
    serve(place, again, lambda: announced.send(True))


def fail(reason: str) -> NoReturn:
    typer.echo(f"molseek-serve: {' '.join(reason.split())}", err=True)
    raise typer.Exit(1)


def end_cleanly(_signal: int, _frame: FrameType | None) -> None:
    """SIGTERM while loading, and again after uvicorn has shut down in good order: a clean end either way."""
    raise SystemExit(0)
