"""Systematic names read into structures while a search waits, by OPSIN in a process of its own."""

from __future__ import annotations

import os
import select
import subprocess
import time
from contextlib import suppress
from threading import Lock

from model.inputs.opsin import Opsin, OpsinError, readable

# A name takes a millisecond or two; a process that has just been started reads its tables first.
_SECONDS, _START_SECONDS = 0.5, 20.0
# Small and quickly there: some 100 MiB, .7 s until the first name.
_JAVA = ("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
_LONGEST_ANSWER = 1 << 16


class NameReader:
    """One OPSIN that is asked by many threads, one name after the other. Started by `start` or the first name.

    What takes too long is killed with its process and is a name that cannot be read; the next name starts another.
    """

    def __init__(self, opsin: Opsin, *, seconds: float = _SECONDS) -> None:
        self._opsin = opsin
        self._seconds = seconds
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._closed = False
        self.replaced = 0

    @classmethod
    def find(cls) -> NameReader | None:
        """One that reads with the OPSIN of the extra `opsin`; None where that is not installed."""
        try:
            return cls(Opsin.find())
        except OpsinError:
            return None

    @property
    def program(self) -> str:
        """What reads the names, for people."""
        return f"OPSIN {self._opsin.version}"

    def start(self) -> None:
        """Start the process, which is ready some time later; until then names wait for it."""
        with self._lock:
            self._start()

    def read(self, name: str) -> str:
        """The SMILES of a name; empty where it cannot be read, or while a killed reader is being replaced."""
        if not readable(name):
            return ""
        with self._lock:
            try:
                self._start()
                if not self._is_ready():
                    return ""
                self._write(name)
                return self._line(self._seconds)
            except (OSError, TimeoutError, ValueError):
                self._end()
                self.replaced += 1
                with suppress(OSError):
                    self._start()
                return ""

    def close(self) -> None:
        """End the process. Nothing is read any more."""
        with self._lock:
            self._closed = True
            self._end()

    def _start(self) -> None:
        """Start a process where there is none, and ask it for a name, whose answer tells that it is ready."""
        if self._process is None and not self._closed:
            self._process = subprocess.Popen(
                self._opsin.command(*_JAVA),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                start_new_session=True,  # Ctrl-C is the main process's to handle
            )
            self._write("methane")

    def _is_ready(self) -> bool:
        """Wait for the first process; for one that replaces another no longer than for a name."""
        if not self._ready:
            try:
                self._line(self._seconds if self.replaced else _START_SECONDS)
            except TimeoutError:
                return False
            self._ready = True
        return True

    def _write(self, name: str) -> None:
        if self._process is None or self._process.stdin is None:
            raise OSError("the reader of names is closed")
        self._process.stdin.write(name.strip().encode("utf-8", "replace") + b"\n")

    def _line(self, seconds: float) -> str:
        """The next line of the process. Raises OSError where it has ended and TimeoutError where it is late."""
        if self._process is None or self._process.stdout is None:
            raise OSError("the reader of names is closed")
        output, answer, end = self._process.stdout.fileno(), b"", time.monotonic() + seconds
        while not answer.endswith(b"\n"):
            left = max(0.0, end - time.monotonic())
            if len(answer) > _LONGEST_ANSWER or not select.select([output], [], [], left)[0]:
                raise TimeoutError
            part = os.read(output, 1 << 16)
            if not part:
                raise OSError("OPSIN has ended")
            answer += part
        return answer.decode("utf-8", "replace").strip()

    def _end(self) -> None:
        process, self._process, self._ready = self._process, None, False
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        process.wait()
