"""A service whose vectors are in Milvus, while that goes away, hangs and comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response

from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.engines import IndexSpec
from service.app import create_app
from service.settings import Settings
from tests.api.corpus import write_descriptions, write_molecules
from tests.support.milvus import BOTH, MilvusServer, StandaloneServer

QUERY = {"query": "an acid", "k": 3}


@pytest.fixture(scope="module", params=BOTH)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilvusServer]:
    kind = MilvusServer if request.param == "lite" else StandaloneServer
    server = kind(tmp_path_factory.mktemp("milvus"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def root(server: MilvusServer, tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("corpus")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOLSEEK_MILVUS_URI", server.uri)
        patch.setenv("MOLSEEK_MILVUS_TIMEOUT_SECONDS", "100")
        build_release(
            BuildOptions(
                checkpoint=tiny_checkpoint,
                molecules=(write_molecules(directory / "m.tsv"),),
                descriptions=(write_descriptions(directory / "d.tsv"),),
                out=directory / "index",
                index=IndexSpec(engine="milvus"),
                workers=0,
            )
        )
    return directory / "index"


@pytest.fixture(autouse=True)
def _impatient(server: MilvusServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOLSEEK_MILVUS_URI", server.uri)
    monkeypatch.setenv("MOLSEEK_MILVUS_LOCAL_ROWS", "0")
    monkeypatch.setenv("MOLSEEK_MILVUS_TIMEOUT_SECONDS", "2")


def eventually(client: TestClient, status: int) -> Response:
    """The first answer about readiness with this status; a busy machine may take its time."""
    for _ in range(600):
        answer = client.get("/health/ready")
        if answer.status_code == status:
            return answer
        time.sleep(0.1)
    raise AssertionError(f"not {status} within a minute: {answer.text}")


def assert_away(answer: Response, server: MilvusServer) -> None:
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (503, "engine_away")
    assert int(answer.headers["retry-after"]) > 0
    assert server.uri.rpartition(":")[2] not in answer.text  # where it is, is nobody's business


def test_a_server_that_goes_away_and_comes_back(
    server: MilvusServer, root: Path, tiny_checkpoint: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "molseek.service")
    app = create_app(Settings(checkpoint=tiny_checkpoint, index=root, workers=2, poll_seconds=0.2))
    with TestClient(app, raise_server_exceptions=False) as client:
        eventually(client, 200)
        before = client.post("/search/text2mol", json=QUERY).json()["results"]
        assert len(before[0]) == 3
        for end in (server.kill, server.hang):
            end()
            assert_away(client.post("/search/text2mol", json=QUERY), server)
            assert_away(client.post("/search/mol2text", json={"query": "CCO", "filter": {"hbd": {"min": 0}}}), server)
            assert_away(eventually(client, 503), server)
            assert client.get("/health/live").status_code == 200
            assert client.get("/molecules/aspirin").json()["name"] == "aspirin"
            server.start() if end == server.kill else server.resume()
            eventually(client, 200)
            assert client.post("/search/text2mol", json=QUERY).json()["results"] == before
    assert f"searches cannot be answered: Milvus at {server.uri} is away" in caplog.text
    assert "searches are answered again" in caplog.text


def test_a_release_is_not_served_without_its_server(server: MilvusServer, root: Path, tiny_checkpoint: Path) -> None:
    server.kill()
    app = create_app(Settings(checkpoint=tiny_checkpoint, index=root, workers=2, poll_seconds=60))
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/health/ready")
        assert (answer.status_code, answer.json()["code"]) == (503, "not_ready")
        assert "the vector engine that it needs does not answer" in answer.json()["detail"]
        assert server.uri.rpartition(":")[2] not in answer.text
        assert client.post("/search/text2mol", json=QUERY).json()["code"] == "not_ready"
