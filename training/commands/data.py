"""`molseek-train data`: published data sets fetched, checked and made ready; pairs made of names and structures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from training.naming.common_names import CommonNames, CommonNamesError
from training.naming.named_pairs import make_named_pairs
from training.naming.opsin import Opsin, OpsinError
from training.published.chebi_release import ReleaseOptions, convert_release, held_out_keys
from training.published.download import DownloadError
from training.published.obo import OboError
from training.published.obtain import obtain, write_candidates
from training.published.sources import CHEBI, CHEBI20, PCDES, DataSource
from training.structural.structural_pairs import make_structural_pairs

DATA_ERRORS = (CommonNamesError, DownloadError, OboError, OpsinError)
"""What these commands raise for their user, beside PairFileError."""

data_app = typer.Typer(
    help="Fetch published data sets, turn ChEBI releases into pairs and corpora, make pairs of names and structures."
)

_Out = Annotated[Path, typer.Option(help="Directory for the files.")]
_BaseUrl = Annotated[str | None, typer.Option(help="Base URL of a mirror.")]
_Urls = Annotated[list[str] | None, typer.Option("--url", help="NAME=URL of a single file; repeatable.")]
_Force = Annotated[bool, typer.Option("--force", help="Download again even if a file exists.")]


@data_app.command("chebi20")
def chebi20_command(out: _Out, base_url: _BaseUrl = None, url: _Urls = None, force: _Force = False) -> None:
    """Fetch ChEBI-20: train.txt, validation.txt, test.txt; candidates.tsv holds all their molecules."""
    paths = _fetch(CHEBI20, out, base_url, url, force)
    count = write_candidates(paths, out / "candidates.tsv")
    typer.echo(f"{count:,} molecules in {out / 'candidates.tsv'}")


@data_app.command("pcdes")
def pcdes_command(out: _Out, base_url: _BaseUrl = None, url: _Urls = None, force: _Force = False) -> None:
    """Fetch PCdes: two aligned files; pass their directory to --pairs."""
    _fetch(PCDES, out, base_url, url, force)


@data_app.command("chebi")
def chebi_command(
    out: _Out,
    obo: Annotated[Path | None, typer.Option(help="A ChEBI release, .obo or .obo.gz.")] = None,
    download: Annotated[bool, typer.Option("--download", help="Download the current release to OUT first.")] = False,
    held_out: Annotated[
        list[str] | None, typer.Option(help="File of molecules to exclude from the pairs; repeatable.")
    ] = None,
    min_stars: Annotated[int, typer.Option(min=0, max=3, help="Minimum ChEBI stars; 3: fully curated terms.")] = 0,
    generic: Annotated[bool, typer.Option("--generic", help="Keep structures with wildcard atoms.")] = False,
    base_url: _BaseUrl = None,
    url: _Urls = None,
    force: _Force = False,
) -> None:
    """Turn a ChEBI release into training pairs with rendered captions and into corpora for molseek-index."""
    if download == (obo is not None):
        raise typer.BadParameter("name a release with --obo, or fetch the current one with --download.")
    keys = held_out_keys(held_out or ())  # before anything that takes long
    release = obo if obo is not None else _fetch(CHEBI, out, base_url, url, force)[0]
    options = ReleaseOptions(generic=generic, min_stars=min_stars)
    typer.echo(str(convert_release(release, out, options, keys)))
    typer.echo(f"written to {out}")


@data_app.command("names")
def names_command(
    pairs: Annotated[list[str], typer.Option(help="Training file, PATH?column=value for some rows; repeatable.")],
    out: Annotated[Path, typer.Option(help="Table to write, with its provenance beside it as .json.")],
    held_out: Annotated[
        list[str] | None,
        typer.Option(help="File of molecules to exclude unless --pairs has them; repeatable."),
    ] = None,
    variations: Annotated[int, typer.Option(min=0, max=1000, help="Variations to try of each name.")] = 6,
    common: Annotated[int, typer.Option(min=0, max=100, help="Common names of each molecule of the pairs.")] = 6,
    seed: int = 0,
    workers: Annotated[int, typer.Option(min=0, help="RDKit worker processes; 0 uses this process.")] = 2,
) -> None:
    """Make training pairs from names that captions mention, variations of them, and common names.

    OPSIN reads systematic names; the package `chemicals` supplies common names. Both come with
    `pip install -e '.[names]'`.
    """
    opsin = Opsin.find()  # before anything that takes long
    common_names = CommonNames.find() if common else None
    keys = held_out_keys(held_out or ())
    summary = make_named_pairs(
        pairs,
        keys,
        out,
        variations=variations,
        common=common,
        seed=seed,
        workers=workers,
        opsin=opsin,
        common_names=common_names,
    )
    typer.echo(f"{summary}\nto {out}")


@data_app.command("structures")
def structures_command(
    out: Annotated[Path, typer.Option(help="Table to write, with its provenance beside it as .json.")],
    pairs: Annotated[list[str] | None, typer.Option(help="Training file, PATH?column=value; repeatable.")] = None,
    molecules: Annotated[
        list[str] | None, typer.Option(help="Table with a column of SMILES: further molecules; repeatable.")
    ] = None,
    held_out: Annotated[
        list[str] | None, typer.Option(help="File of molecules to exclude from --molecules; repeatable.")
    ] = None,
    captions: Annotated[int, typer.Option(min=1, max=100, help="Captions of each molecule.")] = 1,
    seed: int = 0,
    workers: Annotated[int, typer.Option(min=0, help="RDKit worker processes; 0 uses this process.")] = 2,
) -> None:
    """Make training pairs from structures: rule-based captions of rings, groups and elements."""
    if not (pairs or molecules):
        raise typer.BadParameter("name training files with --pairs, or others with --molecules.")
    summary = make_structural_pairs(
        pairs or (),
        out,
        molecules=molecules or (),
        held_out=held_out_keys(held_out or ()),
        captions=captions,
        seed=seed,
        workers=workers,
    )
    typer.echo(f"{summary}\nto {out}")


def _fetch(source: DataSource, out: Path, base_url: str | None, urls: list[str] | None, force: bool) -> list[Path]:
    files = obtain(source, out, base_url=base_url, urls=_addresses(urls or []), force=force)
    for file in files:
        origin = f"from {file.url}" if file.url else "already there"
        typer.echo(f"{file.path}: {file.bytes:,} bytes, {origin}")
    typer.echo(f"{source.title}: {source.citation}; {source.licence}")
    return [file.path for file in files]


def _addresses(urls: list[str]) -> dict[str, str]:
    pairs = [url.partition("=") for url in urls]
    for name, equals, address in pairs:
        if not (name and equals and address):
            raise typer.BadParameter(f"{name!r} is not of the form NAME=ADDRESS.", param_hint="--url")
    return {name: address for name, _, address in pairs}
