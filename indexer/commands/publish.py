"""`molseek-index publish`: a thin shell over `indexer.release.publishing`."""

from typing import Annotated

import typer

from indexer.commands.arguments import Force, MilvusUri, Release, Root
from indexer.commands.errors import reported_errors


def publish(
    directory: Root,
    release: Release,
    force: Force = False,
    max_drop: Annotated[
        float,
        typer.Option(
            min=0, max=1, metavar="SHARE", help="Maximum share of molecules or descriptions that may be gone."
        ),
    ] = 0.2,
    min_recall: Annotated[
        float, typer.Option(min=0, max=1, metavar="RECALL", help="Minimum recall@10 of an index.")
    ] = 0.9,
    new_checkpoint: Annotated[
        bool, typer.Option("--new-checkpoint", help="Publish a release of another checkpoint than the one served.")
    ] = False,
    milvus_uri: MilvusUri = None,
) -> None:
    """Verify a release and serve it, if it passes the checks beside the one served now."""
    with reported_errors():
        from indexer.engines.milvus_settings import read_milvus_settings
        from indexer.release.publish_rules import PublishRules
        from indexer.release.publishing import publish as publish_release

        rules = None if force else PublishRules(max_drop=max_drop, min_recall=min_recall, new_checkpoint=new_checkpoint)
        path = publish_release(directory, release, rules=rules, milvus=read_milvus_settings(milvus_uri))
    typer.echo(f"published {path.name}")
