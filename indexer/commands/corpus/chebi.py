"""`molseek-index corpus chebi`: a thin shell over `indexer.published.chebi`."""

from typing import Annotated

import typer

from indexer.commands.corpus.options import BaseUrl, DryRun, Force, Out, announce, reported_gathering, tell


def chebi(
    out: Out,
    min_stars: Annotated[int, typer.Option(min=0, max=3, help="Minimum ChEBI stars; 3: fully curated terms.")] = 0,
    base_url: BaseUrl = None,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """ChEBI, 200,000 small molecules of biology with sentences about them: molecules.tsv and descriptions.tsv."""
    with reported_gathering(out):
        from indexer.published.chebi import gather_chebi
        from indexer.published.corpus import Addresses
        from model.published.chebi_release import ReleaseOptions
        from model.published.sources import CHEBI

        announce(CHEBI, out, base_url, dry_run)
        tell(gather_chebi(out, ReleaseOptions(min_stars=min_stars), Addresses(base_url, force)))
