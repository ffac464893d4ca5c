"""The bundled corpus, served on a real socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from indexer.build import BuildOptions, build_release
from indexer.examples import example_corpus
from service.app import create_app
from service.settings import Settings


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    index = tmp_path_factory.mktemp("bundled")
    build_release(BuildOptions(checkpoint="compact", molecules=(example_corpus(),), out=index, workers=0))
    return index


@pytest.fixture(scope="session")
def address(bundled: Path) -> Iterator[str]:
    app = create_app(Settings(checkpoint="compact", index=bundled, workers=2))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the service did not start"
        time.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()
