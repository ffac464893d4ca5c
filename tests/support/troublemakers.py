"""What a worker process may be given at worst. Imports next to nothing, as workers should."""

from __future__ import annotations

import ctypes
import os
import sys
import time

from indexer.chemistry.chemist import Chemist


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


class FatalChemist(Chemist):
    """RDKit at its worst: kills, hangs or exhausts its process, as its input says."""

    def _trouble(self, kind: str) -> None:
        if "Uuo" in kind:
            os.abort()
        if "Uus" in kind:
            time.sleep(600)
        if "Uup" in kind:
            raise MemoryError

    def read(self, text: str, *rest: object) -> object:  # type: ignore[override]
        self._trouble(text)
        return super().read(text, *rest)  # type: ignore[arg-type]

    def pattern(self, smarts: str) -> object:  # type: ignore[override]
        self._trouble(smarts)
        return super().pattern(smarts)

    def match(self, smiles: object, has: object, lacks: object) -> object:  # type: ignore[override]
        self._trouble(str(smiles))
        return super().match(smiles, has, lacks)  # type: ignore[arg-type]

    def draw(self, smiles: str, *rest: object) -> str:  # type: ignore[override]
        self._trouble(smiles)
        return super().draw(smiles, *rest)  # type: ignore[arg-type]
