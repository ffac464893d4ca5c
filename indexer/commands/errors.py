"""How a command of `molseek-index` ends when something that can be expected went wrong."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from indexer.errors import IndexerError

_INTERRUPTED = 130
# What the system calls "File exists" and the like, in words that fit where it happens in these commands.
_REASONS = {
    errno.EEXIST: "this is a file, and a directory is needed",
    errno.ENOTDIR: "a part of this path is a file, and a directory is needed",
    errno.EISDIR: "this is a directory, and a file is needed",
    errno.ENOENT: "this is not there",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.EROFS: "this cannot be written, the file system is read-only",
    errno.ENOSPC: "this cannot be written, the disk is full",
    errno.EDQUOT: "this cannot be written, the disk quota is used up",
    errno.EFBIG: "this cannot be written, files may not be that large here (ulimit -f)",
    errno.ENAMETOOLONG: "this name is too long",
}


@contextmanager
def reported_errors() -> Iterator[None]:
    """Expected errors end the command with one line on standard error and exit code 1."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo("interrupted; finished parts are kept: run the same command again to resume", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    except (OSError, RuntimeError) as error:
        # Imported only now: `list` and `rollback` must not wait for the checkpoint's libraries.
        from model.checkpoint.info import CheckpointError
        from model.published.download import DownloadError

        if not isinstance(error, (OSError, IndexerError, CheckpointError, DownloadError)):
            raise
        text = _sentence(error) if isinstance(error, OSError) else str(error)
        typer.echo(f"error: {' '.join(text.split())}", err=True)
        raise typer.Exit(1) from None


def _sentence(error: OSError) -> str:
    """What the system says, without its number: the path that it names, and why."""
    if error.errno is None:
        return str(error)
    reason = _REASONS.get(error.errno) or error.strerror or os.strerror(error.errno)
    place = os.fsdecode(error.filename) if isinstance(error.filename, (str, bytes, os.PathLike)) else ""
    return f"{place}: {reason}" if place else reason.removeprefix("this cannot be written, ")
