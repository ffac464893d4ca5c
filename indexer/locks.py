"""Locks of an index directory: one build and one publication at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Literal

from indexer.errors import LockedError

# A publication takes milliseconds (verification comes before it); a longer wait means a stuck process.
_PUBLISH_WAIT = 30.0
BUILD_LOCK = ".build.lock"


@contextmanager
def exclusive(root: Path, what: Literal["build", "publish"]) -> Iterator[None]:
    """Hold the lock for builds (refused at once if taken) or for publications (waited for, briefly).

    There are two locks, so a rollback works while a build runs. The system releases them when the process ends, however
    it ends. LockedError names the process that holds the lock.
    """
    root.mkdir(parents=True, exist_ok=True)
    path = root / (BUILD_LOCK if what == "build" else ".publish.lock")
    patience = monotonic() + (_PUBLISH_WAIT if what == "publish" else 0.0)
    with path.open("a+", encoding="utf-8") as stream:
        while True:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if monotonic() >= patience:
                    stream.seek(0)
                    holder = stream.read().strip() or "unknown"
                    raise LockedError(f"another {what} is under way in {root} (process {holder})") from None
                sleep(0.05)
        stream.truncate(0)
        stream.write(f"{os.getpid()}\n")
        stream.flush()
        yield
