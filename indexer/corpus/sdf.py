"""SD files: molblocks with named data, separated by `$$$$`."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from indexer.corpus.columns import find_columns
from indexer.corpus.lines import numbered_lines, open_bytes
from indexer.corpus.rows import FieldName, Reject, Row, RowMaker

_DATA_NAME = re.compile(r"^>.*<([^>]*)>")


def read_sdf(path: Path, maker: RowMaker, chosen: Mapping[FieldName, str]) -> Iterator[Row | Reject]:
    """The title line is the name, and the id too where no data item is one. `line` is where a record starts."""
    for number, record, too_long in _records(path, maker.limits.max_row_bytes):
        if too_long:
            reason = f"The record is longer than {maker.limits.max_row_bytes:,} bytes."
            yield maker.reject(number, "row", "row_too_long", reason, record[0])
            continue
        lines = [line.decode("utf-8", "surrogateescape") for line in record]
        raw = " / ".join(line for line in lines[:8] if line.strip())
        end = next((i for i, line in enumerate(lines) if line.startswith("M  END")), None)
        if end is None:
            yield maker.reject(number, "smiles", "malformed_record", "The record has no line 'M  END'.", raw)
            continue
        data = _data_items(lines[end + 1 :])
        names = list(data)
        found = find_columns(names, chosen)
        cells: dict[FieldName, str] = {field: data[names[position]] for field, position in found.items()}
        title = lines[0].strip()
        cells["smiles"] = "\n".join(lines[: end + 1]) + "\n"
        cells.setdefault("name", title)
        if "cid" not in cells:
            cells.setdefault("id", title)
        yield maker.make(number, cells, raw)


def _records(path: Path, limit: int) -> Iterator[tuple[int, list[bytes], bool]]:
    """Line on which a record starts, its lines, and whether it was longer than `limit` bytes (then cut)."""
    with open_bytes(path) as stream:
        record: list[bytes] = []
        start, size, too_long = 1, 0, False
        for number, line, cut in numbered_lines(stream, limit):
            if line.startswith(b"$$$$"):
                if any(part.strip() for part in record):
                    yield start, record, too_long
                record, start, size, too_long = [], number + 1, 0, False
                continue
            size += len(line) + 1
            too_long = too_long or cut or size > limit
            if not too_long or not record:
                record.append(line)
        if any(part.strip() for part in record):
            yield start, record, too_long


def _data_items(lines: list[str]) -> dict[str, str]:
    """Data items by name; a value ends at a blank line. The first of two items of one name counts."""
    items: dict[str, str] = {}
    name: str | None = None
    value: list[str] = []
    for line in [*lines, ""]:
        match = _DATA_NAME.match(line)
        if name is not None and (match or not line.strip()):
            items.setdefault(name, "\n".join(value))
            name = None
        if match:
            name, value = match[1], []
        elif name is not None:
            value.append(line)
    return items
