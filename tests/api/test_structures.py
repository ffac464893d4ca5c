"""GET /structures/drawing.svg."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"
# The fill of coloured atoms in RDKit's SVG.
COLOUR = "#9EE0D8"


def draw(client: TestClient, **asked: object) -> str:
    answer = client.get("/structures/drawing.svg", params={"structure": ASPIRIN, **asked})  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    return answer.text


@pytest.mark.parametrize("structure", ["InChI=1S/CH4/h1H4", "[Na+].[Cl-]", ASPIRIN])
def test_any_structure_is_drawn(client: TestClient, structure: str) -> None:
    assert "width='120px' height='90px'" in draw(client, structure=structure, width=120, height=90)


def test_matches_are_coloured(client: TestClient) -> None:
    assert COLOUR not in draw(client)
    one = draw(client, marked="C(=O)[OX2H]").count(COLOUR)
    two = draw(client, marked=["C(=O)[OX2H]", "c1ccccc1"]).count(COLOUR)
    assert 0 < one < two


def test_what_structures_share_is_coloured(client: TestClient) -> None:
    ring = draw(client, common_with=["Oc1ccccc1"]).count(COLOUR)
    more = draw(client, common_with=["OC(=O)c1ccccc1O"]).count(COLOUR)
    assert 0 < ring < more
    assert COLOUR not in draw(client, common_with=["[Na+].[Cl-]"])


def test_a_drawing_that_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    path = f"/structures/drawing.svg?structure={ASPIRIN}"
    etag = client.get(path).headers["etag"]
    assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(f"{path}&marked=O", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "code", "field"),
    [
        ({"structure": "C("}, "structure_not_drawable", "structure"),
        ({"structure": "C", "common_with": "C("}, "structure_not_drawable", "common_with"),
        ({"structure": "C", "marked": "[O"}, "substructure_unparsable", "marked"),
        ({"structure": "C", "marked": ["C"] * 9}, "invalid_request", None),
        ({"structure": "C", "width": 10_000}, "drawing_size", None),
        ({}, "invalid_request", None),
    ],
)
def test_faults(client: TestClient, asked: dict[str, object], code: str, field: str | None) -> None:
    answer = client.get("/structures/drawing.svg", params=asked)  # type: ignore[arg-type]
    assert answer.status_code == 422
    assert answer.json()["code"] == code
    if field is not None:
        assert answer.json()["field"] == field
