"""Structures as SVG, drawn by RDKit. Call it in a worker process."""

from rdkit import Chem, rdBase
from rdkit.Chem.Draw import rdMolDraw2D

# Laying out a structure takes time with the square of its atoms: half a second at this many, two at 600.
MOST_ATOMS = 400


class DrawingError(ValueError):
    """RDKit cannot draw the structure; the message is a sentence for a chemist."""


def draw_svg(smiles: str, width: int, height: int) -> str:
    """The structure on a transparent background; width and height in pixels.

    Raises:
        DrawingError: the structure cannot be read, is too large, or cannot be drawn.
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles)
        if mol is None:
            raise DrawingError("The structure cannot be read.")
        if mol.GetNumAtoms() > MOST_ATOMS:
            raise DrawingError(f"The structure has {mol.GetNumAtoms():,} atoms; at most {MOST_ATOMS:,} are drawn.")
        drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
        # RDKit's own type information has the flags of its options wrong.
        drawer.drawOptions().clearBackground = False  # type: ignore[assignment]
        try:
            rdMolDraw2D.PrepareAndDrawMolecule(drawer, mol)
        except (RuntimeError, ValueError) as error:
            raise DrawingError("The structure cannot be drawn.") from error
        drawer.FinishDrawing()
        return str(drawer.GetDrawingText())
