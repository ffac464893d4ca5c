"""`molseek-index export`: a thin shell over `indexer.release.archive`."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.commands.arguments import MilvusUri, Release, Root
from indexer.commands.errors import reported_errors


def export(
    directory: Root,
    release: Release,
    file: Annotated[Path, typer.Argument(help="Archive to write; must not exist.", metavar="FILE.tar")],
    milvus_uri: MilvusUri = None,
) -> None:
    """Verify a release and write it as one archive."""
    with reported_errors():
        from indexer.engines.milvus_settings import read_milvus_settings
        from indexer.release.archive import export_release

        size = export_release(directory, release, file, read_milvus_settings(milvus_uri))
    typer.echo(f"exported {release} to {file} ({size:,} bytes)")
