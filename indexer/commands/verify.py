"""`molseek-index verify`: a thin shell over `indexer.release.publishing`."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.commands.arguments import MilvusUri, directory
from indexer.commands.errors import reported_errors
from indexer.commands.list_releases import release_line


def verify(
    directory: Annotated[
        Path, typer.Argument(help="Index directory or one release directory.", metavar="DIR", parser=directory)
    ],
    milvus_uri: MilvusUri = None,
) -> None:
    """Check every file of every release against its digest."""
    with reported_errors():
        from indexer.engines.milvus_settings import read_milvus_settings
        from indexer.release.publishing import verify as verify_all

        summaries = verify_all(directory, read_milvus_settings(milvus_uri))
    for summary in summaries:
        typer.echo(release_line(summary, verified=True), err=summary.problem is not None)
    if any(summary.problem for summary in summaries):
        raise typer.Exit(1)
