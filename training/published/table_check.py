"""The check of a downloaded table of pairs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from model.counts import counted
from model.published.checks import ContentError, count_rows, refuse_pages
from training.pairs.tables import PairFileError, Source, read_table


@dataclass(frozen=True, slots=True)
class TableCheck:
    """A tab-separated table with exactly these columns (any case), this many rows, and a structure in each."""

    columns: tuple[str, ...]
    structure: str
    rows: range

    def __call__(self, path: Path) -> None:
        refuse_pages(path)
        try:
            table = read_table(Source(path))
        except PairFileError as error:
            raise ContentError(str(error).rstrip(".")) from error
        if table.columns != self.columns:
            raise ContentError(f"its columns are {_listed(table.columns)} instead of {_listed(self.columns)}")
        if table.rejects:
            first = table.rejects[0]
            raise ContentError(
                f"{counted(len(table.rejects), 'row')} cannot be read (line {first.line}: {first.reason})"
            )
        count_rows(len(table.rows), self.rows)
        for row in table.rows:
            if not row.fields[self.structure]:
                raise ContentError(f"line {row.line} has no {self.structure}")


def _listed(columns: tuple[str, ...]) -> str:
    shown = ", ".join(column[:40] for column in columns[:8])
    return f"{shown}, …" if len(columns) > 8 else shown
