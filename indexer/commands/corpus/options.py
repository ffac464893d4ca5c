"""What the subcommands of `molseek-index corpus` have in common: options, what is said before and after."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from indexer.commands.arguments import directory
from indexer.commands.errors import reported_errors

if TYPE_CHECKING:
    from indexer.published.corpus import GatheredCorpus
    from model.published.sources import DataSource

Out = Annotated[
    Path,
    typer.Option(help="Directory for the downloads and the tables; made if missing.", metavar="DIR", parser=directory),
]
BaseUrl = Annotated[str | None, typer.Option(help="Address of a mirror with the same file names.", metavar="URL")]
Force = Annotated[bool, typer.Option("--force", help="Fetch again what is there, and the newest release.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be fetched, and fetch nothing.")]


@contextmanager
def reported_gathering(out: Path) -> Iterator[None]:
    """As `reported_errors`; a full disk and the like are among them."""
    with reported_errors():
        from indexer.published.corpus import write_limits_reported

        with write_limits_reported(out):
            yield


def announce(source: "DataSource", out: Path, base_url: str | None, dry_run: bool) -> None:
    """Say where the data comes from, under which licence and how much it is; ends the command after a dry run."""
    sizes = [file.about_bytes or 0 for file in source.files]
    parent = next(path for path in (out.absolute(), *out.absolute().parents) if path.exists())
    lines = [
        f"source        {source.title}: {base_url or source.base_url}",
        f"cite          {source.citation}",
        f"licence       {source.licence}",
        f"files         {', '.join(file.name for file in source.files[:6])}{' …' if len(sizes) > 6 else ''}",
        f"size          about {_megabytes(sum(sizes))}, less what is there; "
        f"{_megabytes(shutil.disk_usage(parent).free)} are free in {out}",
    ]
    typer.echo("\n".join(lines))
    if dry_run:
        raise typer.Exit


def tell(corpus: "GatheredCorpus") -> None:
    """Say what was written, and the command that takes it."""
    left_out = f"; {corpus.left_out:,} left out, without a usable structure" if corpus.left_out else ""
    texts = f" --descriptions {corpus.descriptions}" if corpus.descriptions else ""
    typer.echo(
        f"molecules     {corpus.count:,} in {corpus.molecules}, {corpus.named:,} of them named{left_out}\n"
        f"next          molseek-index build --checkpoint compact --molecules {corpus.molecules}{texts} --out INDEX"
    )


def _megabytes(size: int) -> str:
    return f"{size / 1e9:,.1f} GB" if size >= 1e9 else f"{size / 1e6:,.0f} MB"
