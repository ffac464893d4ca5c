"""Answers of searches as tables, for spreadsheets and data frames: one row a hit."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import orjson

from service.problems import Code, Problem, printable

_COLUMNS = (
    "query",
    "rank",
    "id",
    "cid",
    "name",
    "smiles",
    "score",
    "confidence",
    "morgan_similarity",
    "found_by",
    "tags",
    "description",
)
_Row = dict[str, object]


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


def converted(answer: bytes, media_type: str) -> bytes:
    """A `schemas.SearchResponse` in JSON, in another format."""
    return _CONVERTERS[media_type](_rows(answer))


def _rows(answer: bytes) -> list[_Row]:
    found = orjson.loads(answer)
    return [
        {
            **{name: hit[name] for name in _COLUMNS if name in hit},
            "query": query,
            "found_by": "; ".join(_shown(way) for way in hit["found_by"]),
            "tags": "; ".join(hit["tags"]),
        }
        for query, hits in zip(found["understood_as"], found["results"], strict=True)
        for hit in hits
    ]


def _shown(way: dict[str, str]) -> str:
    return f"{way['kind']}: {way['value']}" if "value" in way else way["kind"]


def _csv(rows: list[_Row]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, _COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _parquet(rows: list[_Row]) -> bytes:
    import pyarrow as pa  # half a second to import, for who asks for it
    import pyarrow.parquet as pq

    numbers = {"rank": pa.int32()} | dict.fromkeys(("score", "confidence", "morgan_similarity"), pa.float64())
    schema = pa.schema([(name, numbers.get(name, pa.string())) for name in _COLUMNS])
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema), out)
    return out.getvalue()


JSON = "application/json"
FORMATS = {"json": JSON, "csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
_CONVERTERS: dict[str, Callable[[list[_Row]], bytes]] = {FORMATS["csv"]: _csv, FORMATS["parquet"]: _parquet}
