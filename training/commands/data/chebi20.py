"""`molseek-train data chebi20`."""

from __future__ import annotations

import typer

from model.counts import counted
from training.commands.data.fetching import BaseUrl, Force, Out, Urls, fetch_source
from training.published.candidates import write_candidates
from training.published.sources import CHEBI20


def chebi20_command(out: Out, base_url: BaseUrl = None, url: Urls = None, force: Force = False) -> None:
    """Fetch ChEBI-20: train.txt, validation.txt, test.txt; candidates.tsv holds all their molecules."""
    paths = fetch_source(CHEBI20, out, base_url, url, force)
    count = write_candidates(paths, out / "candidates.tsv")
    typer.echo(f"{counted(count, 'molecule')} in {out / 'candidates.tsv'}")
