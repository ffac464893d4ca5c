"""Training pairs that a command makes of other files: one table, and beside it, as `.json`, what went into it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from training.pairs.digests import data_digest
from training.pairs.tables import parse_source, source_name


def origin_of(source: str) -> dict[str, str]:
    """What a record says of a file that was read, `PATH?column=value`: no folder, and its digest.

    Raises:
        PairFileError: it cannot be read.
    """
    return {"source": source_name(source), "sha256": data_digest(parse_source(source).path)}


def write_made_pairs(
    out: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], record: Mapping[str, object]
) -> None:
    """Write a tab-separated table and its record. What was there stays until the new table is whole.

    Raises:
        OSError: `out` cannot be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    table = out.with_name(out.name + ".new")
    table.write_text("\n".join("\t".join(row) for row in [columns, *rows]) + "\n", encoding="utf-8")
    beside = out.with_suffix(".json")
    beside.unlink(missing_ok=True)  # it vouches for the table, and for the new one not yet
    table.replace(out)
    fresh = beside.with_name(beside.name + ".new")
    fresh.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    fresh.replace(beside)
