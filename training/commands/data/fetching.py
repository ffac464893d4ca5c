"""Options and output shared by the commands that fetch a published data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from model.published.fetching import fetch_files
from model.published.sources import DataSource

Out = Annotated[Path, typer.Option(metavar="DIR", help="Directory for the files.")]
BaseUrl = Annotated[str | None, typer.Option(metavar="URL", help="Base URL of a mirror.")]
Urls = Annotated[
    list[str] | None, typer.Option("--url", metavar="NAME=URL", help="NAME=URL of a single file; repeatable.")
]
Force = Annotated[bool, typer.Option("--force", help="Download again even if a file exists.")]


def fetch_source(
    source: DataSource, out: Path, base_url: str | None, urls: list[str] | None, force: bool
) -> list[Path]:
    """Fetch all files of a data set and print where each came from; their paths."""
    files = fetch_files(source, out, base_url=base_url, urls=_url_of_file(urls or []), force=force)
    for file in files:
        origin = f"from {file.url}" if file.url else "already there"
        typer.echo(f"{file.path}: {file.bytes:,} bytes, {origin}")
    typer.echo(f"{source.title}: {source.citation}; {source.licence}")
    return [file.path for file in files]


def _url_of_file(urls: list[str]) -> dict[str, str]:
    pairs = [url.partition("=") for url in urls]
    for name, equals, url in pairs:
        if not (name and equals and url):
            raise typer.BadParameter(f"{name!r} is not of the form NAME=URL.", param_hint="--url")
    return {name: url for name, _, url in pairs}
