"""Markdown tables that documents can quote as printed."""

from collections.abc import Sequence
from dataclasses import dataclass

Cell = str | float | int


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the names of the columns, and rows of as many cells."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]

    def __str__(self) -> str:
        texts = [[_text(cell) for cell in row] for row in self.rows]
        widths = [max(len(line[i]) for line in [list(self.columns), *texts]) for i in range(len(self.columns))]
        numeric = [all(not isinstance(row[i], str) or row[i] == "" for row in self.rows) for i in range(len(widths))]
        rule = [
            ("-" * (width - 1) + ":") if right else "-" * width for width, right in zip(widths, numeric, strict=True)
        ]
        lines = [
            "| "
            + " | ".join(_pad(cell, width, right) for cell, width, right in zip(row, widths, numeric, strict=True))
            + " |"
            for row in [list(self.columns), rule, *texts]
        ]
        return "\n".join([f"**{self.title}**", "", *lines, ""])


def _pad(text: str, width: int, right: bool) -> str:
    return text.rjust(width) if right else text.ljust(width)


def _text(cell: Cell) -> str:
    """Three significant digits are more than these measurements are good for."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, int) or abs(cell) >= 100:
        return f"{cell:,.0f}"
    if abs(cell) >= 10:
        return f"{cell:.1f}"
    return f"{cell:.2f}" if abs(cell) >= 0.1 or cell == 0 else f"{cell:.2g}"


def show(machine: str, tables: Sequence[Table]) -> None:
    print(machine, end="\n\n")
    for table in tables:
        print(table)
