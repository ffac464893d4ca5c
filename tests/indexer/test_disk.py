"""What stands in the way of writing, however a library says it."""

from __future__ import annotations

import errno
import resource
import shutil
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from indexer.disk import write_limit

SHORT = OSError("128000 requested and 127968 written")  # NumPy
FAISS = RuntimeError("Error in virtual size_t faiss::FileIOWriter: write error in index: 8 != 9 (File too large)")


@pytest.mark.parametrize(
    ("error", "limit", "what"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), 512, "disk"),
        (sqlite3.OperationalError("database or disk is full"), None, "disk"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), None, "quota"),
        (SHORT, None, "quota"),
        (OSError(errno.EFBIG, "File too large"), None, "file size"),
        (FAISS, None, "file size"),
        (SHORT, 512_000, "file size"),
        (sqlite3.OperationalError("disk I/O error"), 512_000, "file size"),
        (sqlite3.OperationalError("disk I/O error"), None, None),
        (PermissionError(errno.EACCES, "Permission denied"), 512_000, None),
        (RuntimeError("something else"), None, None),
    ],
)
def test_what_stands_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, limit: int | None, what: str | None
) -> None:
    soft = resource.RLIM_INFINITY if limit is None else limit
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, resource.RLIM_INFINITY))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=123_456_789))
    found = write_limit(error, tmp_path)
    assert (found.what if found is not None else None) == what
    wrapped = RuntimeError("the index cannot be written")
    wrapped.__cause__ = error
    assert write_limit(wrapped, tmp_path) == found


def test_it_is_said_with_bytes_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (512_000, 512_000))
    full = write_limit(OSError(errno.ENOSPC, ""), tmp_path)
    large = write_limit(OSError(errno.EFBIG, ""), tmp_path)
    assert full is not None and f"the disk is full: {full.free:,} bytes are free" == str(full)
    assert large is not None and str(large) == "a file may have at most 512,000 bytes here (ulimit -f)"
    assert (full.remedy, large.remedy) == ("free some space", "raise the limit")


def test_any_error_is_of_a_full_disk_where_nothing_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=4096))
    found = write_limit(RuntimeError("cannot write"), tmp_path)
    assert found is not None and found.what == "disk"
