"""`molseek-train data chebi`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.published.chebi_release import ReleaseOptions, convert_release
from model.published.sources import CHEBI
from training.commands.data.fetching import BaseUrl, Force, Out, Urls, fetch_source
from training.pairs.hold_out import held_out_keys


def chebi_command(
    out: Out,
    obo: Annotated[Path | None, typer.Option(metavar="FILE", help="A ChEBI release, .obo or .obo.gz.")] = None,
    download: Annotated[bool, typer.Option("--download", help="Download the current release to OUT first.")] = False,
    held_out: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="File of molecules to exclude from the pairs; repeatable.")
    ] = None,
    min_stars: Annotated[int, typer.Option(min=0, max=3, help="Minimum ChEBI stars; 3: fully curated terms.")] = 0,
    generic: Annotated[bool, typer.Option("--generic", help="Keep structures with wildcard atoms.")] = False,
    base_url: BaseUrl = None,
    url: Urls = None,
    force: Force = False,
) -> None:
    """Turn a ChEBI release into training pairs with rendered captions and into corpora for molseek-index."""
    if download == (obo is not None):
        raise typer.BadParameter("name a release with --obo, or fetch the current one with --download.")
    keys = held_out_keys(held_out or ())  # before anything that takes long
    release = obo if obo is not None else fetch_source(CHEBI, out, base_url, url, force)[0]
    options = ReleaseOptions(generic=generic, min_stars=min_stars)
    typer.echo(str(convert_release(release, out, options, keys)))
    typer.echo(f"written to {out}")
