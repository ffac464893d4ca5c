"""`molseek-index export`: a thin shell over `indexer.release.archive`."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.commands.arguments import Release, Root
from indexer.commands.errors import reported_errors


def export(
    directory: Root,
    release: Release,
    file: Annotated[Path, typer.Argument(help="Archive to write; must not exist.", metavar="FILE.tar")],
) -> None:
    """Verify a release and write it as one archive."""
    with reported_errors():
        from indexer.release.archive import export_release

        size = export_release(directory, release, file)
    typer.echo(f"exported {release} to {file} ({size:,} bytes)")
