"""A full disk, at any moment of a build, is one sentence: which directory, and about how many bytes are missing."""

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.build.job import Job
from indexer.errors import BuildError
from indexer.release.names import PARTIAL
from indexer.release.opened import RELEASES

# Of a molecule beside vector and text: fingerprints, keys, columns, and its record.
_BYTES_A_ROW = 900
# Less than a file system hands out in practice.
_NOTHING = 1 << 20


@contextmanager
def disk_full_reported(job: Job) -> Iterator[None]:
    """Turn what libraries raise on a full disk into a BuildError. Finished shards stay; a partial release goes."""
    try:
        yield
    except (OSError, RuntimeError, sqlite3.Error) as error:
        out = job.options.out
        free = shutil.disk_usage(out).free
        if not _is_full(error, free):
            raise
        missing = max(_expected_bytes(job) - _written_bytes(job) - free, _NOTHING)
        for partial in (out / RELEASES).glob(f"*{PARTIAL}"):
            shutil.rmtree(partial, ignore_errors=True)
        raise BuildError(
            f"{out}: the disk is full: {free:,} bytes are free, and the build needs about {missing:,} more. "
            "Finished parts are kept: free some space and run the same command again"
        ) from error


def _is_full(error: BaseException, free: int) -> bool:
    """Whether the disk was full: some libraries name the reason, others say only that they could not write."""
    named: BaseException | None = error
    while named is not None:
        if isinstance(named, OSError) and named.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        if isinstance(named, sqlite3.Error) and "disk is full" in str(named):
            return True
        named = named.__cause__
    return free < _NOTHING


def _expected_bytes(job: Job) -> int:
    """About what shards and release take together. Texts are counted by the size of the files that they are in."""
    row = job.checkpoint.encoder.dim * 4 + _BYTES_A_ROW
    rows = sum(corpus.rows or 0 for corpus in job.corpora)
    texts = sum(corpus.file.path.stat().st_size for corpus in job.corpora)
    return 2 * (rows * row + texts)


def _written_bytes(job: Job) -> int:
    places = [job.work, *(job.options.out / RELEASES).glob(f"*{PARTIAL}")]
    return sum(file.stat().st_size for place in places for file in Path(place).rglob("*") if file.is_file())
