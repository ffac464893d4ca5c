"""Parquet files, read in batches; only the columns that are used are decoded."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.corpus.aliases import position_of
from indexer.corpus.columns import REQUIRED, Columns, find_columns, require_columns
from indexer.corpus.rows import FieldName, Reject, Role, Row, RowMaker
from indexer.corpus.structures import structure_candidates
from indexer.errors import CorpusError

_BATCH = 1024
# Rows by which one of several structure columns is chosen.
_SAMPLE = 500


@dataclass(frozen=True, slots=True)
class Schema:
    """The names of all columns, which of them are used, and which are `nested`: neither texts nor numbers."""

    names: tuple[str, ...]
    used: Columns
    nested: tuple[str, ...]


def read_schema(path: Path, role: Role, chosen: Mapping[FieldName, str]) -> Schema:
    """The columns of a file, nested ones not looked at unless they were chosen.

    CorpusError if it is no Parquet file, or lacks a column or has one twice.
    """
    with _open(path) as file:
        schema = file.schema_arrow
        nested = tuple(field.name for field in schema if not _is_readable(field.type))
        for place in (position_of(schema.names, name) for name in chosen.values()):
            if place is not None and schema.names[place] in nested:
                raise _unreadable(path, schema.field(place))
        names = ["" if name in nested else name for name in schema.names]
        wanted = [names[position] for position in structure_candidates(names)]
        sample: list[list[str]] = []
        if len(wanted) > 1 and len(set(schema.names)) == len(names):
            batch = next(file.iter_batches(batch_size=_SAMPLE, columns=wanted), None)
            if batch is not None:
                cells = {name: _strings(batch.column(name)) for name in wanted}
                sample = [[cells[name][i] if name in cells else "" for name in names] for i in range(batch.num_rows)]
        try:
            used = find_columns(names, chosen, sample)
        except CorpusError as error:
            raise CorpusError(f"{path}: {error}") from None
        place = find_columns(schema.names, chosen).fields.get(REQUIRED[role])
        if REQUIRED[role] not in used.fields and place is not None:
            raise _unreadable(path, schema.field(place))
        require_columns(str(path), role, schema.names, used.fields)
        return Schema(tuple(schema.names), used, nested)


def count_rows(path: Path) -> int:
    """Number of rows, from the file's footer."""
    with _open(path) as file:
        return int(file.metadata.num_rows)


def read_parquet(path: Path, schema: Schema, maker: RowMaker) -> Iterator[Row | Reject]:
    """Rows in file order; `line` is the row number from 1. Numbers are read as ids, nulls as empty."""
    number = 0
    places = dict.fromkeys([*schema.used.fields.values(), *schema.used.spares])
    with _open(path) as file:
        batches = file.iter_batches(batch_size=_BATCH, columns=[schema.names[place] for place in places])
        while True:
            try:
                batch = next(batches, None)
            except (OSError, ValueError) as error:  # pyarrow's own errors are kinds of these two
                raise CorpusError(f"{path} is damaged: {error}") from error
            if batch is None:
                return
            cells = {place: _strings(batch.column(schema.names[place])) for place in places}
            for i in range(batch.num_rows):
                number += 1
                row = schema.used.read({place: values[i] for place, values in cells.items()})
                yield maker.make(number, row, "\t".join(cell[:200] for cell in row.values()))


def _is_readable(kind: Any) -> bool:
    """Whether a column's cells are texts, numbers, or lists of texts."""
    import pyarrow as pa

    kinds = pa.types
    if kinds.is_dictionary(kind):
        return _is_readable(kind.value_type)
    if any(is_kind(kind) for is_kind in _list_kinds()):
        return any(is_kind(kind.value_type) for is_kind in (*_text_kinds(), kinds.is_null))
    numbers = kinds.is_integer, kinds.is_floating, kinds.is_decimal, kinds.is_boolean, kinds.is_null
    return any(is_kind(kind) for is_kind in (*_text_kinds(), *numbers))


def _strings(column: Any) -> list[str]:
    """Cells as text. Bytes that are not UTF-8 become surrogate escapes, which `RowMaker` rejects row by row."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        column, kind = column.cast(pa.large_binary()), pa.large_binary()
    if pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
        column, kind = column.cast(pa.large_binary()), pa.large_binary()
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [(cell or b"").decode("utf-8", "surrogateescape") for cell in column.to_pylist()]
    if any(is_kind(kind) for is_kind in _list_kinds()):  # of tags or synonyms
        return _joined(column)
    if pa.types.is_integer(kind) or pa.types.is_null(kind):
        return ["" if cell is None else str(cell) for cell in column.to_pylist()]
    if pa.types.is_floating(kind):  # what pandas makes of integers with gaps
        return ["" if cell is None else _number(cell) for cell in column.to_pylist()]
    if pa.types.is_decimal(kind):
        return ["" if cell is None else _decimal(f"{cell:f}") for cell in column.to_pylist()]
    if pa.types.is_boolean(kind):
        return ["" if cell is None else str(cell).lower() for cell in column.to_pylist()]
    raise AssertionError(kind)  # nested columns are not read


def _decimal(text: str) -> str:
    """All digits but zeros behind the point; `Decimal.normalize` rounds to 28."""
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unreadable(path: Path, field: Any) -> CorpusError:
    return CorpusError(f"{path}: column {field.name} holds {field.type}, neither text nor numbers")


def _number(cell: float) -> str:
    """A float as an id is written: whole numbers without a point, however many digits they have."""
    if not math.isfinite(cell):
        return ""
    return str(int(cell)) if cell.is_integer() else repr(cell)


def _text_kinds() -> tuple[Callable[[Any], bool], ...]:
    import pyarrow as pa

    kinds = pa.types
    texts = kinds.is_string, kinds.is_large_string, kinds.is_string_view
    return *texts, kinds.is_binary, kinds.is_large_binary, kinds.is_binary_view, kinds.is_fixed_size_binary


def _list_kinds() -> tuple[Callable[[Any], bool], ...]:
    import pyarrow as pa

    kinds = pa.types
    return kinds.is_list, kinds.is_large_list, kinds.is_fixed_size_list, kinds.is_list_view, kinds.is_large_list_view


def _joined(column: Any) -> list[str]:
    """Lists of texts, each as one text with line ends between: names and tags have none of their own."""
    import pyarrow as pa

    lists = column.cast(pa.large_list(column.type.value_type)).cast(pa.large_list(pa.large_binary())).to_pylist()
    return [b"\n".join(filter(None, cell or ())).decode("utf-8", "surrogateescape") for cell in lists]


def _open(path: Path) -> Any:
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        raise CorpusError(f"reading {path} needs pyarrow: pip install pyarrow") from error
    try:
        return pq.ParquetFile(path)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} is not a readable Parquet file: {error}") from error
