"""GET /structures/drawing.svg and POST /structures/read."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from rdkit import Chem

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


# As openchemlib writes what is drawn: in its eyes none of these rings is aromatic.
DRAWN = {
    "caffeine": "C[n]1c(C(N(C)C(N2C)=O)=O)c2nc1",
    "uracil": "O=C(C=CN1)NC1=O",
    "coumarin": "O=C1Oc2ccccc2C=C1",
    "2-pyridone": "O=C1NC=CC=C1",
}


def read(client: TestClient, structure: str) -> dict[str, str | None]:
    answer = client.post("/structures/read", json={"structure": structure})
    assert answer.status_code == 200, answer.text
    found: dict[str, str | None] = answer.json()
    return found


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawn_ring_is_aromatic_wherever_its_double_bonds_are(client: TestClient, name: str) -> None:
    found = read(client, DRAWN[name])
    assert found["no_smarts"] is None
    assert "c" in (found["smarts"] or "") and "H" not in (found["smarts"] or "")


def test_a_drawn_part_finds_what_has_it(client: TestClient) -> None:
    smarts = read(client, "O=C(c1c(N2)nc[nH]1)NC2=O")["smarts"]  # a xanthine with free places
    asked = {"query": "anything", "k": 10, "filter": {"has_substructure": [smarts]}}
    answer = client.post("/search/text2mol", json=asked)
    assert [hit["name"] for hit in answer.json()["results"][0]] == ["caffeine"]


def test_a_molblock_is_read(client: TestClient) -> None:
    block = Chem.MolToMolBlock(Chem.MolFromSmiles(DRAWN["caffeine"]))
    assert read(client, block)["smiles"] == "Cn1c(=O)c2c(ncn2C)n(C)c1=O"


def test_what_is_too_large_to_be_looked_for_is_read_all_the_same(client: TestClient) -> None:
    found = read(client, "C" * 60)
    assert found["smarts"] is None and found["smiles"] == "C" * 60
    assert found["no_smarts"] == "The structure has 60 atoms; substructures of up to 50 are looked for."


def test_what_cannot_be_read_is_a_problem(client: TestClient) -> None:
    answer = client.post("/structures/read", json={"structure": "C1CC("})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "query_unparsable", "structure")
    assert client.post("/structures/read", json={}).status_code == 422
