"""How a command of `molseek-index` ends when something that can be expected went wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from indexer.errors import IndexerError

_INTERRUPTED = 130


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
        typer.echo(f"error: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(1) from None
