"""COCONUT: natural products, from the CSV in a zip file that appears every month.

The newest is found on the page of downloads. Lists in a cell are separated by `|`; cells have quotes, commas and line
breaks; early releases have no names.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from indexer.errors import CorpusError
from indexer.published.corpus import MAX_BYTES, Addresses, GatheredCorpus, MoleculeTable
from model.published.checks import ContentError, Sized, ZipCheck
from model.published.download import fetch
from model.published.sources import DataSource, RemoteFile

_SITE = "https://coconut.naturalproducts.net"
_FILES = "https://coconut.s3.uni-jena.de/prod/downloads"
_LINK = re.compile(r"coconut_csv-(\d\d)-(\d{4})\.zip")
_MAX_CELL = 10_000_000


def coconut_source(release: str | None) -> DataSource:
    """The release of a month (`2026-08`), or of an unknown one. CorpusError where it is no month."""
    if release is not None and not re.fullmatch(r"\d{4}-\d\d", release):
        raise CorpusError(f"{release!r} is no month such as 2026-08")
    year, month = release.split("-") if release else ("YYYY", "MM")
    file = RemoteFile(f"coconut_csv-{month}-{year}.zip", Sized(1, MAX_BYTES, ZipCheck()), 210_000_000)
    return DataSource(
        key="coconut",
        title=f"COCONUT, {release or 'newest release'}",
        base_url=f"{_FILES}/{year}-{month}",
        files=(file,),
        citation="Chandrasekhar et al.: COCONUT 2.0, Nucleic Acids Research 53, 2025",
        licence="CC0 1.0",
    )


def gather_coconut(out: Path, release: str | None, addresses: Addresses) -> GatheredCorpus:
    """Fetch a release into `out` and write `molecules.tsv`, with names, synonyms and CAS numbers.

    Without a release it is the newest of `out`; of the page `download`, where there is none or with `force`.

    Raises:
        DownloadError: a file cannot be fetched.
        CorpusError: a file is not in the format that COCONUT publishes.
    """
    if release is None:
        here = None if addresses.force else _newest(" ".join(path.name for path in out.glob("coconut_csv-*.zip")))
        release = here or _newest_on(f"{addresses.base_url or _SITE}/download", out)
    files = addresses.fetch(coconut_source(release), out)
    with MoleculeTable(out) as table:
        for row in _rows(files[0].path):
            names = [row.get("iupac_name", ""), *row.get("synonyms", "").split("|"), *row.get("cas", "").split("|")]
            table.write(row["identifier"], row["canonical_smiles"], row.get("name", ""), names)
        return table.finish(files)


def _newest_on(page: str, out: Path) -> str:
    path = out / "download.html"
    fetch(page, path, max_bytes=50_000_000, check=_require_link)
    try:
        newest = _newest(path.read_text(encoding="utf-8", errors="replace"))
    finally:
        path.unlink()
    assert newest is not None  # it passed its check
    return newest


def _require_link(path: Path) -> None:
    if _newest(path.read_text(encoding="utf-8", errors="replace")) is None:
        raise ContentError("it names no coconut_csv-MM-YYYY.zip; say which month with --release 2026-08")


def _newest(text: str) -> str | None:
    return max((f"{year}-{month}" for month, year in _LINK.findall(text)), default=None)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    before = csv.field_size_limit(_MAX_CELL)  # organisms and synonyms of common compounds
    try:
        with zipfile.ZipFile(path) as archive:
            tables = [one for one in archive.infolist() if one.filename.lower().endswith(".csv")]
            tables = [one for one in tables if not one.filename.startswith("__MACOSX/")]
            if not tables:
                raise CorpusError(f"{path} has no CSV file in it")
            largest = max(tables, key=lambda one: one.file_size)
            with archive.open(largest) as raw:
                text = io.TextIOWrapper(raw, encoding="utf-8-sig", errors="replace", newline="")
                yield from _records(path, csv.DictReader(text))
    finally:
        csv.field_size_limit(before)


def _records(path: Path, reader: csv.DictReader[str]) -> Iterator[dict[str, str]]:
    columns = reader.fieldnames or []
    missing = [name for name in ("identifier", "canonical_smiles") if name not in columns]
    if missing:
        raise CorpusError(f"{path} has no column {missing[0]}; its columns are: {', '.join(columns)[:200]}")
    try:
        for row in reader:
            if len(row) != len(columns) or None in row.values():
                raise CorpusError(f"{path}, line {reader.line_num}: not as many columns as the header has")
            yield row
    except csv.Error as error:
        raise CorpusError(f"{path}, line {reader.line_num}: {error}") from error
