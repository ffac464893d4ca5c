"""`molseek-index import`: a thin shell over `indexer.release.archive`."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.commands.arguments import MilvusUri, Root
from indexer.commands.errors import reported_errors


def import_release(
    file: Annotated[Path, typer.Argument(help="Archive that `export` wrote.", metavar="FILE.tar")],
    directory: Root,
    publish: Annotated[bool, typer.Option("--publish", help="Publish it, if checks pass.")] = False,
    milvus_uri: MilvusUri = None,
) -> None:
    """Unpack and verify a release that was exported, and add it to the releases of DIR."""
    with reported_errors():
        from indexer.engines.milvus_settings import read_milvus_settings
        from indexer.release.archive import import_release as unpack
        from indexer.release.opened import current_release
        from indexer.release.publish_rules import PublishRules
        from indexer.release.publishing import publish as publish_release

        milvus = read_milvus_settings(milvus_uri)
        path, unpacked = unpack(file, directory, milvus)
        typer.echo(f"{'imported' if unpacked else 'already there:'} {path.name}")
        if publish and current_release(directory) != path:
            publish_release(directory, path.name, verified=unpacked, rules=PublishRules(), milvus=milvus)
            typer.echo(f"published {path.name}")
