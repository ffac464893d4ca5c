"""`molseek-index corpus chembl`: a thin shell over `indexer.published.chembl`."""

from typing import Annotated

import typer

from indexer.commands.corpus.options import BaseUrl, DryRun, Force, Out, announce, reported_gathering, tell


def chembl(
    out: Out,
    release: Annotated[int | None, typer.Option(min=1, help="Release, such as 36. Default: latest.")] = None,
    names: Annotated[
        bool, typer.Option("--names/--no-names", help="Fetch preferred names (default): 900 MB more.")
    ] = True,
    base_url: BaseUrl = None,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """ChEMBL, 2.5 million bioactive molecules: molecules.tsv with ChEMBL ids and preferred names."""
    with reported_gathering(out):
        from indexer.published.chembl import chembl_source, gather_chembl
        from indexer.published.corpus import Addresses

        announce(chembl_source(release, names), out, base_url, dry_run)
        tell(gather_chembl(out, release, names, Addresses(base_url, force)))
