"""An answer of the API as a table in the terminal."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

_WIDE = 120
"""Columns of a terminal in which both structure and description fit."""


def print_answer(answer: dict[str, Any], *, descriptions: bool = False, console: Console | None = None) -> None:
    """The hits of the first query, best first, and a line on where they come from.

    A narrow terminal shows what was asked for: structures, or with `descriptions` the texts.
    """
    console = console or Console()
    hits = answer["results"][0]
    wide = console.width >= _WIDE
    if hits:
        console.print(_table(hits, smiles=wide or not descriptions, descriptions=wide or descriptions))
    where = f"release {answer['release']}, model {answer['model']}, {answer['took_ms']:.0f} ms"
    console.print(Text(f"{_count(len(hits))}; {where}", style="dim"))


def _table(hits: list[dict[str, Any]], *, smiles: bool, descriptions: bool) -> Table:
    """Texts are `Text`: brackets of a SMILES are no markup."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("name", overflow="fold", max_width=28)
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("confidence", justify="right", no_wrap=True)
    if smiles:
        table.add_column("SMILES", overflow="fold")
    if descriptions:
        table.add_column("description")
    for hit in hits:
        confidence = hit.get("confidence")
        cells = [
            Text(str(hit["rank"])),
            Text(hit.get("name") or hit["id"]),
            Text(f"{hit['score']:.3f}"),
            Text("" if confidence is None else f"{confidence:.2f}"),
        ]
        if smiles:
            cells.append(Text(hit.get("smiles") or ""))
        if descriptions:
            cells.append(Text(" ".join((hit.get("description") or "").split())))
        table.add_row(*cells)
    return table


def _count(hits: int) -> str:
    return f"{hits} hit" if hits == 1 else f"{hits} hits"
