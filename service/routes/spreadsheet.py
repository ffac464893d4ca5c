"""CSV that a spreadsheet may open: what came with a corpus or a query is never run as a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

# What spreadsheets take for the beginning of a formula, also in the wide letters of East Asian keyboards. No SMILES
# begins so; numbers, signed or not, are harmless.
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]], *, header: bool) -> bytes:
    """Rows of a table as RFC 4180 has them, in UTF-8; columns that a row lacks are empty."""
    out = io.StringIO()
    writer = csv.writer(out)
    if header:
        writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue().encode()


def _cell(value: object) -> object:
    """The value; a text that would be a formula stays a text by an apostrophe before it."""
    if not isinstance(value, str) or not _FORMULA.match(value) or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"
