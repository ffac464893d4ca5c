"""`molseek-index rollback`: a thin shell over `indexer.release.publishing`."""

import typer

from indexer.commands.arguments import MilvusUri, Root
from indexer.commands.errors import reported_errors


def rollback(directory: Root, milvus_uri: MilvusUri = None) -> None:
    """Serve the release that was served before the current one."""
    with reported_errors():
        from indexer.release.publishing import rollback as roll_back

        path = roll_back(directory)
    typer.echo(f"rolled back to {path.name}")
