"""A finished SQLite file, for many threads: each query borrows a connection from a small pool.

The file is opened as immutable, so no lock files appear beside it and it may lie on a read-only volume.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from indexer.errors import ReleaseError


class ReadOnlyDatabase:
    """Connections are made as they are needed and kept. After `close`, queries raise ReleaseError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._uri = path.resolve().as_uri() + "?mode=ro&immutable=1"
        self._idle: list[sqlite3.Connection] = []
        self._lock = Lock()
        self._closed = False

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection of one's own until the block ends. ReleaseError where SQLite cannot read the file."""
        with self._lock:
            if self._closed:
                raise ReleaseError(f"{self._path} has been closed")
            connection = self._idle.pop() if self._idle else None
        try:
            if connection is None:
                connection = sqlite3.connect(self._uri, uri=True, check_same_thread=False)
            yield connection
        except sqlite3.Error as error:
            raise ReleaseError(f"{self._path} cannot be read: {error}") from error
        finally:
            self._give_back(connection)

    def close(self) -> None:
        """Close idle connections now and borrowed ones when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _give_back(self, connection: sqlite3.Connection | None) -> None:
        if connection is None:
            return
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()
