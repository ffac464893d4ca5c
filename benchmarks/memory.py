"""Peak memory of a process and its children while a block runs (Linux; 0 elsewhere)."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from types import TracebackType

_ANONYMOUS = re.compile(r"^RssAnon:\s+(\d+) kB", re.MULTILINE)
_PROPORTIONAL = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)


class PeakMemory:
    """Memory of a process's own: what is mapped from files is left out, since the system takes it back when needed.

    `mib`: the most that the process had beyond what it had at first; `with_children`: the most that it and all its
    children had together, in all. Looked at ten times a second and at the end.
    """

    def __init__(self, pid: int | None = None) -> None:
        self._pid = pid or os.getpid()
        self._ended = Event()
        self._thread = Thread(target=self._watch, daemon=True)
        self._first = 0.0
        self._most = 0.0
        self.with_children = 0.0

    @property
    def mib(self) -> float:
        return max(0.0, self._most - self._first)

    def __enter__(self) -> "PeakMemory":
        self._first = _anonymous(self._pid)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._ended.wait(0.1):
            self._look()

    def _look(self) -> None:
        self._most = max(self._most, _anonymous(self._pid))
        self.with_children = max(self.with_children, sum(map(_anonymous, family(self._pid))))


def family(pid: int) -> Iterator[int]:
    """A process, and all that it and its children have started."""
    yield pid
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except (OSError, ValueError):  # it has ended
        return
    for child in children:
        yield from family(child)


def _anonymous(pid: int) -> float:
    """Mebibytes."""
    try:
        found = _ANONYMOUS.search(Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace"))
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def proportional_mib(pid: int) -> float:
    """Memory of a process, of pages shared with others its share (PSS). Raises OSError if it has ended."""
    found = _PROPORTIONAL.search(Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else 0.0
