"""Parsers that behave like native code at its worst. Apart from the tests, so that a worker imports only this."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence

from indexer.build.parsing import ParsedBatch, StructureParser

CRASHES, HANGS, KILLED, HOARDS = "[Uuo]", "[Uus]", "[Uup]", "[Uuq]"


class Mortal(StructureParser):
    """Native code at its worst: a structure aborts the process, gets it killed, takes all memory, or never ends."""

    def __call__(self, structures: Sequence[str | None], whole: bool) -> ParsedBatch:
        if CRASHES in structures:
            os.abort()
        if KILLED in structures:
            os.kill(os.getpid(), signal.SIGKILL)
        if HOARDS in structures:
            bytearray(1 << 36)
        if HANGS in structures:
            time.sleep(600)
        return super().__call__(structures, whole)


class Stillborn(StructureParser):
    """A parser that cannot be unpickled in the worker."""

    def __reduce__(self) -> tuple[object, tuple[int]]:
        return os._exit, (3,)


class Slowly(StructureParser):
    """Half a second a structure."""

    def __call__(self, structures: Sequence[str | None], whole: bool) -> ParsedBatch:
        time.sleep(0.5 * len(structures))
        return super().__call__(structures, whole)
