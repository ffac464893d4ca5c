"""One molecule, and its drawing."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient

from tests.api.corpus import Index


@pytest.mark.parametrize("key", ["caffeine", "2519"])
def test_by_id_or_cid(client: TestClient, index: Index, key: str) -> None:
    found = client.get(f"/molecules/{key}").json()
    assert found == {
        "id": "caffeine",
        "cid": "2519",
        "smiles": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
        "inchikey": "RYYVLZVUVIJVGH-UHFFFAOYSA-N",
        "name": "caffeine",
        "formula": "C8H10N4O2",
        "molecular_weight": pytest.approx(194.19, abs=0.01),
        "description": "A purine alkaloid that stimulates.",
        "tags": ["drug", "natural product"],
        "svg": "/molecules/caffeine.svg",
        "release": index.first,
    }


def test_ids_with_a_slash_are_reachable(client: TestClient) -> None:
    found = client.get("/molecules/rac%2Flactic").json()
    assert found["id"] == "rac/lactic"
    assert client.get(found["svg"]).headers["content-type"].startswith("image/svg+xml")


@pytest.mark.parametrize("key", ["unobtainium", "x" * 5000, "%00", "%ff%fe", "' OR 1=1 --", "caffeine.svg.svg"])
def test_unknown(client: TestClient, key: str) -> None:
    answer = client.get(f"/molecules/{key}")
    assert (answer.status_code, answer.json()["code"]) == (404, "molecule_not_found")
    assert len(answer.json()["detail"]) < 300


def test_drawing(client: TestClient) -> None:
    answer = client.get("/molecules/aspirin.svg?width=400&height=250")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "max-age" in answer.headers["cache-control"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    root = ElementTree.fromstring(answer.text)
    assert root.tag.endswith("svg")
    assert (root.get("width"), root.get("height")) == ("400px", "250px")
    assert len([each for each in root.iter() if each.tag.endswith("path")]) > 10


def test_drawing_is_not_sent_twice(client: TestClient) -> None:
    first = client.get("/molecules/aspirin.svg")
    tag = first.headers["etag"]
    for given in (tag, f'"other", W/{tag}', "*"):
        again = client.get("/molecules/aspirin.svg", headers={"If-None-Match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get("/molecules/aspirin.svg?width=301", headers={"If-None-Match": tag}).status_code == 200
    assert client.get("/molecules/caffeine.svg", headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("query", "field"),
    [("width=49", "width"), ("width=2001", "width"), ("height=10e9", "height"), ("height=", "height")],
)
def test_unsuitable_sizes(client: TestClient, query: str, field: str) -> None:
    answer = client.get(f"/molecules/aspirin.svg?{query}")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "drawing_size", field)


def test_drawing_of_an_unknown_molecule(client: TestClient) -> None:
    answer = client.get("/molecules/unobtainium.svg")
    assert (answer.status_code, answer.json()["code"]) == (404, "molecule_not_found")
