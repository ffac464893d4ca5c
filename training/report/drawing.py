"""Structures for the page (SVG) and for composite pictures (PNG), drawn by RDKit in one style."""

from __future__ import annotations

from rdkit import Chem, rdBase
from rdkit.Chem.Draw import rdMolDraw2D

from model.inputs.structure import StructureError, parse_structure

_BOND_PIXELS = 24  # at most: small molecules are not blown up


def structure_svg(smiles: str, width: int = 200, height: int = 150) -> str:
    """An SVG drawing on a transparent background; an empty one if the structure cannot be read or drawn."""
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    _draw(drawer, smiles)
    return str(drawer.GetDrawingText())


def structure_png(smiles: str, width: int = 320, height: int = 240) -> bytes:
    """The same as `structure_svg`, as a PNG on white."""
    drawer = rdMolDraw2D.MolDraw2DCairo(width, height)
    _draw(drawer, smiles, on_white=True)
    data: bytes = drawer.GetDrawingText()
    return data


def _draw(drawer: rdMolDraw2D.MolDraw2D, smiles: str, *, on_white: bool = False) -> None:
    options, scale = drawer.drawOptions(), 1.6 if on_white else 1.0
    options.clearBackground = on_white  # type: ignore[assignment]  # RDKit's types have its flags wrong
    options.fixedBondLength = _BOND_PIXELS * scale  # type: ignore[assignment]
    options.bondLineWidth = 1.4 * scale  # type: ignore[assignment]
    options.useBWAtomPalette()  # colour is left to say which one is right; and it prints
    options.padding = 0.04  # type: ignore[assignment]
    options.minFontSize = round(7 * scale)  # type: ignore[assignment]
    try:
        with rdBase.BlockLogs():
            rdMolDraw2D.PrepareAndDrawMolecule(drawer, Chem.Mol(parse_structure(smiles).mol))
    except (StructureError, RuntimeError, ValueError):
        pass  # the id and the numbers beside the drawing still say what it is
    drawer.FinishDrawing()
