"""Structures as SVG, drawn by RDKit."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import rdkit
from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

SMALLEST = 50
LARGEST = 2000


class DrawingError(ValueError):
    """RDKit cannot draw the structure."""


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

    def svg(self) -> str:
        """The picture, on a transparent background.

        Raises:
            DrawingError: the structure cannot be drawn.
        """
        mol = Chem.MolFromSmiles(self.smiles)
        if mol is None:
            raise DrawingError("The structure cannot be read.")
        drawer = rdMolDraw2D.MolDraw2DSVG(self.width, self.height)
        # RDKit's own type information has the flags of its options wrong.
        drawer.drawOptions().clearBackground = False  # type: ignore[assignment]
        try:
            rdMolDraw2D.PrepareAndDrawMolecule(drawer, mol)
        except (RuntimeError, ValueError) as error:
            raise DrawingError("The structure cannot be drawn.") from error
        drawer.FinishDrawing()
        return str(drawer.GetDrawingText())
