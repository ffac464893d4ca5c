"""Tables of text with a header line: CSV and TSV, with quotes as in RFC 4180."""

import csv
import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from indexer.corpus.aliases import is_known
from indexer.corpus.columns import REQUIRED, Columns, find_columns, require_columns
from indexer.corpus.lines import MIXED_ENDS, numbered_lines, open_bytes
from indexer.corpus.rows import CorpusLimits, FieldName, Reject, RejectCode, Role, Row, RowMaker
from indexer.corpus.structures import look_like_structures, structure_columns
from indexer.errors import CorpusError
from model.counts import counted

# Lines that one quoted record may span: a molblock of as many atoms as are read. A quote that is never closed costs its
# own line, not the file.
_MAX_RECORD_LINES = 1_500
# Rows by which it is seen what the columns hold.
_SAMPLE = 500
# Lines in which the header is looked for, below comments.
_MOST_COMMENTS = 50
_SEPARATOR_LINE = re.compile(r'"?sep=(.|\\t)"?', re.IGNORECASE)

Line = tuple[int, bytes, bool]


@dataclass(frozen=True, slots=True)
class Header:
    """The header line: where it is, how columns are separated, what they are called and which are used.

    `strict`: a line with misplaced quotes is malformed; otherwise its quotes are letters. `spaced`: quotes may stand
    behind spaces.
    """

    line: int
    delimiter: str
    strict: bool
    spaced: bool
    columns: tuple[str, ...]
    used: Columns = field(default_factory=Columns)


@dataclass(frozen=True, slots=True)
class _Problem:
    code: RejectCode
    reason: str


def read_header(path: Path, role: Role, limits: CorpusLimits, chosen: Mapping[FieldName, str], tabs: bool) -> Header:
    """Read the first line that is not blank, and choose the columns.

    `tabs`: columns are separated by tabs. CorpusError if there is no header, it is not text, or it lacks the column
    that the role needs or has it twice.
    """
    header = _find_header(path, role, limits, chosen, tabs)
    with open_bytes(path) as stream:
        records = _records(_after(numbered_lines(stream, limits.max_row_bytes), header), header, limits)
        sample = [cells for _, _, cells in islice(records, _SAMPLE) if not isinstance(cells, _Problem)]
    columns = _with_unnamed(header.columns, sample)
    try:
        used = find_columns(columns, chosen, sample)
    except CorpusError as error:
        raise CorpusError(f"{path}: {error}") from None
    require_columns(str(path), role, columns, used.fields)
    return replace(header, columns=columns, used=used)


def _with_unnamed(columns: tuple[str, ...], sample: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The columns with the one that the header does not name, where every row has one cell more.

    R writes row names in front under no name; others end every row with a separator. Where it may as well be a comma
    in a name, nothing is changed and the rows are rejected.
    """
    if not sample or any(len(cells) != len(columns) + 1 for cells in sample):
        return columns
    if not any(cells[-1].strip() for cells in sample):
        return (*columns, "")
    place = next(iter(structure_columns(columns)), None)
    if place is None:
        named = all(cells[0].strip().isdecimal() for cells in sample)
    else:
        as_it_is, shifted = ([cells[at] for cells in sample] for at in (place, place + 1))
        named = bool(look_like_structures(shifted)) and not look_like_structures(as_it_is)
    return ("(row names)", *columns) if named else columns


def _find_header(path: Path, role: Role, limits: CorpusLimits, chosen: Mapping[FieldName, str], tabs: bool) -> Header:
    """The first line that is no comment. A line with `#` is a header if the column that is needed is there."""
    delimiter = "\t" if tabs else ""
    comment: Header | None = None
    with open_bytes(path) as stream:
        for number, line, too_long in islice(numbered_lines(stream, limits.max_row_bytes), _MOST_COMMENTS):
            if not line.strip():
                continue
            text = _header_text(path, line, too_long)
            if match := _SEPARATOR_LINE.fullmatch(text.strip(" ")):  # tells Excel the separator
                delimiter = match[1].replace("\\t", "\t")
                continue
            header, is_useful = _header_of(path, number, text, delimiter, chosen, REQUIRED[role])
            if is_useful or not text.lstrip('"').startswith("#"):
                return header
            comment = comment or header
    if comment is None:
        raise CorpusError(f"{path} is empty")
    return comment


def _header_of(
    path: Path, number: int, text: str, delimiter: str, chosen: Mapping[FieldName, str], needed: FieldName
) -> tuple[Header, bool]:
    """The line as a header, and whether it has the column that is needed.

    Of several delimiters the one by which most names are known, and of these the most frequent: commas may stand in
    names between semicolons.
    """
    best: tuple[bool, int, Header] | None = None
    problem: CorpusError | None = None
    for one in delimiter or sorted(",\t;|", key=lambda mark: -text.count(mark)):
        try:
            header = _header(path, number, text, one)
        except CorpusError as error:
            problem = problem or error
            continue
        names = tuple(dict.fromkeys(header.columns))  # whether one is there twice is another question
        found = needed in find_columns(names, chosen).fields
        known = sum(is_known(name) for name in names)
        if best is None or (found, known) > best[:2]:
            best = found, known, header
    if best is None:
        raise problem or CorpusError(f"{path} is empty")
    return best[2], best[0]


def _header(path: Path, number: int, text: str, delimiter: str) -> Header:
    strict = delimiter != "\t"
    always = 0 < text.count(delimiter) == text.count(f"{delimiter} ")
    spaced = strict and (always or re.search(rf'{re.escape(delimiter)} +"', text) is not None)
    try:
        columns = _split(text, delimiter, spaced)
    except csv.Error as error:
        if strict:
            raise CorpusError(f"{path} has a header line that is not CSV: {error}") from error
        columns = text.split(delimiter)
    return Header(number, delimiter, strict, spaced, tuple(column.strip() for column in columns))


def _header_text(path: Path, line: bytes, too_long: bool) -> str:
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
                reason = f"The row has {counted(len(cells), 'column')}; the header has {expected}."
                if b"\r" in raw:
                    reason = MIXED_ENDS
                yield maker.reject(number, "row", "wrong_column_count", reason, raw)
            else:
                yield maker.make(number, header.used.read(cells), raw)


def _after(lines: Iterator[Line], header: Header) -> Iterator[Line]:
    return (line for line in lines if line[0] > header.line)


def _records(
    lines: Iterator[Line], header: Header, limits: CorpusLimits
) -> Iterator[tuple[int, bytes, list[str] | _Problem]]:
    """Number and bytes of the line on which a record starts, and its cells or what is wrong with it."""
    # The csv module has one limit for all its readers; rows are bounded by ours.
    csv.field_size_limit(max(csv.field_size_limit(), limits.max_row_bytes))
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
        cells = _split(record, header.delimiter, header.spaced)
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


def _split(record: "str | _Record", delimiter: str, spaced: bool) -> list[str]:
    lines: Iterator[str] | Sequence[str] = [record] if isinstance(record, str) else iter(record)
    return next(csv.reader(lines, delimiter=delimiter, skipinitialspace=spaced, strict=True))
