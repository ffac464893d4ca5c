"""Tables of text with a header line: CSV and TSV, with quotes as in RFC 4180."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from indexer.corpus.columns import find_columns, require_columns, structure_columns
from indexer.corpus.lines import numbered_lines, open_bytes
from indexer.corpus.rows import CorpusLimits, FieldName, Reject, RejectCode, Role, Row, RowMaker
from indexer.errors import CorpusError

# Lines that one quoted record may span. A quote that is never closed costs its own line, not the file.
_MAX_RECORD_LINES = 200
# Rows by which one of several structure columns is chosen.
_SAMPLE = 500
_SEPARATOR_LINE = re.compile(r"sep=(.)", re.IGNORECASE)

Line = tuple[int, bytes, bool]


@dataclass(frozen=True, slots=True)
class Header:
    """The header line: where it is, how columns are separated, what they are called and which are used.

    `strict`: a line with misplaced quotes is malformed; otherwise its quotes are letters.
    """

    line: int
    delimiter: str
    strict: bool
    columns: tuple[str, ...]
    fields: Mapping[FieldName, int]


@dataclass(frozen=True, slots=True)
class _Problem:
    code: RejectCode
    reason: str


def read_header(path: Path, role: Role, limits: CorpusLimits, chosen: Mapping[FieldName, str], tabs: bool) -> Header:
    """Read the first line that is not blank, and choose the columns.

    `tabs`: columns are separated by tabs. CorpusError if there is no header, it is not text, or it lacks the column
    that the role needs or has it twice.
    """
    header = _first_line(path, limits, tabs)
    sample: list[list[str]] = []
    if len(structure_columns(header.columns)) > 1:
        with open_bytes(path) as stream:
            records = _records(_after(numbered_lines(stream, limits.max_row_bytes), header), header, limits)
            sample = [cells for _, _, cells in islice(records, _SAMPLE) if not isinstance(cells, _Problem)]
    try:
        fields = find_columns(header.columns, chosen, sample)
    except CorpusError as error:
        raise CorpusError(f"{path}: {error}") from None
    require_columns(str(path), role, header.columns, fields)
    return replace(header, fields=fields)


def _first_line(path: Path, limits: CorpusLimits, tabs: bool) -> Header:
    delimiter = "\t" if tabs else ""
    with open_bytes(path) as stream:
        for number, line, too_long in numbered_lines(stream, limits.max_row_bytes):
            if not line.strip():
                continue
            text = _header_text(path, line, too_long)
            if match := _SEPARATOR_LINE.fullmatch(text):  # tells Excel the separator
                delimiter = match[1]
                continue
            delimiter = delimiter or max(",\t;|", key=text.count)
            strict = delimiter != "\t"
            try:
                columns = _split(text, delimiter)
            except csv.Error as error:
                if strict:
                    raise CorpusError(f"{path} has a header line that is not CSV: {error}") from error
                columns = text.split(delimiter)
            return Header(number, delimiter, strict, tuple(column.strip() for column in columns), {})
    raise CorpusError(f"{path} is empty")


def _header_text(path: Path, line: bytes, too_long: bool) -> str:
    if line.startswith((b"\xff\xfe", b"\xfe\xff")) or line.count(b"\0") * 3 > len(line):
        raise CorpusError(f"{path} is UTF-16, not UTF-8 text (Excel's 'Unicode Text'): save it as 'CSV UTF-8'")
    if b"\r" in line:
        raise CorpusError(f"{path} has the line ends of old Macs (CR alone): save it with Unix or Windows line ends")
    if too_long or b"\0" in line:
        raise CorpusError(f"{path} is not a text table: its header line is binary or too long")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError(f"{path} is not UTF-8 text: its header line cannot be decoded; save it as UTF-8") from error


def read_delimited(path: Path, header: Header, maker: RowMaker) -> Iterator[Row | Reject]:
    """Rows after the header. Blank lines are no rows."""
    expected = len(header.columns)
    with open_bytes(path) as stream:
        lines = _after(numbered_lines(stream, maker.limits.max_row_bytes), header)
        for number, raw, cells in _records(lines, header, maker.limits):
            if isinstance(cells, _Problem):
                yield maker.reject(number, "row", cells.code, cells.reason, raw)
            elif len(cells) != expected:
                reason = f"The row has {len(cells)} columns; the header has {expected}."
                yield maker.reject(number, "row", "wrong_column_count", reason, raw)
            else:
                yield maker.make(number, {field: cells[place] for field, place in header.fields.items()}, raw)


def _after(lines: Iterator[Line], header: Header) -> Iterator[Line]:
    return (line for line in lines if line[0] > header.line)


def _records(
    lines: Iterator[Line], header: Header, limits: CorpusLimits
) -> Iterator[tuple[int, bytes, list[str] | _Problem]]:
    """Number and bytes of the line on which a record starts, and its cells or what is wrong with it."""
    ahead: deque[Line] = deque()
    while True:
        following = ahead.popleft() if ahead else next(lines, None)
        if following is None:
            return
        number, line, too_long = following
        if too_long:
            yield number, line, _Problem("row_too_long", f"The line is longer than {limits.max_row_bytes:,} bytes.")
        elif line.strip():
            text = line.decode("utf-8", "surrogateescape")
            if not _has_quotes(text, header):
                yield number, line, text.split(header.delimiter)
                continue
            record = _Record(text, lines, ahead, limits.max_row_bytes)
            cells = _read_quoted(record, header)
            if isinstance(cells, _Problem):  # only this line is given up; those read ahead are rows in their own right
                ahead.extendleft(reversed(record.taken))
            yield number, line, cells if header.strict or not isinstance(cells, _Problem) else text.split("\t")


def _has_quotes(text: str, header: Header) -> bool:
    if header.strict:
        return '"' in text
    return text.startswith('"') or f'{header.delimiter}"' in text


def _read_quoted(record: "_Record", header: Header) -> list[str] | _Problem:
    try:
        cells = _split(record, header.delimiter)
    except (csv.Error, _OpenQuoteError) as error:
        return _Problem("malformed_csv", f"The row is not CSV: {error}.")
    if not header.strict and record.taken and len(cells) != len(header.columns):
        return _Problem("malformed_csv", "A quoted cell goes over lines that do not belong together.")
    return cells


class _OpenQuoteError(Exception):
    """A quoted field goes on for longer than a record may."""


class _Record:
    """The lines of one record, handed out while the CSV reader asks for more; remembers what it took."""

    def __init__(self, first: str, lines: Iterator[Line], ahead: deque[Line], limit: int) -> None:
        self.taken: list[Line] = []
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


def _split(record: "str | _Record", delimiter: str) -> list[str]:
    lines: Iterator[str] | Sequence[str] = [record] if isinstance(record, str) else iter(record)
    return next(csv.reader(lines, delimiter=delimiter, strict=True))
