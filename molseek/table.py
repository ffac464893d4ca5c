"""An answer of the API as a table in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from model.counts import counted

_WIDE = 140
"""Columns of a terminal in which both structure and description fit."""
_NARROW = 100
"""Columns below which headings are abbreviated."""
_SMALL = 70
"""Columns below which a hit shows its structure or description rather than how it was found."""
_TINY = 50
"""Columns below which it shows that rather than confidence and similarity."""
_MEANINGS: dict[str | None, str] = {
    "described": "Confidence: how probable it is that a hit is what was described, if the corpus has it at all.",
    "fits": "Confidence: how probable it is that a hit fits the words.",
}


_REFERENCES = {"query": "your structure", "reference": "the reference", "first_hit": "the first hit"}
"""What hits are compared with, where the answer does not name it."""


def print_answer(answer: dict[str, Any], *, descriptions: bool = False, console: Console | None = None) -> None:
    """How the first query was read, its hits, best first, and a line on where they come from.

    A narrow terminal shows what was asked for: structures, or with `descriptions` the texts.
    """
    console = console or Console()
    hits = answer["results"][0]
    wide = console.width >= _WIDE
    for read in answer.get("understood", [])[:1]:  # services of before say less
        for line in _understood(read):
            console.print(Text(line))
    if hits:
        console.print(_table(hits, console.width, smiles=wide or not descriptions, descriptions=wide or descriptions))
    for read in answer.get("understood", [])[:1]:
        if console.width >= _TINY and (meaning := _MEANINGS.get(read.get("confidence_means"))):
            console.print(Text(meaning, style="dim"))
    if console.width >= _TINY and hits and (reference := answer["morgan_reference"][0]):
        console.print(
            Text(f"Similarity: Tanimoto of Morgan fingerprints to {_compared(reference, hits)}.", style="dim")
        )
    where = f"release {answer['release']}, model {answer['model']}, {answer['took_ms']:.0f} ms"
    console.print(Text(f"{counted(len(hits), 'hit')}; {where}", style="dim"))


def _understood(read: Mapping[str, Any]) -> Iterator[str]:
    """What was read into the query, and what whoever asked should know."""
    if read["kind"] != "text":
        yield f"Read as {read['kind']}: {read['value']}"
    if read["widened"]:
        yield f"Searched for {'; '.join(read['widened'])}"
    if read["filters"]:
        yield f"Filters from your words: {', '.join(read['filters'])}"
    yield from read["remarks"]
    if read["suggestions"]:
        yield f"Did you mean {', '.join(each['value'] for each in read['suggestions'])}?"


def _table(hits: list[dict[str, Any]], width: int, *, smiles: bool, descriptions: bool) -> Table:
    """Texts are `Text`: brackets of a SMILES are no markup."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("", justify="right", no_wrap=True)
    longest = max(len(hit["name"] or hit["id"]) for hit in hits)
    table.add_column("name", overflow="fold", min_width=min(longest, 16), max_width=28)
    numbers = ("score", "conf.", "sim.") if width < _NARROW else ("score", "confidence", "similarity")
    for number in numbers[:1] if width < _TINY else numbers:
        table.add_column(number, justify="right", no_wrap=True)
    if width >= _SMALL:
        table.add_column("found by", max_width=24)
    if smiles:
        table.add_column("SMILES", overflow="fold")
    if descriptions:
        table.add_column("description", overflow="fold")
    for hit in hits:
        cells = [
            Text(str(hit["rank"])),
            Text(hit["name"] or hit["id"]),
            Text(f"{hit['score']:.3f}"),
        ]
        if width >= _TINY:
            cells += [_share(hit["confidence"]), _share(hit["morgan_similarity"])]
        if width >= _SMALL:
            cells.append(Text(", ".join(way["kind"] for way in hit.get("found_by", ()))))
        if smiles:
            cells.append(Text(hit["smiles"] or ""))
        if descriptions:
            cells.append(Text(" ".join((hit["description"] or "").split())))
        table.add_row(*cells)
    return table


def _compared(reference: Mapping[str, Any], hits: list[dict[str, Any]]) -> str:
    named = {hit["id"]: hit["name"] for hit in hits}.get(reference["id"]) or reference["smiles"]
    return _REFERENCES.get(reference["kind"]) or str(named)


def _share(value: float | None) -> Text:
    return Text("" if value is None else f"{value:.2f}")
