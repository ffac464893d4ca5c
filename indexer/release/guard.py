"""The files of an open release, guarded against whoever writes to them in place.

A release is written once and never again. If one of its mapped files is cut short all the same, the next look at what
is gone kills the process (SIGBUS), and new contents would be searched unverified. On Linux a read lease has the kernel
hold up whoever opens a file for writing until the release has been taken out of service; elsewhere, and on file systems
without leases, a change is only noticed.
"""

import fcntl
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from indexer.errors import ReleaseError


@dataclass(frozen=True, slots=True)
class _Guarded:
    path: Path
    descriptor: int
    state: tuple[int, ...]
    leased: bool


class FileGuard:
    """Keeps files open for reading and tells whether they are still what they were. `close` lets waiting writers go on.

    To be made before the files are checked and mapped: what changes after that shows.
    """

    def __init__(self, directory: Path, names: Iterable[str]) -> None:
        """ReleaseError for a file that cannot be opened, or that something has open for writing."""
        self._files: list[_Guarded] = []
        try:
            for name in names:
                self._files.append(_guard(directory / name))
        except BaseException:
            self.close()
            raise

    @property
    def leased(self) -> bool:
        """Whether writers are held up; otherwise changes are only noticed."""
        return all(file.leased for file in self._files)

    def changed(self) -> str | None:
        """What has happened to a file, in words, or None. Files that are gone are whole in memory and do not count."""
        for file in self._files:
            if file.leased and fcntl.fcntl(file.descriptor, fcntl.F_GETLEASE) != fcntl.F_RDLCK:
                return f"something is about to write to {file.path.name}"
            with suppress(FileNotFoundError):
                if _state(file.path.stat()) != file.state:
                    return f"{file.path.name} has been written to"
        return None

    def close(self) -> None:
        while self._files:
            os.close(self._files.pop().descriptor)


def _guard(path: Path) -> _Guarded:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ReleaseError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        leased = _lease(descriptor)
    except BlockingIOError:
        os.close(descriptor)
        raise ReleaseError(f"{path} is open for writing; a release must not change") from None
    return _Guarded(path, descriptor, _state(os.fstat(descriptor)), leased)


def _lease(descriptor: int) -> bool:
    """Whether the kernel gave a lease. BlockingIOError if something has the file open for writing."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        # A writer is announced by a signal that nobody minds; `changed` asks.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        raise
    except OSError:  # somebody else's file, or a file system that has none
        return False
    return True


def _state(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
