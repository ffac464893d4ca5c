"""`molseek-index corpus pubchem-subset`: a thin shell over `indexer.published.pubchem`."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.commands.corpus.options import BaseUrl, DryRun, Force, Out, announce, reported_gathering, tell


def pubchem_subset(
    out: Out,
    cids: Annotated[
        str | None, typer.Option(help="CIDs and ranges of CIDs, such as 1-500000,1983.", metavar="CIDS")
    ] = None,
    cid_file: Annotated[
        Path | None, typer.Option(help="File with CIDs in its first column, .gz or not.", metavar="FILE")
    ] = None,
    sdf: Annotated[
        bool,
        typer.Option(
            "--sdf", help="Fetch SDF files of 500,000 CIDs each (300 MB), with IUPAC names but no titles and synonyms."
        ),
    ] = False,
    base_url: BaseUrl = None,
    force: Force = False,
    dry_run: DryRun = False,
) -> None:
    """A part of PubChem by CID: molecules.tsv with titles and synonyms, from the listings of all compounds."""
    if (cids is None) == (cid_file is None):
        raise typer.BadParameter("name the compounds with --cids or with --cid-file.")
    with reported_gathering(out):
        from indexer.published.corpus import Addresses
        from indexer.published.pubchem import Cids, gather_listings, gather_sdf, listings_source, sdf_source

        chosen = Cids.parse(cids) if cids is not None else Cids.read(Path(str(cid_file)))
        announce(sdf_source(chosen) if sdf else listings_source(), out, base_url, dry_run)
        gather = gather_sdf if sdf else gather_listings
        tell(gather(out, chosen, Addresses(base_url, force)))
