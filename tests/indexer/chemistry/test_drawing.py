"""Structures as pictures."""

from __future__ import annotations

import re

import pytest
from rdkit import Chem

from indexer.chemistry.drawing import DrawingError, draw_svg, molblock


@pytest.mark.parametrize("smiles", ["CCO", "[Na+].[Cl-]", "[He]", "C" * 300, "[2H]C([2H])([2H])O", "C1CC2CCC1CC2"])
def test_draws(smiles: str) -> None:
    svg = draw_svg(smiles, 200, 100)
    assert "<svg" in svg and svg.rstrip().endswith("</svg>")
    assert "width='200px' height='100px'" in svg
    assert "<rect" not in svg  # the background is transparent


@pytest.mark.parametrize(("atoms", "scaled"), [(80, False), (160, True)])
def test_letters_of_large_structures_are_as_small_as_the_picture(atoms: int, scaled: bool) -> None:
    """Otherwise they lie on one another, and RDKit looks for a place for each."""

    def letter(pixels: int) -> float:
        path = re.search(r"class='atom-1' d='([^']+)'", draw_svg("[13CH2]" * atoms, pixels, pixels))
        assert path is not None
        places = [float(number) for number in re.findall(r"[\d.]+", path[1])][::2]
        return max(places) - min(places)

    assert (letter(1000) == pytest.approx(10 * letter(100), rel=0.5)) == scaled


@pytest.mark.parametrize("smiles", ["C(", "C" * 500])
def test_what_cannot_be_read_or_is_too_large_is_not_laid_out(smiles: str) -> None:
    with pytest.raises(DrawingError):
        draw_svg(smiles, 200, 100)
    with pytest.raises(DrawingError):
        molblock(smiles)


@pytest.mark.parametrize("smiles", ["C[C@H](N)C(=O)O", "F/C=C/F", "[13CH3][N+](C)(C)C.[Cl-]", "CC(=O)[O-].[Cu+2]"])
def test_molblocks_keep_the_structure(smiles: str) -> None:
    assert Chem.MolToSmiles(Chem.MolFromMolBlock(molblock(smiles))) == Chem.CanonSmiles(smiles)


def test_every_letter_stands_out_from_white() -> None:
    svg = draw_svg("FC(Cl)(Br)SCCP(O)C(N)I", 300, 200)
    colours = set(re.findall(r"<path class='atom-\d+' [^>]*fill='#(\w{6})'", svg))
    assert len(colours) == 8  # F, Cl, Br, S, P, O, N, I
    for colour in colours:
        # WCAG 2.2, success criterion 1.4.11: at least 3 : 1.
        red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (0, 2, 4))
        assert 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05) >= 3, colour


def _linear(value: float) -> float:
    return float(value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
