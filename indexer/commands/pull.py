"""`molseek-index pull`: a thin shell over `indexer.release.remote`."""

from typing import Annotated

import typer

from indexer.commands.arguments import Root
from indexer.commands.errors import reported_errors
from indexer.commands.push import Url


def pull(
    url: Url,
    release: Annotated[
        str, typer.Argument(help="A release: its name, a unique prefix of it, or latest.", metavar="RELEASE")
    ],
    directory: Root,
    publish: Annotated[bool, typer.Option("--publish", help="Publish it, if checks pass.")] = False,
) -> None:
    """Copy a release from object storage, verify it, and add it to the releases of DIR."""
    with reported_errors():
        from indexer.release.opened import current_release
        from indexer.release.publish_rules import PublishRules
        from indexer.release.publishing import publish as publish_release
        from indexer.release.remote import pull_release

        path, copied = pull_release(url, release, directory)
        typer.echo(f"{'pulled' if copied else 'already there:'} {path.name}")
        if publish and current_release(directory) != path:
            publish_release(directory, path.name, verified=copied, rules=PublishRules())
            typer.echo(f"published {path.name}")
