"""Checks of downloaded files: size, structure and number of rows.

Each check is a frozen value that is called with the path and raises ContentError with what it found instead.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

from training.pairs.tables import PairFileError, Source, read_table


class ContentError(ValueError):
    """A file is not what it should be; the message, which follows a colon, says what it is."""


@dataclass(frozen=True, slots=True)
class TableCheck:
    """A tab-separated table with exactly these columns (any case), this many rows, and a structure in each."""

    columns: tuple[str, ...]
    structure: str
    rows: range

    def __call__(self, path: Path) -> None:
        refuse_pages(path)
        try:
            table = read_table(Source(path))
        except PairFileError as error:
            raise ContentError(str(error).rstrip(".")) from error
        if table.columns != self.columns:
            raise ContentError(f"its columns are {_listed(table.columns)} instead of {_listed(self.columns)}")
        if table.rejects:
            first = table.rejects[0]
            raise ContentError(f"{len(table.rejects):,} rows cannot be read (line {first.line}: {first.reason})")
        _count_rows(len(table.rows), self.rows)
        for row in table.rows:
            if not row.fields[self.structure]:
                raise ContentError(f"line {row.line} has no {self.structure}")


@dataclass(frozen=True, slots=True)
class LinesCheck:
    """A text file of this many lines; filled: none of them is empty."""

    rows: range
    filled: bool

    def __call__(self, path: Path) -> None:
        refuse_pages(path)
        count = 0
        try:
            with path.open(encoding="utf-8", newline="\n") as file:
                for count, line in enumerate(file, start=1):
                    if self.filled and not line.strip():
                        raise ContentError(f"line {count} is empty")
        except UnicodeDecodeError as error:
            raise ContentError(f"it is not UTF-8 text (after line {count})") from error
        _count_rows(count, self.rows)


@dataclass(frozen=True, slots=True)
class OboCheck:
    """A gzip-compressed OBO file, complete, with this many terms."""

    terms: range

    def __call__(self, path: Path) -> None:
        refuse_pages(path)
        terms = 0
        try:
            with gzip.open(path) as file:
                if not file.readline(200).lstrip(b"\xef\xbb\xbf").startswith(b"format-version:"):
                    raise ContentError("it is not an OBO file (its first line is not 'format-version:')")
                terms = sum(line.rstrip() == b"[Term]" for line in file)
        except (OSError, EOFError, zlib.error) as error:
            raise ContentError(f"it is not a complete gzip file ({error})") from error
        _count_rows(terms, self.terms, "terms")


@dataclass(frozen=True, slots=True)
class Sized:
    """Another check, and before it the bounds of the file's size."""

    min_bytes: int
    max_bytes: int
    check: TableCheck | LinesCheck | OboCheck

    def __call__(self, path: Path) -> None:
        size = path.stat().st_size
        if not self.min_bytes <= size <= self.max_bytes:
            refuse_pages(path)  # says more than the size does
            raise ContentError(f"it is {size:,} bytes long instead of {self.min_bytes:,} to {self.max_bytes:,}")
        self.check(path)


def refuse_pages(path: Path) -> None:
    """Raise ContentError for what sites send in place of a file: a web page, a Git LFS pointer, nothing."""
    with path.open("rb") as file:
        start = file.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise ContentError("it is empty")
    if start.startswith((b"<!doctype html", b"<html", b"<?xml", b"<head", b"<body")):
        raise ContentError("it is a web page, not the file")
    if start.startswith(b"version https://git-lfs."):
        raise ContentError("it is a Git LFS pointer, not the file")


def _count_rows(count: int, expected: range, what: str = "rows") -> None:
    if count not in expected:
        least, most = expected.start, expected.stop - 1
        published = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        raise ContentError(f"it has {count:,} {what} instead of {published}")


def _listed(columns: tuple[str, ...]) -> str:
    shown = ", ".join(column[:40] for column in columns[:8])
    return f"{shown}, …" if len(columns) > 8 else shown
