"""`molseek-index push`: a thin shell over `indexer.release.remote`."""

from typing import Annotated

import typer

from indexer.commands.arguments import Release, Root
from indexer.commands.errors import reported_errors

Url = Annotated[
    str,
    typer.Argument(help="Place in object storage, such as s3://bucket/molseek.", metavar="URL"),
]


def push(directory: Root, release: Release, url: Url) -> None:
    """Verify a release and copy it to object storage. An interrupted copy is resumed."""
    with reported_errors():
        from indexer.release.remote import push_release
        from indexer.store import shown

        name, size = push_release(directory, release, url)
    typer.echo(f"pushed {name} to {shown(url)} ({size:,} bytes copied)")
