"""`molseek-index rollback`: a thin shell over `indexer.release.publishing`."""

import typer

from indexer.commands.arguments import MilvusUri, Root
from indexer.commands.errors import reported_errors


def rollback(directory: Root, milvus_uri: MilvusUri = None) -> None:
    """Serve the release that was served before the current one; again to go back one more."""
    with reported_errors():
        from indexer.engines.milvus_settings import read_milvus_settings
        from indexer.release import current_release
        from indexer.release.publishing import rollback as roll_back

        left = current_release(directory)
        path = roll_back(directory, read_milvus_settings(milvus_uri))
    typer.echo(f"rolled back to {path.name}")
    if left is not None:
        typer.echo(f"to go forward again: molseek-index publish {directory} {left.name}")
