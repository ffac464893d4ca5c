"""SD files: molblocks with named data, separated by `$$$$`."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path

from indexer.corpus.columns import find_columns
from indexer.corpus.lines import MIXED_ENDS, numbered_lines, open_bytes
from indexer.corpus.rows import FieldName, Reject, Row, RowMaker
from indexer.corpus.values import is_missing
from model.inputs.written import block_head

# `> <NAME>`, with numbers around: `> 25 <NAME>`, `> DT12 <NAME>`, `> (MD-1) <NAME> FIELD (5)`; nothing else, since
# `> 5 uM <b>in vitro</b>` is a value. A name may have brackets in pairs, and comparisons: `> <IC50 <10uM>>`.
_DATA_NAME = re.compile(
    r"^>\s*(?:(?:\d+|DT\d+|\([^)]*\))\s+)*<((?:[^<>]|<[^<>]*>|[<>](?=[\s=\d]))+)>\s*"
    r"(?:(?:FIELD\s*)?\([^)]*\)|\d+|DT\d+)?\s*$"
)
# Records by which it is seen whether titles repeat, and which items there are.
_SAMPLE = 10_000


def read_sdf(
    path: Path,
    maker: RowMaker,
    chosen: Mapping[FieldName, str],
    columns: Mapping[FieldName, str],
    repeated: Collection[str] = (),
) -> Iterator[Row | Reject]:
    """Where no data item is the name or the id, the title line is; a `repeated` title is no id.

    `columns`: the items that were taken for the fields of the whole file. Ids are read from these alone; a record
    without that item has no other database's. `line` is where a record starts.
    """
    find = lru_cache(maxsize=256)(partial(find_columns, chosen=chosen))  # most records have the same items
    for number, record, too_long in _records(path, maker.limits.max_row_bytes):
        if too_long:
            reason = f"The record is longer than {maker.limits.max_row_bytes:,} bytes."
            yield maker.reject(number, "row", "row_too_long", reason, record[0])
            continue
        lines = [line.decode("utf-8", "surrogateescape") for line in record]
        raw = " / ".join(line for line in lines[:8] if line.strip())
        ends = [i for i, line in enumerate(lines) if line.startswith("M  END")]
        if problem := _malformed(record, ends):
            yield maker.reject(number, "smiles", "malformed_record", problem, raw)
            continue
        data = _data_items(lines[ends[0] + 1 :])
        cells = find(tuple(data)).read(list(data.values()))
        for field in ("id", "cid"):
            cells.pop(field, None)
            if field in columns and columns[field] in data:
                cells[field] = data[columns[field]]
        title = lines[0].strip()
        block = "\n".join(lines[: ends[0] + 1]) + "\n"
        if not cells.get("smiles") or _draws_something(block):  # some draw nothing and say the structure beside
            cells["smiles"] = block
        cells.setdefault("name", title)
        title_is_id = not cells.keys() & {"id", "cid"}
        if title_is_id and title not in repeated:
            cells["id"] = title
        yield maker.make(number, cells, raw, title_is_id)


def _draws_something(block: str) -> bool:
    head = block_head(block)
    return head is None or head.atoms > 0


def _malformed(record: Sequence[bytes], ends: Sequence[int]) -> str | None:
    """What is wrong with the lines of a record that has `M  END` at these."""
    last = ends[-1] if ends else len(record)
    if any(b"\r" in line for line in record[:last]):
        return MIXED_ENDS
    if len(ends) > 1:
        return "The record has several lines 'M  END': a line $$$$ between two molecules is missing."
    return None if ends else "The record has no line 'M  END'."


def read_items(path: Path, limit: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Title and data items of each record; the structure is not read. Records of over `limit` bytes are left out."""
    for _, record, too_long in _records(path, limit):
        if too_long:
            continue
        lines = [line.decode("utf-8", "replace") for line in record]
        end = next((i for i, line in enumerate(lines) if line.startswith("M  END")), len(lines))
        yield lines[0].strip(), _data_items(lines[end + 1 :])


def sample_records(path: Path, limit: int) -> tuple[list[str], list[str]]:
    """Titles of the first records, and the names of all data items in them, in their order."""
    titles: list[str] = []
    names: dict[str, None] = {}
    for title, items in islice(read_items(path, limit), _SAMPLE):
        titles.append(title)
        names |= dict.fromkeys(items)
    return titles, list(names)


def _records(path: Path, limit: int) -> Iterator[tuple[int, list[bytes], bool]]:
    """Line on which a record starts, its lines, and whether it was longer than `limit` bytes (then cut)."""
    with open_bytes(path) as stream:
        record: list[bytes] = []
        start, size, too_long = 1, 0, False
        for number, line, cut in numbered_lines(stream, limit):
            if line.startswith(b"$$$$") and b"\r" not in line:
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
    """Data items by name; a value goes on to the next item, empty lines and lines with `>` included.

    Items without a value are left out. Of several items of one name the lines are put together.
    """
    items: dict[str, list[str]] = {}
    value: list[str] = []
    for line in lines:
        match = _DATA_NAME.match(line)
        if match:
            value = items.setdefault(match[1], [])
            if value and value[-1].strip():
                value.append("")
        else:
            value.append(line)
    joined = {name: "\n".join(line for line in value if line.strip()) for name, value in items.items()}
    return {name: text for name, text in joined.items() if not is_missing(text)}
