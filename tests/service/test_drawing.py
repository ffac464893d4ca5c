"""Structures as pictures."""

from __future__ import annotations

import pytest

from service.drawing import Drawing, DrawingError


@pytest.mark.parametrize("smiles", ["CCO", "[Na+].[Cl-]", "[He]", "C" * 300, "[2H]C([2H])([2H])O", "C1CC2CCC1CC2"])
def test_draws(smiles: str) -> None:
    svg = Drawing(smiles, 200, 100).svg()
    assert "<svg" in svg and svg.rstrip().endswith("</svg>")
    assert "width='200px' height='100px'" in svg
    assert "<rect" not in svg  # the background is transparent


def test_tag_changes_with_what_is_drawn() -> None:
    drawings = [Drawing("CCO", 200, 100), Drawing("CCN", 200, 100), Drawing("CCO", 100, 200)]
    assert len({drawing.etag for drawing in drawings}) == 3
    assert Drawing("CCO", 200, 100).etag == drawings[0].etag


def test_what_cannot_be_read_cannot_be_drawn() -> None:
    with pytest.raises(DrawingError):
        Drawing("C(", 200, 100).svg()
