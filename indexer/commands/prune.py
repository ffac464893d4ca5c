"""`molseek-index prune`: a thin shell over `indexer.release.publishing`."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from indexer.commands.arguments import MilvusUri, Root
from indexer.commands.errors import reported_errors

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def prune(
    directory: Root,
    keep: Annotated[int, typer.Option(min=1, help="Newest releases to keep, beside the current one.")],
    older_than: Annotated[
        str | None, typer.Option(metavar="AGE", help="Remove only releases older than this: 12h, 30d, 8w.")
    ] = None,
    milvus_uri: MilvusUri = None,
) -> None:
    """Remove old releases and the remains of unfinished builds. The current release always stays."""
    age = _age(older_than) if older_than is not None else None
    with reported_errors():
        from indexer.engines.milvus_settings import read_milvus_settings
        from indexer.release.publishing import prune as prune_releases

        removed = prune_releases(directory, keep, age, milvus=read_milvus_settings(milvus_uri))
    typer.echo("\n".join(f"removed {name}" for name in removed) or "no release removed")


def _age(text: str) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,6})([hdw])", text)
    if match is None:
        raise typer.BadParameter(f"--older-than {text}: expected a number and h, d or w, such as 30d")
    return int(match[1]) * _UNITS[match[2]]
