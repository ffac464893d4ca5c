"""Systematic names read into structures while a search waits, by OPSIN in a process of its own."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock

from model.inputs.opsin import Opsin, OpsinError, readable

# A name takes a millisecond or two; a process that has just been started reads its tables first.
_SECONDS, _START_SECONDS = 0.5, 20.0
# Small and quickly there: some 100 MiB, .7 s until the first name.
_JAVA = ("-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
_LONGEST_ANSWER = 1 << 16
# What OPSIN says of "dimethylbenzene", of which it gives one isomer all the same.
_AMBIGUOUS = b"APPEARS_AMBIGUOUS"
# Java may write other characters than these in any way.
_OTHER_CHARACTERS = re.compile(r"[^\x20-\x3e\x40-\x7e]+")


@dataclass(frozen=True, slots=True)
class NamedStructure:
    """What a name was read as. smiles: empty where it cannot be read; ambiguous: other isomers are called so, too."""

    smiles: str
    ambiguous: bool = False


_NOTHING = NamedStructure("")
_FIRST_NAME = "methane"


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

    def read(self, name: str) -> NamedStructure:
        """The structure of a name; an empty one where it cannot be read, or while a killed reader is being replaced."""
        if not readable(name):
            return _NOTHING
        name = " ".join(name.split())
        with self._lock:
            try:
                self._start()
                if not self._is_ready():
                    return _NOTHING
                self._write(name)
                return self._answer(name, self._seconds)
            except (OSError, TimeoutError, ValueError):
                self._end()
                self.replaced += 1
                with suppress(OSError):
                    self._start()
                return _NOTHING

    def close(self) -> None:
        """End the process. Nothing is read any more."""
        with self._lock:
            self._closed = True
            self._end()

    def _start(self) -> None:
        """Start a process where there is none, and ask it for a name, whose answer tells that it is ready."""
        if self._process is None and not self._closed:
            self._process = subprocess.Popen(
                [*self._opsin.command(*_JAVA), "-n"],  # the name after each SMILES tells answers from warnings
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                start_new_session=True,  # Ctrl-C is the main process's to handle
            )
            self._write(_FIRST_NAME)

    def _is_ready(self) -> bool:
        """Wait for the first process; for one that replaces another no longer than for a name."""
        if not self._ready:
            try:
                self._answer(_FIRST_NAME, self._seconds if self.replaced else _START_SECONDS)
            except TimeoutError:
                return False
            self._ready = True
        return True

    def _write(self, name: str) -> None:
        if self._process is None or self._process.stdin is None:
            raise OSError("the reader of names is closed")
        self._process.stdin.write(name.encode("utf-8", "replace") + b"\n")

    def _answer(self, name: str, seconds: float) -> NamedStructure:
        """What the process says of a name. Raises OSError where it has ended and TimeoutError where it is late."""
        if self._process is None or self._process.stdout is None:
            raise OSError("the reader of names is closed")
        output, said, end = self._process.stdout.fileno(), b"", time.monotonic() + seconds
        while True:
            for line in said.split(b"\n")[:-1]:
                smiles, tab, own = line.decode("utf-8", "replace").rstrip("\r").partition("\t")
                if tab and _comparable(own) == _comparable(name):
                    return NamedStructure(smiles.strip(), _AMBIGUOUS in said)
            left = max(0.0, end - time.monotonic())
            if len(said) > _LONGEST_ANSWER or not select.select([output], [], [], left)[0]:
                raise TimeoutError
            part = os.read(output, 1 << 16)
            if not part:
                raise OSError("OPSIN has ended")
            said += part

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


def _comparable(name: str) -> str:
    return _OTHER_CHARACTERS.sub("?", name)
