"""Structures laid out by RDKit: as SVG, and as molblocks with 2-D coordinates. Call it in a worker process."""

from collections.abc import Iterable, Sequence

from rdkit import Chem, rdBase
from rdkit.Chem import rdDepictor, rdFMCS
from rdkit.Chem.Draw import rdMolDraw2D

# Laying out a structure takes time with the square of its atoms: half a second at this many, two at 600.
MOST_ATOMS = 400
# Letters are no smaller than 6 pixels where they can be read. In a picture of so many atoms and more they would lie on
# one another, and RDKit would look for a place for each: seconds, in vain.
_MOST_READABLE = 100
_COMMON_SECONDS = 1
_MOST_MATCHES = 20
# Teal, light enough for black bonds on it; turned over by a page in the dark, it stays teal.
_COLOUR = (0.62, 0.88, 0.85)
# Fluorine, phosphorus, sulfur and chlorine: RDKit has them too light for white, and so too dark when turned over.
_LETTERS = {9: (0.0, 0.53, 0.53), 15: (0.8, 0.4, 0.0), 16: (0.56, 0.46, 0.0), 17: (0.0, 0.55, 0.0)}


class DrawingError(ValueError):
    """RDKit cannot draw the structure; the message is a sentence for a chemist."""


def draw_svg(smiles: str, width: int, height: int, marked: Sequence[str] = (), others: Sequence[str] = ()) -> str:
    """The structure on a transparent background; width and height in pixels.

    Args:
        marked: SMARTS that have been read; what matches them is coloured.
        others: SMILES; the largest connected part that the structure has in common with all of them is coloured, or
            the largest that is found within a second.

    Raises:
        DrawingError: the structure cannot be read, is too large, or cannot be drawn.
    """
    with rdBase.BlockLogs():
        mol = _read(smiles)
        patterns = [*marked, *([_common([mol, *map(_read, others)])] if others else [])]
        atoms, bonds = _matched(mol, filter(None, patterns))
        drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
        # RDKit's own type information has the flags of its options wrong.
        drawer.drawOptions().clearBackground = False  # type: ignore[assignment]
        drawer.drawOptions().setHighlightColour(_COLOUR)
        drawer.drawOptions().updateAtomPalette(_LETTERS)
        if mol.GetNumAtoms() > _MOST_READABLE:
            drawer.drawOptions().minFontSize = -1  # type: ignore[assignment]
        try:
            rdMolDraw2D.PrepareAndDrawMolecule(drawer, mol, highlightAtoms=atoms, highlightBonds=bonds)
        except (RuntimeError, ValueError) as error:
            raise DrawingError("The structure cannot be drawn.") from error
        drawer.FinishDrawing()
        return str(drawer.GetDrawingText())


def molblock(smiles: str) -> str:
    """The structure as a V2000 molblock with 2-D coordinates in Å. Raises DrawingError, as `draw_svg`."""
    with rdBase.BlockLogs():
        mol = _read(smiles)
        try:
            rdDepictor.Compute2DCoords(mol)
            return Chem.MolToMolBlock(mol)
        except (RuntimeError, ValueError) as error:
            raise DrawingError("The structure cannot be laid out.") from error


def _read(smiles: str) -> Chem.Mol:
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise DrawingError("The structure cannot be read.")
    if mol.GetNumAtoms() > MOST_ATOMS:
        raise DrawingError(f"The structure has {mol.GetNumAtoms():,} atoms; at most {MOST_ATOMS:,} are drawn.")
    return mol


def _common(mols: Sequence[Chem.Mol]) -> str:
    """SMARTS of the largest part that all have, whatever is aromatic in it, as the skeleton of steroids is shared by
    oestrogens; empty where they have no bond in common.
    """
    found = rdFMCS.FindMCS(list(mols), timeout=_COMMON_SECONDS, ringMatchesRingOnly=True, completeRingsOnly=True)
    return str(found.smartsString) if found.numBonds else ""


def _matched(mol: Chem.Mol, patterns: Iterable[str]) -> tuple[list[int], list[int]]:
    """The atoms and bonds of all matches, sorted."""
    atoms: set[int] = set()
    bonds: set[int] = set()
    for smarts in patterns:
        pattern = Chem.MolFromSmarts(smarts)
        for match in mol.GetSubstructMatches(pattern, maxMatches=_MOST_MATCHES):
            atoms.update(match)
            for bond in pattern.GetBonds():
                begin, end = match[bond.GetBeginAtomIdx()], match[bond.GetEndAtomIdx()]
                bonds.add(mol.GetBondBetweenAtoms(begin, end).GetIdx())
    return sorted(atoms), sorted(bonds)
