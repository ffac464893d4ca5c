"""Why nothing more can be written: a full disk, a quota, a limit on the size of a file.

Libraries say it in different ways: by an error number, by its text, or only that they wrote less than they should have.
"""

import errno
import os
import re
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

NOTHING = 1 << 20
"""Less than a file system hands out in practice."""

_CODES = {errno.ENOSPC: "disk", errno.EDQUOT: "quota", errno.EFBIG: "file size"}
_TEXTS = {**{os.strerror(code): code for code in _CODES}, "disk is full": errno.ENOSPC}
# NumPy's "128000 requested and 127968 written", and what SQLite says of a limit on the size of files.
_SHORT = re.compile(r"\d+ requested and \d+ written|disk I/O error")


@dataclass(frozen=True, slots=True)
class WriteLimit:
    """What stands in the way; `str()` is a clause that says so. `largest`: bytes that a file may have, if limited."""

    what: Literal["disk", "quota", "file size"]
    free: int
    largest: int | None

    def __str__(self) -> str:
        if self.what == "quota":
            return f"the disk quota is used up, though {self.free:,} bytes of the disk are free"
        if self.what == "disk":
            return f"the disk is full: {self.free:,} bytes are free"
        if self.largest is None:
            return f"a file became larger than the file system allows ({self.free:,} bytes are free)"
        return f"a file may have at most {self.largest:,} bytes here (ulimit -f)"

    @property
    def remedy(self) -> str:
        return "raise the limit" if self.what == "file size" else "free some space"


def write_limit(error: BaseException, directory: Path) -> WriteLimit | None:
    """What kept a library from writing below `directory`; None for an error of another kind."""
    free = shutil.disk_usage(directory).free
    soft, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = None if soft == resource.RLIM_INFINITY else soft
    errors = list(_causes(error))
    code = next(filter(None, map(_code, errors)), None)
    if code == errno.EDQUOT:
        return WriteLimit("quota", free, largest)
    if code == errno.EFBIG:
        return WriteLimit("file size", free, largest)
    if code == errno.ENOSPC or free < NOTHING:
        return WriteLimit("disk", free, largest)
    if not any(_SHORT.search(str(one)) for one in errors):
        return None
    if largest is not None:
        return WriteLimit("file size", free, largest)
    # The disk has space again, as when another program gave some back; SQLite's words may mean a broken disk.
    return None if isinstance(errors[-1], sqlite3.Error) else WriteLimit("quota", free, largest)


def _causes(error: BaseException) -> Iterator[BaseException]:
    named: BaseException | None = error
    while named is not None:
        yield named
        named = named.__cause__


def _code(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno in _CODES:
        return error.errno
    return next((code for text, code in _TEXTS.items() if text in str(error)), None)
