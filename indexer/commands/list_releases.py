"""`molseek-index list`: a thin shell over `indexer.release.publishing`."""

from typing import TYPE_CHECKING

import typer

from indexer.commands.arguments import Root
from indexer.commands.errors import reported_errors
from model.counts import counted

if TYPE_CHECKING:
    from indexer.release.publishing import ReleaseSummary


def list_releases(directory: Root) -> None:
    """List the releases, oldest first; an asterisk marks the one that is served."""
    with reported_errors():
        from indexer.release.publishing import list_releases as all_releases

        summaries = all_releases(directory)
    if not summaries:
        typer.echo(f"{directory} has no releases")
    for summary in summaries:
        typer.echo(release_line(summary))


def release_line(summary: "ReleaseSummary", verified: bool = False) -> str:
    """One line about a release."""
    mark = "*" if summary.current else " "
    if summary.manifest is None:
        return f"{mark} {summary.name}  DAMAGED: {summary.problem}"
    m = summary.manifest
    molecules, descriptions = counted(m.counts.molecules, "molecule"), counted(m.counts.descriptions, "description")
    counts = f"{molecules:>21}  {descriptions:>24}"
    state = "  verified" if verified else ""
    return f"{mark} {summary.name}  {counts}  {m.engine}/{m.kind}  checkpoint {m.checkpoint.name}{state}"
