"""Tables of training pairs that a command makes out of others, and beside each, as `.json`, what went into it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from training.digests import data_digest
from training.pairs import parse_source


def origin(source: str) -> dict[str, str]:
    """A training file as the record beside a table names it: selectors kept, folders left out."""
    path = parse_source(source).path
    return {"source": path.name + source[len(str(path)) :], "sha256": data_digest(path)}


def write_made_pairs(
    out: Path, columns: Sequence[str], rows: Iterable[Sequence[str]], record: dict[str, object]
) -> None:
    """Write the table to `out` and the record beside it. A kill leaves no record beside a table it is not of.

    Raises:
        OSError: they cannot be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    table = out.with_name(out.name + ".new")
    table.write_text("".join("\t".join(row) + "\n" for row in (columns, *rows)), encoding="utf-8")
    beside = out.with_suffix(".json")
    beside.unlink(missing_ok=True)  # it vouches for the table, and for the new one not yet
    table.replace(out)
    fresh = beside.with_name(beside.name + ".new")
    fresh.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    fresh.replace(beside)
