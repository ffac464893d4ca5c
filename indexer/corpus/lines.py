"""Numbered lines of bounded length, as bytes, of a file that may hold anything."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from indexer.errors import CorpusError

# Raised by reading damaged or unreadable files.
READ_ERRORS = (OSError, EOFError, zlib.error)

MIXED_ENDS = "The line has a line end of old Macs (CR alone) in it: save the file with Unix or Windows line ends."


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked if its name ends in .gz; CorpusError if they cannot be read to the end."""
    try:
        with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as stream:
            yield cast(BinaryIO, stream)
    except READ_ERRORS as error:
        reason = getattr(error, "strerror", None) or error
        raise CorpusError(f"{path} cannot be read: {reason}") from error


def numbered_lines(stream: BinaryIO, limit: int) -> Iterator[tuple[int, bytes, bool]]:
    """Lines without their line ends, counted from 1, and whether a line was longer than `limit` bytes (then cut)."""
    number = 0
    while line := stream.readline(limit + 1):
        number += 1
        too_long = len(line) > limit and not line.endswith(b"\n")
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(1 << 16)
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        yield number, line.rstrip(b"\r\n"), too_long
