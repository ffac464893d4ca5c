"""TSV (no quoting, as the files of this field are) and CSV (RFC 4180 quoting) with a header line."""

import csv
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.corpus.columns import find_columns, require_columns
from indexer.corpus.lines import numbered_lines, open_bytes
from indexer.corpus.rows import CorpusLimits, FieldName, Reject, Role, Row, RowMaker
from indexer.errors import CorpusError

# Lines that one quoted CSV record may span. A quote that is never closed costs its own line, not the file.
_MAX_RECORD_LINES = 200


@dataclass(frozen=True, slots=True)
class Header:
    """The header line: where it is, how columns are separated, what they are called and which are used."""

    line: int
    delimiter: str
    quoted: bool
    columns: tuple[str, ...]
    fields: Mapping[FieldName, int]


def read_header(
    path: Path, role: Role, limits: CorpusLimits, chosen: Mapping[FieldName, str], csv_like: bool
) -> Header:
    """Read the first line that is not blank. CorpusError if there is none or it lacks the column that is needed."""
    with open_bytes(path) as stream:
        for number, line, too_long in numbered_lines(stream, limits.max_row_bytes):
            if not line.strip():
                continue
            if too_long or b"\0" in line:
                raise CorpusError(f"{path} is not a text table: its header line is binary or too long")
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError as error:
                raise CorpusError(f"{path} is not UTF-8 text: its header line cannot be decoded") from error
            delimiter = max(",\t;", key=text.count) if csv_like else "\t"
            try:
                columns = _split_csv(text, delimiter) if csv_like else text.split("\t")
            except csv.Error as error:
                raise CorpusError(f"{path} has a header line that is not CSV: {error}") from error
            fields = find_columns(columns, chosen)
            require_columns(str(path), role, columns, fields)
            return Header(number, delimiter, csv_like, tuple(columns), fields)
    raise CorpusError(f"{path} is empty")


def read_delimited(path: Path, header: Header, maker: RowMaker) -> Iterator[Row | Reject]:
    """Rows after the header. Blank lines are no rows."""
    with open_bytes(path) as stream:
        lines = numbered_lines(stream, maker.limits.max_row_bytes)
        for number, _, _ in lines:
            if number == header.line:
                break
        yield from _read_quoted(lines, header, maker) if header.quoted else _read_plain(lines, header, maker)


def _read_plain(lines: Iterator[tuple[int, bytes, bool]], header: Header, maker: RowMaker) -> Iterator[Row | Reject]:
    for number, line, too_long in lines:
        if too_long:
            yield _too_long(maker, number, line)
        elif line.strip():
            text = line.decode("utf-8", "surrogateescape")
            yield _make(maker, header, number, text.split(header.delimiter), line)


def _read_quoted(lines: Iterator[tuple[int, bytes, bool]], header: Header, maker: RowMaker) -> Iterator[Row | Reject]:
    ahead: deque[tuple[int, bytes, bool]] = deque()
    while True:
        if not ahead:
            following = next(lines, None)
            if following is None:
                return
            ahead.append(following)
        number, line, too_long = ahead.popleft()
        if too_long:
            yield _too_long(maker, number, line)
            continue
        if not line.strip():
            continue
        text = line.decode("utf-8", "surrogateescape")
        if '"' not in text:
            yield _make(maker, header, number, text.split(header.delimiter), line)
            continue
        record = _Record(text, lines, ahead, maker.limits.max_row_bytes)
        try:
            cells = _split_csv(record, header.delimiter)
        except (csv.Error, _OpenQuoteError) as error:
            # Only this line is given up; the lines that were read ahead are rows in their own right.
            ahead.extendleft(reversed(record.taken))
            yield maker.reject(number, "row", "malformed_csv", f"The row is not CSV: {error}.", line)
            continue
        yield _make(maker, header, number, cells, line)


class _OpenQuoteError(Exception):
    """A quoted field goes on for longer than a record may."""


class _Record:
    """The lines of one CSV record, handed out while the CSV reader asks for more; remembers what it took."""

    def __init__(
        self, first: str, lines: Iterator[tuple[int, bytes, bool]], ahead: deque[tuple[int, bytes, bool]], limit: int
    ) -> None:
        self.taken: list[tuple[int, bytes, bool]] = []
        self._first = first
        self._lines = lines
        self._ahead = ahead
        self._limit = limit

    def __iter__(self) -> Iterator[str]:
        yield self._first + "\n"
        size = len(self._first)
        while True:
            following = self._ahead.popleft() if self._ahead else next(self._lines, None)
            if following is None:
                raise _OpenQuoteError("a quote is never closed")
            self.taken.append(following)
            _, line, too_long = following
            size += len(line)
            if too_long or size > self._limit or len(self.taken) >= _MAX_RECORD_LINES:
                raise _OpenQuoteError("a quote is not closed within the lines that a record may span")
            yield line.decode("utf-8", "surrogateescape") + "\n"


def _split_csv(record: "str | _Record", delimiter: str) -> list[str]:
    lines = [record] if isinstance(record, str) else record
    return next(csv.reader(lines, delimiter=delimiter, strict=True))


def _make(maker: RowMaker, header: Header, number: int, cells: Sequence[str], raw: bytes) -> Row | Reject:
    expected = len(header.columns)
    if len(cells) != expected:
        reason = f"The row has {len(cells)} columns; the header has {expected}."
        return maker.reject(number, "row", "wrong_column_count", reason, raw)
    return maker.make(number, {field: cells[position] for field, position in header.fields.items()}, raw)


def _too_long(maker: RowMaker, number: int, line: bytes) -> Reject:
    reason = f"The line is longer than {maker.limits.max_row_bytes:,} bytes."
    return maker.reject(number, "row", "row_too_long", reason, line)
