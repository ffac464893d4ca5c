"""What a drawing of a structure is known by, and how it is sent."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import rdkit
from fastapi import Query

SMALLEST = 50
LARGEST = 2000

Pixels = Annotated[int, Query(ge=SMALLEST, le=LARGEST, description="in pixels")]

DRAWING_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}, "description": "The drawing"},
    304: {"description": "The drawing has not changed"},
}

# A drawing changes only when a new release has another structure under the same id.
_CACHE = "public, max-age=300"
# An SVG opened by itself is a document; ours needs nothing but its own styles.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is to be drawn; width and height in pixels. marked, others: see `indexer.chemistry.drawing.draw_svg`."""

    smiles: str
    width: int
    height: int
    marked: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def etag(self) -> str:
        """Changes when the picture could: with the structure, what is marked, the size or RDKit."""
        parts = [self.smiles, f"{self.width}x{self.height}", rdkit.__version__, *self.marked, "", *self.others]
        return f'"{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()[:32]}"'


def drawing_headers(drawing: Drawing) -> Mapping[str, str]:
    """The headers that a drawing is sent with, changed or not."""
    return {"ETag": drawing.etag, "Cache-Control": _CACHE, "Content-Security-Policy": _POLICY}
