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
    publish: Annotated[
        bool,
        typer.Option("--publish", help="Publish it, if checks pass; latest only if it was never served from DIR."),
    ] = False,
) -> None:
    """Copy a release from object storage, verify it, and add it to the releases of DIR.

    With --publish, latest does not undo a rollback: a release that was served before is not published again.
    """
    with reported_errors():
        from indexer.release.opened import current_release
        from indexer.release.publish_rules import PublishRules
        from indexer.release.publishing import publish as publish_release
        from indexer.release.publishing import publish_new
        from indexer.release.remote import LATEST, pull_release

        path, copied = pull_release(url, release, directory)
        typer.echo(f"{'pulled' if copied else 'already there:'} {path.name}")
        current = current_release(directory)
        if not publish or current == path:
            return
        if release != LATEST:  # somebody named it, and means it
            publish_release(directory, path.name, verified=copied, rules=PublishRules())
        elif not publish_new(directory, path.name, verified=copied, rules=PublishRules()):
            since = f", and {current.name} is served since" if current is not None else ""
            typer.echo(
                f"not published: {path.name} was served before{since}; to serve it again: "
                f"molseek-index publish {directory} {path.name}"
            )
            return
        typer.echo(f"published {path.name}")
