"""Answers of searches as files: tables for spreadsheets and data frames, SDF for chemistry programs; one row a hit."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
import pyarrow as pa  # before anyone is served: libraries are loaded under Python's lock
import pyarrow.parquet as pq

from indexer.chemistry import Chemistry
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
_ROWS_AT_ONCE = 500  # of a table: Arrow keeps Python's lock until it has read all that it is given
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


async def converted(answer: bytes, media_type: str, chemistry: Chemistry) -> File:
    """A `schemas.SearchResponse` in JSON, in another format. `chemistry` lays structures out for SDF."""
    found = await asyncio.to_thread(orjson.loads, answer)
    rows = await asyncio.to_thread(_rows, found)
    headers = {RELEASE: found["release"]} | ({NEXT_CURSOR: found["next_cursor"]} if found["next_cursor"] else {})
    if media_type == SDF:
        blocks = await molblocks([row["smiles"] for row in rows], chemistry)
        records = [(row, block) for row, block in zip(rows, blocks, strict=True) if block is not None]
        skipped = len(rows) - len(records)
        return File(await asyncio.to_thread(sdf, records), headers | ({SKIPPED: str(skipped)} if skipped else {}))
    return File(await asyncio.to_thread(_TABLES[media_type], rows), headers)


def _rows(found: Mapping[str, Any]) -> list[Row]:
    return [
        {
            **{name: hit[name] for name in _COLUMNS if name in hit},
            "query": query,
            "found_by": "; ".join(_shown(way) for way in hit["found_by"]),
            "synonyms": "; ".join(hit.get("synonyms") or ()),
            "tags": "; ".join(hit["tags"]),
        }
        for query, hits in zip(found["understood_as"], found["results"], strict=True)
        for hit in hits
    ]


def _shown(way: dict[str, str]) -> str:
    return f"{way['kind']}: {way['value']}" if "value" in way else way["kind"]


def _parquet(rows: list[Row]) -> bytes:
    numbers = {"rank": pa.int32()} | dict.fromkeys(("score", "confidence", "morgan_similarity"), pa.float64())
    schema = pa.schema([(name, numbers.get(name, pa.string())) for name in _COLUMNS])
    out = io.BytesIO()
    parts = [rows[start : start + _ROWS_AT_ONCE] for start in range(0, len(rows), _ROWS_AT_ONCE)]
    tables = [pa.Table.from_pylist(part, schema) for part in parts]
    pq.write_table(pa.concat_tables(tables) if tables else schema.empty_table(), out)
    return out.getvalue()


JSON = "application/json"
SDF = "chemical/x-mdl-sdfile"
FORMATS = {"json": JSON, "csv": "text/csv", "parquet": "application/vnd.apache.parquet", "sdf": SDF}
_TABLES: dict[str, Callable[[list[Row]], bytes]] = {
    FORMATS["csv"]: partial(as_csv, _COLUMNS),
    FORMATS["parquet"]: _parquet,
}
