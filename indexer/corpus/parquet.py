"""Parquet files, read in batches; only the columns that are used are decoded."""

import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from indexer.corpus.columns import find_columns, require_columns, structure_columns
from indexer.corpus.rows import FieldName, Reject, Role, Row, RowMaker
from indexer.errors import CorpusError

_BATCH = 1024
# Rows by which one of several structure columns is chosen.
_SAMPLE = 500


def read_schema(path: Path, role: Role, chosen: Mapping[FieldName, str]) -> tuple[dict[FieldName, str], list[str]]:
    """The columns that are used, field → column name, and the names of all.

    CorpusError if it is no Parquet file, or lacks a column or has one twice.
    """
    with _open(path) as file:
        names = list(file.schema_arrow.names)
        wanted = structure_columns(names)
        sample: list[list[str]] = []
        if len(wanted) > 1 and len(set(names)) == len(names):
            batch = next(file.iter_batches(batch_size=_SAMPLE, columns=wanted), None)
            if batch is not None:
                cells = {name: _strings(path, name, batch.column(name)) for name in wanted}
                sample = [[cells[name][i] if name in cells else "" for name in names] for i in range(batch.num_rows)]
        try:
            found = find_columns(names, chosen, sample)
        except CorpusError as error:
            raise CorpusError(f"{path}: {error}") from None
        require_columns(str(path), role, names, found)
        return {field: names[position] for field, position in found.items()}, names


def count_rows(path: Path) -> int:
    """Number of rows, from the file's footer."""
    with _open(path) as file:
        return int(file.metadata.num_rows)


def read_parquet(path: Path, columns: Mapping[FieldName, str], maker: RowMaker) -> Iterator[Row | Reject]:
    """Rows in file order; `line` is the row number from 1. Numbers are read as ids, nulls as empty."""
    number = 0
    with _open(path) as file:
        batches = file.iter_batches(batch_size=_BATCH, columns=list(columns.values()))
        while True:
            try:
                batch = next(batches, None)
            except (OSError, ValueError) as error:  # pyarrow's own errors are kinds of these two
                raise CorpusError(f"{path} is damaged: {error}") from error
            if batch is None:
                return
            cells = {field: _strings(path, name, batch.column(name)) for field, name in columns.items()}
            for i in range(batch.num_rows):
                number += 1
                row = {field: values[i] for field, values in cells.items()}
                yield maker.make(number, row, "\t".join(cell[:200] for cell in row.values()))


def _strings(path: Path, name: str, column: Any) -> list[str]:
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
        return _joined(path, name, column)
    if pa.types.is_integer(kind) or pa.types.is_null(kind):
        return ["" if cell is None else str(cell) for cell in column.to_pylist()]
    if pa.types.is_floating(kind):  # what pandas makes of integers with gaps
        return ["" if cell is None else _number(cell) for cell in column.to_pylist()]
    if pa.types.is_decimal(kind):
        return ["" if cell is None else f"{cell.normalize():f}" for cell in column.to_pylist()]
    if pa.types.is_boolean(kind):
        return ["" if cell is None else str(cell).lower() for cell in column.to_pylist()]
    raise CorpusError(f"{path}: column {name} holds {kind}, neither text nor numbers")


def _number(cell: float) -> str:
    """A float as an id is written: whole numbers without a point, however many digits they have."""
    if not math.isfinite(cell):
        return ""
    return str(int(cell)) if cell.is_integer() else repr(cell)


def _list_kinds() -> tuple[Callable[[Any], bool], ...]:
    import pyarrow as pa

    kinds = pa.types
    return kinds.is_list, kinds.is_large_list, kinds.is_fixed_size_list, kinds.is_list_view, kinds.is_large_list_view


def _joined(path: Path, name: str, column: Any) -> list[str]:
    """Lists of texts, each as one text with line ends between: names and tags have none of their own."""
    import pyarrow as pa

    try:
        lists = column.cast(pa.large_list(column.type.value_type)).cast(pa.large_list(pa.large_binary())).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise CorpusError(f"{path}: column {name} holds {column.type}, not lists of texts") from None
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
