"""Is it alive, is it ready, what is it?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi.testclient import TestClient

from model import load_checkpoint
from service.app import create_app
from service.settings import Settings
from tests.api.corpus import CORPUS, Index


def test_live_and_ready(client: TestClient, index: Index) -> None:
    assert client.get("/health/live").json() == {"status": "live"}
    ready = client.get("/health/ready")
    assert ready.json() == {"status": "ready", "release": index.first, "model": "tiny", "refused": None}


def test_version_tells_what_runs(client: TestClient, index: Index) -> None:
    version = client.get("/version").json()
    digest = load_checkpoint(index.checkpoint).digest
    assert version["checkpoint"] == {
        "name": "tiny",
        "digest": digest,
        "confidence_fitted_on": None,
        "figures": {},
        "measured": None,
    }
    assert version["release"]["name"] == index.first
    assert version["release"]["molecules"] == len(CORPUS)
    assert version["release"]["engine"] == "faiss"
    assert version["refused"] is None
    assert {"rdkit", "torch", "fastapi"} <= set(version["libraries"])


def test_not_ready_until_a_release_is_there(client_with: Callable[..., TestClient], tmp_path: Path) -> None:
    client = client_with(index=tmp_path)
    assert client.get("/health/live").status_code == 200
    for method, path in (("GET", "/health/ready"), ("POST", "/search/text2mol"), ("GET", "/molecules/aspirin")):
        answer = client.request(method, path, **({"json": {"query": "an acid"}} if method == "POST" else {}))
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
        assert "no release is published" in answer.json()["detail"]
        assert int(answer.headers["retry-after"]) > 0
    assert client.get("/version").json()["release"] is None


def test_not_ready_says_that_there_is_no_directory(client_with: Callable[..., TestClient], tmp_path: Path) -> None:
    detail = client_with(index=tmp_path / "nowhere").get("/health/ready").json()["detail"]
    assert "does not exist" in detail
    assert str(tmp_path) not in detail


def test_before_the_start_it_is_alive_and_not_ready(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(checkpoint=tmp_path, index=tmp_path)))  # never entered: not started
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503


def test_request_ids_are_kept_if_harmless(client: TestClient) -> None:
    assert client.get("/health/live", headers={"X-Request-ID": "abc-1.2_3"}).headers["x-request-id"] == "abc-1.2_3"
    for bad in ("a b", "x" * 65, "<script>"):
        given = client.get("/health/live", headers={"X-Request-ID": bad}).headers["x-request-id"]
        assert given != bad and len(given) == 32
