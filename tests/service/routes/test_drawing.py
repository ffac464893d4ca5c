"""What a drawing is known by."""

from __future__ import annotations

from service.routes.drawing import Drawing


def test_tag_changes_with_what_is_drawn() -> None:
    drawings = [Drawing("CCO", 200, 100), Drawing("CCN", 200, 100), Drawing("CCO", 100, 200)]
    assert len({drawing.etag for drawing in drawings}) == 3
    assert Drawing("CCO", 200, 100).etag == drawings[0].etag
