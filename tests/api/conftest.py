"""The real application over a real, tiny checkpoint and a real index of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from indexer.build import build_release
from indexer.build.options import BuildOptions
from service.app import create_app
from service.settings import Settings
from tests.api.corpus import Index, build_index


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own MOLSEEK_* variables must not change what is tested."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"MOLSEEK_{name.upper()}", raising=False)


@pytest.fixture(scope="session")
def index(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Two releases of one root; `current` points to the first. Not to be changed: copy it."""
    return build_index(tiny_checkpoint, tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="session")
def app(tiny_checkpoint: Path, index: Index) -> FastAPI:
    return create_app(Settings(checkpoint=tiny_checkpoint, index=index.root, workers=2, poll_seconds=60))


@pytest.fixture(scope="session")
def client(app: FastAPI) -> Iterator[TestClient]:
    """Talks to the application in this process; faults of the service come back as answers, as over the network."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client_with(tiny_checkpoint: Path, index: Index) -> Iterator[Callable[..., TestClient]]:
    """Makes clients of applications with other settings."""
    opened: list[TestClient] = []

    def make(**settings: object) -> TestClient:
        values: dict[str, object] = {"checkpoint": tiny_checkpoint, "index": index.root, "workers": 2}
        app = create_app(Settings(**(values | settings)))  # type: ignore[arg-type]
        client = TestClient(app, raise_server_exceptions=False)
        client.__enter__()
        opened.append(client)
        return client

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    out = tmp_path_factory.mktemp("bundled")
    build_release(BuildOptions(checkpoint="compact", molecules=("example",), out=out, workers=0))
    app = create_app(Settings(checkpoint="compact", index=out, max_queries=2000, poll_seconds=60))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
