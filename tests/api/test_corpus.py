"""GET /corpus/…: the corpus as a whole."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from fastapi.testclient import TestClient

from indexer.columns import PROPERTIES
from tests.api.corpus import MOLECULES


def test_statistics_count_every_molecule(client: TestClient) -> None:
    answer = client.get("/corpus/statistics").json()
    assert answer["molecules"] == len(MOLECULES)
    assert set(answer["properties"]) == {*PROPERTIES, "exact_mass"}
    for found in answer["properties"].values():
        assert sum(found["counts"]) == len(MOLECULES)
        assert len(found["edges"]) == len(found["counts"]) + 1
        assert found["edges"] == sorted(set(found["edges"]))
    assert answer["properties"]["molecular_weight"]["max"] == pytest.approx(194.19, abs=0.01)
    assert answer["properties"]["exact_mass"]["max"] == pytest.approx(194.0804, abs=1e-4)
    assert answer["properties"]["rings"]["max"] == 2


def test_the_map_has_a_point_for_each_molecule(client: TestClient) -> None:
    answer = client.get("/corpus/map")
    count, share = struct.unpack_from("<If", answer.content)
    assert count == len(MOLECULES)
    assert 0 < share <= 1
    points = np.frombuffer(answer.content, "<f4", 2 * count, 8).reshape(count, 2)
    numbers = np.frombuffer(answer.content, "<i4", count, 8 + 8 * count)
    assert numbers.tolist() == list(range(count))
    for number, (x, y) in zip(numbers, points, strict=True):
        molecule = client.get(f"/corpus/map/{number}").json()
        assert (molecule["x"], molecule["y"]) == pytest.approx((x, y), abs=1e-5)
        [place] = client.get("/corpus/map/places", params={"id": molecule["id"]}).json()["places"]
        assert place == molecule
    again = client.get("/corpus/map", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_query_has_its_place(client: TestClient) -> None:
    def places(**asked: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = client.get("/corpus/map/places", params=asked).json()["places"]
        return found

    [aspirin] = places(id="aspirin")
    [drawn] = places(structure="O=C(O)c1ccccc1OC(C)=O")
    assert (drawn["id"], drawn["x"]) == (None, pytest.approx(aspirin["x"], abs=1e-4))
    known, query = places(id="aspirin", text="A salicylate ester that relieves pain and fever.")
    assert (known["id"], query["id"]) == ("aspirin", None)
    assert places(id="not there") == []


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/corpus/map/7", 404, "molecule_not_found"),
        ("/corpus/map/places?structure=C(", 422, "structure_not_drawable"),
        ("/corpus/map/places?text=" + "a" * 5001, 422, "query_too_long"),
        ("/corpus/map/places?" + "id=a&" * 101, 422, "invalid_request"),
    ],
)
def test_faults(client: TestClient, path: str, status: int, code: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
