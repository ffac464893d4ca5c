"""What a worker process may be given at worst. Imports next to nothing, as workers should."""

from __future__ import annotations

import ctypes
import os
import sys
import time


class UnpicklableError(Exception):
    """An error as RDKit's C++ raises some."""

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("cannot be pickled")


class Troublemaker:
    """Everything that native code may do to its process."""

    def double(self, number: int) -> int:
        return 2 * number

    def process_id(self) -> int:
        return os.getpid()

    def nap(self, seconds: float) -> float:
        time.sleep(seconds)
        return seconds

    def abort(self) -> None:
        os.abort()

    def segfault(self) -> None:
        ctypes.string_at(0)

    def leave(self) -> None:
        os._exit(7)

    def hang(self) -> None:
        time.sleep(600)

    def hoard(self) -> int:
        return len(bytearray(1 << 30))

    def fail(self) -> None:
        raise KeyError("odd")

    def fail_oddly(self) -> None:
        raise UnpicklableError("odd")

    def shout(self) -> None:
        os.write(1, b"out")
        os.write(2, b"error")


class Curious:
    """Tells what its process has loaded for the sake of what it was given."""

    def __init__(self, companion: object) -> None:
        self._companion = companion

    def modules(self) -> set[str]:
        return set(sys.modules)
