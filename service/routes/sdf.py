"""Hits as an SD file: a molblock with 2-D coordinates for each, what is known of the hit as its data items."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from indexer.chemistry import Chemistry
from indexer.chemistry.drawing import DrawingError

Row = dict[str, object]
# Structures that a worker lays out in one call, some 20 ms: calling costs as much as laying a small one out. And their
# characters: a large one takes as long as many.
_TOGETHER, _CHARACTERS = 32, 2000
_AT_ONCE = 4  # calls of one answer, so that others take turns


async def molblocks(structures: Sequence[object], chemistry: Chemistry) -> list[str | None]:
    """Molblocks for SMILES, made by worker processes; None for what is no SMILES or cannot be laid out."""
    different = dict.fromkeys(smiles for smiles in structures if isinstance(smiles, str))
    blocks: dict[str, str | None] = {}
    parts = _parts(different)
    while some := list(islice(parts, _AT_ONCE)):
        for part, made in zip(some, await asyncio.gather(*(_made(part, chemistry) for part in some)), strict=True):
            blocks.update(zip(part, made, strict=True))
    return [blocks[smiles] if isinstance(smiles, str) else None for smiles in structures]


def _parts(structures: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for smiles in structures:
        if part and (len(part) == _TOGETHER or sum(map(len, part)) + len(smiles) > _CHARACTERS):
            yield part
            part = []
        part.append(smiles)
    if part:
        yield part


async def _made(smiles: Sequence[str], chemistry: Chemistry) -> list[str | None]:
    """Each by itself where one of them costs all of them their worker."""
    try:
        return await asyncio.wrap_future(chemistry.molblocks(smiles))
    except DrawingError:
        if len(smiles) == 1:
            return [None]
        return [block for each in smiles for block in await _made([each], chemistry)]


def sdf(records: Iterable[tuple[Row, str]]) -> bytes:
    """A file of hits with their molblocks: the name is the title, the other columns are data items."""
    return "".join(_record(row, block) for row, block in records).encode()


def _record(row: Row, block: str) -> str:
    title, _, rest = block.partition("\n")
    title = _line(row["name"] or "") or _line(row["id"])
    items = ((name, _line(value)) for name, value in row.items() if value is not None)
    return f"{title}\n{rest}" + "".join(f">  <{name}>\n{value}\n\n" for name, value in items if value) + "$$$$\n"


def _line(value: object) -> str:
    """One line: an empty line would end a data item, `>` begin another, `$$$$` end the record."""
    text = " ".join(str(value).split())
    return f" {text}" if text.startswith((">", "$$$$")) else text
