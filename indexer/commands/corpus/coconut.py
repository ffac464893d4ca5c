"""`molseek-index corpus coconut`: a thin shell over `indexer.published.coconut`."""

from typing import Annotated

import typer

from indexer.commands.corpus.options import BaseUrl, DryRun, Force, Out, announce, reported_gathering, tell


def coconut(
    out: Out,
    release: Annotated[
        str | None, typer.Option(help="Month of the release, such as 2026-08. Default: newest.", metavar="YYYY-MM")
    ] = None,
    base_url: BaseUrl = None,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """COCONUT, 700,000 natural products: molecules.tsv with names, synonyms and CAS numbers."""
    with reported_gathering(out):
        from indexer.published.coconut import coconut_source, gather_coconut
        from indexer.published.corpus import Addresses

        announce(coconut_source(release), out, base_url, dry_run)
        tell(gather_coconut(out, release, Addresses(base_url, force)))
