"""Structures as pictures."""

from __future__ import annotations

import pytest

from indexer.chemistry.drawing import DrawingError, draw_svg


@pytest.mark.parametrize("smiles", ["CCO", "[Na+].[Cl-]", "[He]", "C" * 300, "[2H]C([2H])([2H])O", "C1CC2CCC1CC2"])
def test_draws(smiles: str) -> None:
    svg = draw_svg(smiles, 200, 100)
    assert "<svg" in svg and svg.rstrip().endswith("</svg>")
    assert "width='200px' height='100px'" in svg
    assert "<rect" not in svg  # the background is transparent


def test_what_cannot_be_read_cannot_be_drawn() -> None:
    with pytest.raises(DrawingError):
        draw_svg("C(", 200, 100)
