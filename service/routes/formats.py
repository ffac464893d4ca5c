"""Answers of searches as files: tables for spreadsheets and data frames, SDF for chemistry programs; one row a hit."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import pyarrow as pa  # before anyone is served: libraries are loaded under Python's lock
import pyarrow.parquet as pq

from indexer.chemistry import Chemistry
from service.answering.answers import Written, next_cursor
from service.answering.pipeline import Pipeline
from service.problems import Code, Problem, printable
from service.routes.sdf import Row, molblocks, sdf
from service.routes.spreadsheet import as_csv

_COLUMNS = (
    "query",
    "rank",
    "id",
    "cid",
    "name",
    "synonyms",
    "smiles",
    "score",
    "confidence",
    "morgan_similarity",
    "found_by",
    "tags",
    "description",
)
_NUMBERS = {"rank": pa.int32()} | dict.fromkeys(("score", "confidence", "morgan_similarity"), pa.float64())
_SCHEMA = pa.schema([(name, _NUMBERS.get(name, pa.string())) for name in _COLUMNS])
# Arrow keeps Python's lock until it has read all that it is given, and a search asks for the lock dozens of times.
_ROWS_AT_ONCE = 64
T = TypeVar("T")
JSON = "application/json"
SDF = "chemical/x-mdl-sdfile"
_PARQUET = "application/vnd.apache.parquet"
FORMATS = {"json": JSON, "csv": "text/csv", "parquet": _PARQUET, "sdf": SDF}
NEXT_CURSOR = "Molseek-Next-Cursor"
"""Header: `next_cursor` of an answer, where there is one."""

RELEASE = "Molseek-Release"
"""Header: `release` of an answer, which a file has no place for."""

SKIPPED = "Molseek-Skipped"
"""Header: how many hits an SD file leaves out, since they have no structure, or one that cannot be laid out."""


def wanted_format(format: str | None, accept: str | None) -> str:
    """The media type to answer in: that of `format`, else the one that `Accept` names, else JSON.

    Raises:
        Problem: there is no such format.
    """
    if format is not None:
        if format not in FORMATS:
            detail = f"There is no format {printable(format)!r}; format is one of {', '.join(FORMATS)}."
            raise Problem(Code.FORMAT_UNKNOWN, detail, field="format")
        return FORMATS[format]
    for part in (accept or "").split(","):
        media = part.partition(";")[0].strip().lower()
        if media in FORMATS.values():
            return media
    return JSON


@dataclass(frozen=True, slots=True)
class File:
    """An answer in another format, and the headers to send it with."""

    content: bytes
    headers: dict[str, str]


async def converted(parts: Sequence[Written], media_type: str, pipeline: Pipeline, chemistry: Chemistry) -> File:
    """What a search found, in another format. `chemistry` lays structures out for SDF.

    Piece by piece, in the thread for what is long: others take turns, and nothing is as large as the whole answer while
    Python's lock is held for it.
    """
    rows: list[Row] = []
    for part in parts:
        for query, hits in zip(part.search.queries, part.hits, strict=True):
            rows += await pipeline.convert(partial(_rows, query.shown, hits))
    cursor = next_cursor(parts)
    headers = {RELEASE: parts[0].search.serving.release.name} | ({NEXT_CURSOR: cursor} if cursor else {})
    if media_type == SDF:
        blocks = await molblocks([row["smiles"] for row in rows], chemistry)
        records = [(row, block) for row, block in zip(rows, blocks, strict=True) if block is not None]
        skipped = len(rows) - len(records)
        pieces = [await pipeline.convert(partial(sdf, piece)) for piece in _pieces(records)]
        return File(b"".join(pieces), headers | ({SKIPPED: str(skipped)} if skipped else {}))
    if media_type == _PARQUET:
        tables = [await pipeline.convert(partial(_table, piece)) for piece in _pieces(rows)]
        return File(await pipeline.convert(partial(_parquet, tables)), headers)
    written = [await pipeline.convert(partial(as_csv, _COLUMNS, piece, header=False)) for piece in _pieces(rows)]
    return File(b"".join([as_csv(_COLUMNS, [], header=True), *written]), headers)


def _pieces(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(rows), _ROWS_AT_ONCE))


def _rows(query: str, hits: Sequence[dict[str, Any]]) -> list[Row]:
    return [
        {
            **{name: hit[name] for name in _COLUMNS if name in hit},
            "query": query,
            "found_by": "; ".join(_shown(way) for way in hit["found_by"]),
            "synonyms": "; ".join(hit.get("synonyms") or ()),
            "tags": "; ".join(hit["tags"]),
        }
        for hit in hits
    ]


def _shown(way: dict[str, str]) -> str:
    return f"{way['kind']}: {way['value']}" if "value" in way else way["kind"]


def _table(rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, _SCHEMA)


def _parquet(tables: Sequence[pa.Table]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.concat_tables(tables) if tables else _SCHEMA.empty_table(), out)
    return out.getvalue()


def load_arrow() -> None:
    """Have Arrow load what it needs with its first table, pandas where that is installed, before anyone is served."""
    _parquet([_table([{}])])
