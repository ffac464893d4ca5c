"""What a drawing of a structure is known by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import rdkit

SMALLEST = 50
LARGEST = 2000


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is to be drawn; width and height in pixels."""

    smiles: str
    width: int
    height: int

    @property
    def etag(self) -> str:
        """Changes when the picture could: with the structure, the size or RDKit."""
        described = f"{self.smiles}\0{self.width}x{self.height}\0{rdkit.__version__}"
        return f'"{hashlib.sha256(described.encode()).hexdigest()[:32]}"'
