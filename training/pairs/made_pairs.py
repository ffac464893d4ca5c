"""Tables of generated training pairs, each with a `.json` record of its inputs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from model.files import write_whole
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
    """Write a tab-separated table and its record. An existing table is replaced once the new one is complete.

    Raises:
        OSError: `out` cannot be written.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    table = "\n".join("\t".join(row) for row in [columns, *rows]) + "\n"
    beside = out.with_suffix(".json")
    beside.unlink(missing_ok=True)  # it describes the old table
    write_whole(out, table)
    write_whole(beside, json.dumps(record, indent=2) + "\n")
