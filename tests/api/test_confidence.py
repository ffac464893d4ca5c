"""The confidence of a hit: that of the checkpoint's calibration, whatever number of hits is asked for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from model import load_checkpoint, save_calibration
from service.app import create_app
from service.settings import Settings
from tests.api.corpus import CORPUS, EXTRA_DESCRIPTIONS, Index
from tests.support.confidence import a_calibration

TEXT = "/search/text2mol"
MOLECULE = "/search/mol2text"
QUERY = {TEXT: "an acid", MOLECULE: "CCO"}
CALIBRATION = a_calibration()


@pytest.fixture(scope="module")
def sure(tiny_checkpoint: Path, index: Index, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Serves the index of the uncalibrated checkpoint with a calibrated copy of it, whose digest is the same."""
    directory = tmp_path_factory.mktemp("sure") / "tiny"
    shutil.copytree(tiny_checkpoint, directory)
    save_calibration(load_checkpoint(directory), CALIBRATION)
    app = create_app(Settings(checkpoint=directory, index=index.root, workers=1, poll_seconds=60))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def hits(client: TestClient, path: str, **body: object) -> list[dict[str, object]]:
    answer = client.post(path, json={"query": QUERY[path]} | body)
    assert answer.status_code == 200, answer.text
    [found] = answer.json()["results"]
    return list(found)


@pytest.mark.parametrize("path", [TEXT, MOLECULE])
def test_confidences_are_those_of_the_calibration(sure: TestClient, path: str) -> None:
    found = hits(sure, path, k=100, mode="vector")
    assert len(found) == len(CORPUS) + (len(EXTRA_DESCRIPTIONS) if path == MOLECULE else 0)
    scores = np.array([[hit["score"] for hit in found]], np.float32)
    curve = CALIBRATION.of("text2mol" if path == TEXT else "mol2text").curve
    assert [hit["confidence"] for hit in found] == pytest.approx(curve.confidences(scores)[0].tolist())
    assert 0 < sum(float(str(hit["confidence"])) for hit in found[:10]) <= 1


@pytest.mark.parametrize("path", [TEXT, MOLECULE])
@pytest.mark.parametrize("filter", [None, {"heavy_atoms": {"max": 12}}, {"lacks_substructure": ["[Na+]"]}])
def test_k_changes_none_of_them(sure: TestClient, path: str, filter: object) -> None:
    everything = hits(sure, path, k=100, filter=filter)
    for k in (1, 3):
        assert hits(sure, path, k=k, filter=filter) == everything[:k]


def test_with_a_filter_they_are_those_among_what_fits(sure: TestClient) -> None:
    found = hits(sure, TEXT, k=100, filter={"heavy_atoms": {"max": 12}}, mode="vector")
    assert 1 < len(found) < len(CORPUS)
    scores = np.array([[hit["score"] for hit in found]], np.float32)
    expected = CALIBRATION.text2mol.curve.confidences(scores)[0].tolist()
    assert [hit["confidence"] for hit in found] == pytest.approx(expected)


def test_many_queries_have_the_confidences_of_each_alone(sure: TestClient) -> None:
    texts = ["an acid", "a salt of an alkali metal"]
    together = sure.post(TEXT, json={"queries": texts, "k": 2}).json()["results"]
    for text, found in zip(texts, together, strict=True):
        alone = hits(sure, TEXT, query=text, k=2)
        assert [hit["confidence"] for hit in found] == pytest.approx([hit["confidence"] for hit in alone], abs=1e-4)


def test_a_checkpoint_without_calibration_has_none(client: TestClient) -> None:
    for path in (TEXT, MOLECULE):
        assert {hit["confidence"] for hit in hits(client, path)} == {None}


def test_a_side_without_rows_is_no_trouble(tiny_checkpoint: Path, index: Index, tmp_path: Path) -> None:
    shutil.copytree(tiny_checkpoint, tmp_path / "tiny")
    save_calibration(load_checkpoint(tmp_path / "tiny"), CALIBRATION)
    settings = Settings(checkpoint=tmp_path / "tiny", index=index.without_descriptions, workers=1, poll_seconds=60)
    with TestClient(create_app(settings)) as client:
        assert hits(client, MOLECULE) == []
        [only] = hits(client, TEXT, mode="vector")
        assert 0 <= float(str(only["confidence"])) <= 1


def test_what_it_means_and_where_it_does_not_hold_is_said(sure: TestClient) -> None:
    schemas = sure.get("/openapi.json").json()["components"]["schemas"]
    said = schemas["Hit"]["properties"]["confidence"]["description"]
    assert "does not hold for texts of other kinds" in said and "null where" in said
    assert "suppose that what is described fits" in schemas["Filter"]["description"]
    assert sure.get("/version").json()["checkpoint"]["confidence_fitted_on"] == "pairs.tsv"
