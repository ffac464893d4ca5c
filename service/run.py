"""Serving in this process: load, warm up, listen, and end in time. Imported late: it brings the encoder's libraries."""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import threading
from types import FrameType

import typer
import uvicorn

from indexer.engines.milvus_settings import MilvusError, read_milvus_settings
from model.checkpoint.info import CheckpointError
from service.app import create_app
from service.protecting.connections import bounded_connection
from service.protecting.keys import KeysError
from service.running.logs import configure_logging
from service.running.processes import Announce, bind, end_cleanly, fail
from service.running.tracing import TracingError
from service.services import Services, load_services
from service.settings import Settings

# Between the end of requests and the end of the process, whatever still runs.
_GRACE_SECONDS = 1.5
_SWITCH_SECONDS = 0.0005


def serve_member(settings: Settings, announce: Announce) -> None:
    """In a process of several: its own listener on the address that the supervisor has reserved."""
    signal.signal(signal.SIGTERM, end_cleanly)
    configure_logging(settings.log_level, settings.log_format)
    try:
        serve_here(settings, announce, bind(settings.host, settings.port, shared=True))
    except typer.Exit as end:
        raise SystemExit(end.exit_code) from None


def serve_here(settings: Settings, announce: Announce, listener: socket.socket) -> None:
    """Load what is served and serve it in this process until it is told to stop."""
    services = _load(settings)
    try:
        app = create_app(settings, services)
    except (KeysError, TracingError) as error:
        services.stop()
        fail(str(error))
    app.openapi()  # kept by the app: made for the first who asks, it would stop all others for a third of a second
    config = uvicorn.Config(
        app,
        http=bounded_connection(settings.header_seconds),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        backlog=settings.max_requests,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    server = _Server(config, announce, settings.shutdown_seconds + _GRACE_SECONDS)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    if not server.started:
        raise typer.Exit(1)


def _load(settings: Settings) -> Services:
    """What is served, or one line that says why it cannot be."""
    try:
        services = load_services(settings, read_milvus_settings())
    except (CheckpointError, MilvusError) as error:
        fail(str(error))
    if services.slot.current is None and not settings.wait_for_index:
        refusal = services.watcher.refusal
        reason = f"release {refusal.release}: {refusal.reason}" if refusal is not None else services.watcher.missing
        services.stop()
        fail(f"no index to serve in {settings.index}: {reason}")
    return services


class _Server(uvicorn.Server):
    """Says when it listens, and ends in time whatever is running."""

    def __init__(self, config: uvicorn.Config, announce: Announce, stop_seconds: float) -> None:
        super().__init__(config)
        self._announce = announce
        self._stop_seconds = stop_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # What has been loaded stays: a collection that looks at all of it stops everyone for a quarter of a second.
        gc.collect()
        gc.freeze()
        # An encoder asks for Python's lock some 200 times a text, and waits this long each time for who computes.
        sys.setswitchinterval(_SWITCH_SECONDS)
        await super().startup(sockets)
        if self.started:
            self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            # Threads in native code cannot be interrupted; the process can.
            last = threading.Timer(self._stop_seconds, os._exit, (0,))
            last.daemon = True
            last.start()
        super().handle_exit(sig, frame)
