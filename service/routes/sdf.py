"""Hits as an SD file: a molblock with 2-D coordinates for each, what is known of the hit as its data items."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from indexer.chemistry import Chemistry
from indexer.chemistry.drawing import DrawingError

Row = dict[str, object]
# Structures of one answer that workers lay out at once, so that others take turns.
_AT_ONCE = 8


async def molblocks(structures: Sequence[object], chemistry: Chemistry) -> list[str | None]:
    """Molblocks for SMILES, made by worker processes; None for what is no SMILES or cannot be laid out."""
    blocks: dict[str, str | None] = {}
    different = list({smiles: None for smiles in structures if isinstance(smiles, str)})
    for start in range(0, len(different), _AT_ONCE):
        some = different[start : start + _AT_ONCE]
        blocks.update(zip(some, await asyncio.gather(*(_molblock(smiles, chemistry) for smiles in some)), strict=True))
    return [blocks.get(smiles) if isinstance(smiles, str) else None for smiles in structures]


async def _molblock(smiles: str, chemistry: Chemistry) -> str | None:
    try:
        return await asyncio.wrap_future(chemistry.molblock(smiles))
    except DrawingError:
        return None


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
