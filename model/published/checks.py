"""Checks of downloaded files: size, structure and number of rows.

Each check is a frozen value that is called with the path and raises ContentError with what it found instead.
"""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PIECE = 1 << 20
_DAMAGED = (OSError, EOFError, zlib.error)


class ContentError(ValueError):
    """A file is not what it should be; the message, which follows a colon, says what it is."""


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
        count_rows(count, self.rows)


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
        except _DAMAGED as error:
            raise ContentError(f"it is not a complete gzip file ({error})") from error
        count_rows(terms, self.terms, "terms")


@dataclass(frozen=True, slots=True)
class GzipCheck:
    """A gzip file that is whole; `digest`: its MD5 or SHA-256 as published, in hexadecimal, where there is one."""

    digest: str = ""

    def __call__(self, path: Path) -> None:
        refuse_pages(path)
        if self.digest:
            _compare_digest(path, self.digest)  # says the same of a damaged file, in a tenth of the time
            return
        try:
            with gzip.open(path) as file:
                while file.read(_PIECE):
                    pass
        except _DAMAGED as error:
            raise ContentError(f"it is not a complete gzip file ({error})") from error


@dataclass(frozen=True, slots=True)
class ZipCheck:
    """A zip file whose entries are all whole."""

    def __call__(self, path: Path) -> None:
        refuse_pages(path)
        try:
            with zipfile.ZipFile(path) as archive:
                damaged = archive.testzip()
        except (*_DAMAGED, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise ContentError(f"it is not a complete zip file ({error})") from error
        if damaged is not None:
            raise ContentError(f"it is damaged: {damaged[:80]} in it does not fit its checksum")


@dataclass(frozen=True, slots=True)
class ChecksumsCheck:
    """A small text file of checksums."""

    def __call__(self, path: Path) -> None:
        refuse_pages(path)
        if not read_checksums(path):
            raise ContentError("it has no line of a checksum and a file name")


@dataclass(frozen=True, slots=True)
class Sized:
    """Another check, and before it the bounds of the file's size."""

    min_bytes: int
    max_bytes: int
    check: Callable[[Path], None]

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


def count_rows(count: int, expected: range, what: str = "rows") -> None:
    """Raise ContentError unless `count` is among the `expected`."""
    if count not in expected:
        least, most = expected.start, expected.stop - 1
        published = f"{least:,}" if least == most else f"{least:,} to {most:,}"
        raise ContentError(f"it has {count:,} {what} instead of {published}")


def read_checksums(path: Path) -> dict[str, str]:
    """Checksums by file name, of lines as md5sum and sha256sum write them; other lines are passed over."""
    found = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        digest, _, name = line.strip().partition(" ")
        if len(digest) in _ALGORITHMS and all(letter in "0123456789abcdefABCDEF" for letter in digest):
            found[Path(name.strip().lstrip("*")).name] = digest.lower()
    return found


_ALGORITHMS = {32: "md5", 64: "sha256"}


def _compare_digest(path: Path, published: str) -> None:
    algorithm = _ALGORITHMS[len(published)]
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if found != published:
        raise ContentError(f"its {algorithm.upper()} is {found}, not {published} as published")
