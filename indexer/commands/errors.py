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
        typer.echo("interrupted; finished parts are kept, run the same command again to continue", err=True)
        raise typer.Exit(_INTERRUPTED) from None
    except IndexerError as error:
        problem = str(error)
    except OSError as error:
        problem = str(error)
    except RuntimeError as error:
        # CheckpointError, by name: importing it would load the network's libraries for `list` and `rollback` too.
        if type(error).__name__ != "CheckpointError":
            raise
        problem = str(error)
    else:
        return
    typer.echo(f"error: {' '.join(problem.split())}", err=True)
    raise typer.Exit(1)
