"""`molseek-serve`: the service on a port, from flags and `MOLSEEK_*` variables."""

from __future__ import annotations

import json
import shlex
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
import uvicorn
from pydantic import ValidationError

from model.checkpoint.info import CheckpointError
from service.app import create_app
from service.logs import configure_logging
from service.services import Services, load_services
from service.settings import Settings

_EXAMPLE = "a steroid hormone with a phenolic A ring"

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@cli.command()
def serve(
    checkpoint: Annotated[str | None, typer.Option(help="Checkpoint directory, bundled name or hub id.")] = None,
    index: Annotated[Path | None, typer.Option(help="Where releases are published, or one release.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, 0 for any free one. [default: 8000]")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1. [default: cpu]")] = None,
    workers: Annotated[int | None, typer.Option(help="Searches run at once. [default: cores, at most 4]")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning, error. [default: info]")] = None,
    log_format: Annotated[str | None, typer.Option(help="json or text. [default: json]")] = None,
    wait_for_index: Annotated[
        bool | None, typer.Option("--wait-for-index/--need-index", help="Start before the first release is published.")
    ] = None,
    print_example: Annotated[bool, typer.Option("--print-example", help="Print a query to paste, and stop.")] = False,
) -> None:
    """Answer searches over HTTP. Every flag, and more, can be given as a variable: MOLSEEK_PORT=9000."""
    flags = {
        "checkpoint": checkpoint,
        "index": index,
        "host": host,
        "port": port,
        "device": device,
        "workers": workers,
        "log_level": log_level,
        "log_format": log_format,
        "wait_for_index": wait_for_index,
    }
    given = {name: value for name, value in flags.items() if value is not None}
    if print_example:
        settings = read_settings({"checkpoint": "any", "index": Path(), **given})
        typer.echo(example_query(settings.host, settings.port))
        return
    settings = read_settings(given)
    signal.signal(signal.SIGTERM, _end)
    configure_logging(settings.log_level, settings.log_format)
    listener = _bind(settings.host, settings.port)
    services = _load(settings)
    config = uvicorn.Config(
        create_app(settings, services),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_seconds,
    )
    server = _Server(config, example_query(settings.host, listener.getsockname()[1]))
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    if not server.started:
        raise typer.Exit(1)


def read_settings(flags: Mapping[str, object]) -> Settings:
    """Settings from the environment with `flags` on top; a fault in them ends the command with status 2."""
    try:
        return Settings(**flags)  # type: ignore[arg-type]
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0])
            flag = f"--{name.replace('_', '-')} (or MOLSEEK_{name.upper()})"
            said = "is needed" if fault["type"] == "missing" else f"is wrong: {fault['msg']}"
            typer.echo(f"molseek-serve: {flag} {said}", err=True)
        raise typer.Exit(2) from None


def example_query(host: str, port: int) -> str:
    """A curl command that asks a service at this address."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    address = f"[{reachable}]" if ":" in reachable else reachable
    body = shlex.quote(json.dumps({"query": _EXAMPLE, "k": 3}))
    return f"curl -s http://{address}:{port}/search/text2mol -H 'Content-Type: application/json' -d {body}"


def _bind(host: str, port: int) -> socket.socket:
    """The address, taken before anything is loaded, so that a port in use is known at once; nobody can connect yet."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = sorted(found, key=lambda each: each[0] != socket.AF_INET)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        _fail(f"cannot listen on {host} port {port}: {error.strerror or error}")
    return listener


def _load(settings: Settings) -> Services:
    """What is served, or one line that says why it cannot be."""
    try:
        services = load_services(settings)
    except CheckpointError as error:
        _fail(str(error))
    if services.slot.current is None and not settings.wait_for_index:
        refusal = services.watcher.refusal
        reason = f"release {refusal.release}: {refusal.reason}" if refusal is not None else services.watcher.missing
        services.stop()
        _fail(f"no index to serve in {settings.index}: {reason}")
    return services


def _fail(reason: str) -> NoReturn:
    typer.echo(f"molseek-serve: {' '.join(reason.split())}", err=True)
    raise typer.Exit(1)


class _Server(uvicorn.Server):
    """Says how to ask as soon as it listens."""

    def __init__(self, config: uvicorn.Config, example: str) -> None:
        super().__init__(config)
        self._example = example

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            typer.echo(f"Molseek is serving. Try:\n\n  {self._example}\n")
            sys.stdout.flush()


def _end(_signal: int, _frame: FrameType | None) -> None:
    """SIGTERM while loading, and again after uvicorn has shut down in good order: a clean end either way."""
    raise SystemExit(0)


def main() -> None:
    """Entry point of `molseek-serve`."""
    cli()


if __name__ == "__main__":
    main()
