"""An application behind the protocol that the service speaks, at an address of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from service.protecting.connections import bounded_connection
from service.running.processes import bind


@contextmanager
def connected(app: ASGIApp, seconds: float) -> Iterator[tuple[str, int]]:
    """Serve `app` for the block, with `seconds` for heads and for reading answers; its host and port."""
    listener = bind("127.0.0.1", 0)
    protocol = bounded_connection(seconds)
    server = uvicorn.Server(uvicorn.Config(app, http=protocol, log_config=None, lifespan="off", timeout_keep_alive=60))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listener.getsockname()
    finally:
        server.should_exit = True
        thread.join()
