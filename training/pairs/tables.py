"""Tables of text read row by row, with the line of every row and a reason for every row that cannot be used.

TSV files have no quoting (a field is what stands between two tabs), CSV files are quoted as RFC 4180 says,
Parquet files are read in batches. A bad row never stops a file: it comes back as a `Reject`. A file that
cannot be read at all, or that lacks a requested column, is a `PairFileError`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from model.counts import counted

MAX_FIELD_CHARACTERS = 1_000_000
"""A longer line or field is damage (an unclosed quote, a binary file), not a description."""

PCDES_SMILES, PCDES_DESCRIPTIONS = "align_smiles.txt", "align_des_filt3.txt"
PCDES_SPLITS = (("train", 10_500), ("dev", 12_000), ("test", 15_000))
"""PCdes (Zeng et al. 2022) is split by line number: 10,500 / 1,500 / 3,000 rows; the numbers are the ends."""


class PairFileError(ValueError):
    """A file cannot be read at all; the message names the file and what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was left out: its line (text, the header is line 1) or row (Parquet, from 1), and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line and its fields by column name (lower case, stripped of surrounding blanks)."""

    line: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filter:
    """`column = value` or, negated, `column != value`; column in any case, value compared exactly."""

    column: str
    value: str
    negated: bool = False

    def keeps(self, fields: Mapping[str, str]) -> bool:
        return (fields[self.column] == self.value) is not self.negated


@dataclass(frozen=True, slots=True)
class Source:
    """A file and the rows of it that are wanted: those that pass every filter."""

    path: Path
    filters: tuple[Filter, ...] = ()

    def __str__(self) -> str:
        conditions = "&".join(f"{f.column}{'!=' if f.negated else '='}{_escape(f.value)}" for f in self.filters)
        return f"{self.path}?{conditions}" if conditions else str(self.path)


def _escape(value: str) -> str:
    return value.replace("%", "%25").replace("&", "%26")


def parse_source(text: str) -> Source:
    """`path?column=value&column!=value` as a `Source`; every condition must hold.

    Percent escapes in values are resolved (`%26` is `&`, `%25` is `%`). An empty value means an empty field:
    `chebi_ontology.tsv?definition!=` takes the rows that have a definition. The path is what stands before the
    first `?`, so a file whose name has one is given as `Source(Path(...))` instead.

    Raises PairFileError when a condition is not of that form.
    """
    path, _, selector = text.partition("?")
    if not path.strip():
        raise PairFileError(f"{text!r} names no file.")
    filters = []
    for condition in filter(None, selector.split("&")):
        column, equals, value = condition.partition("=")
        negated = column.endswith("!")
        column = unquote(column.removesuffix("!")).strip().lower()
        if not equals or not column:
            raise PairFileError(
                f"The condition {condition!r} in {text!r} is not of the form column=value or column!=value."
            )
        filters.append(Filter(column, unquote(value).strip(), negated))
    return Source(Path(path), tuple(filters))


def source_name(text: str) -> str:
    """A source as records name it: without its folder, selectors kept."""
    path, mark, selector = text.partition("?")
    return Path(path).name + mark + selector


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file that could be read and passed the filters, in file order."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    rejects: tuple[Reject, ...]
    filtered: int
    """Rows left out by the filters (neither used nor bad)."""


def read_table(source: Source) -> Table:
    """Read a TSV, CSV or Parquet file, or the two line-aligned files of PCdes (`align_smiles.txt` or their
    folder).

    The format goes by the file name's ending: `.parquet`/`.pq`, `.csv`, anything else is tab-separated. Text
    is UTF-8 with or without a byte-order mark. Rejected are rows whose number of columns differs from the
    header's, that are not valid UTF-8, or that break CSV quoting; empty lines are skipped.

    Raises PairFileError when the file is missing, unreadable, empty, or lacks a column that a filter names.
    """
    path = source.path
    pcdes = _pcdes_files(path)
    try:
        if pcdes is not None:
            columns, found = _aligned_rows(*pcdes)
        elif path.suffix.lower() in (".parquet", ".pq"):
            columns, found = _parquet_rows(path)
        else:
            columns, found = _text_rows(path)
        _require(path, columns, source.filters)
        rows: list[Row] = []
        rejects: list[Reject] = []
        filtered = 0
        for row in found:
            if isinstance(row, Reject):
                rejects.append(row)
            elif all(condition.keeps(row.fields) for condition in source.filters):
                rows.append(row)
            else:
                filtered += 1
    except OSError as error:
        raise PairFileError(f"{path} cannot be read: {error.strerror or error}.") from error
    return Table(path, columns, tuple(rows), tuple(rejects), filtered)


def _require(path: Path, columns: Sequence[str], filters: Sequence[Filter]) -> None:
    for condition in filters:
        if condition.column not in columns:
            raise PairFileError(
                f"{path} has no column {condition.column!r} to filter by; it has: {', '.join(columns)}."
            )


def _header(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(name.strip().lower() for name in names)
    if any(_damaged(name) for name in columns):
        raise PairFileError(f"{path} is not a UTF-8 text file.")
    repeated = sorted({name for name in columns if columns.count(name) > 1})
    if repeated:
        raise PairFileError(f"{path} has the column {repeated[0]!r} more than once.")
    return columns


def _damaged(text: str) -> bool:
    # Undecodable bytes come through `surrogateescape` as lone surrogates, so one bad row does not end the
    # file; only those cannot be encoded again.
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _text_rows(path: Path) -> tuple[tuple[str, ...], Iterator[Row | Reject]]:
    records = _csv_records(path) if path.suffix.lower() == ".csv" else _tsv_records(path)
    first = next(records, None)
    if first is None:
        raise PairFileError(f"{path} is empty.")
    if isinstance(first, Reject):
        raise PairFileError(f"The header line of {path} cannot be read: {first.reason}")
    columns = _header(path, first[1])

    def rows() -> Iterator[Row | Reject]:
        for record in records:
            if isinstance(record, Reject):
                yield record
                continue
            line, values = record
            if len(values) != len(columns):
                yield Reject(line, f"{counted(len(values), 'column')} where the header has {len(columns)}")
            elif any(map(_damaged, values)):
                yield Reject(line, "not valid UTF-8")
            else:
                yield Row(line, dict(zip(columns, (value.strip() for value in values), strict=True)))

    return columns, rows()


def _tsv_records(path: Path) -> Iterator[tuple[int, list[str]] | Reject]:
    # newline="\n": a lone carriage return inside a text must not start a new row.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
        for line, text in enumerate(file, start=1):
            text = text.rstrip("\r\n")
            if len(text) > MAX_FIELD_CHARACTERS:
                yield Reject(line, f"longer than {MAX_FIELD_CHARACTERS:,} characters")
            elif text.strip():
                yield line, text.split("\t")


def _csv_records(path: Path) -> Iterator[tuple[int, list[str]] | Reject]:
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, strict=True)
        while True:
            line = reader.line_num + 1
            try:
                values = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Reject(line, f"broken CSV quoting: {error}")
            else:
                if values:
                    yield line, values


def _parquet_rows(path: Path) -> tuple[tuple[str, ...], Iterator[Row | Reject]]:
    import pyarrow
    import pyarrow.parquet as parquet

    try:
        file = parquet.ParquetFile(path)
    except pyarrow.ArrowException as error:
        raise PairFileError(f"{path} is not a Parquet file: {error}") from error
    columns = _header(path, file.schema_arrow.names)

    def rows() -> Iterator[Row | Reject]:
        number = 0
        try:
            for batch in file.iter_batches(batch_size=4096):
                for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    number += 1
                    yield Row(number, dict(zip(columns, map(_plain, values), strict=True)))
        except (pyarrow.ArrowException, UnicodeDecodeError) as error:
            raise PairFileError(f"{path} is damaged after row {number}: {error}") from error
        finally:
            file.close()

    return columns, rows()


def _plain(value: object) -> str:
    """A Parquet value as a TSV file would write it (flags as 1 and 0, whole floats without `.0`)."""
    if value is None or value != value:  # NaN is what pandas writes for "no value"
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _pcdes_files(path: Path) -> tuple[Path, Path] | None:
    if path.name == PCDES_SMILES:
        return path, path.with_name(PCDES_DESCRIPTIONS)
    if path.is_dir() and (path / PCDES_SMILES).exists():
        return path / PCDES_SMILES, path / PCDES_DESCRIPTIONS
    return None


def _aligned_rows(smiles: Path, descriptions: Path) -> tuple[tuple[str, ...], Iterator[Row | Reject]]:
    """PCdes as published: line n of one file belongs to line n of the other; surplus texts are normal."""
    with smiles.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
        structures = [line.strip() for line in file]
    with descriptions.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n") as file:
        texts = [line.strip() for line in file]
    if not structures or len(texts) < len(structures):
        raise PairFileError(
            f"{descriptions} has {len(texts)} lines for the {len(structures)} of {smiles}: not aligned."
        )

    def rows() -> Iterator[Row | Reject]:
        for line, (structure, text) in enumerate(zip(structures, texts, strict=False), start=1):
            if _damaged(structure) or _damaged(text):
                yield Reject(line, "not valid UTF-8")
                continue
            split = next((name for name, end in PCDES_SPLITS if line <= end), "")
            yield Row(line, {"smiles": structure, "description": text, "pcdes_split": split})

    return ("smiles", "description", "pcdes_split"), rows()
