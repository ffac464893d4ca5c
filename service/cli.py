"""`molseek-serve`: the service on a port, from flags and `MOLSEEK_*` variables."""

from __future__ import annotations

import json
import shlex
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from prometheus_client.multiprocess import mark_process_dead
from pydantic import ValidationError

from model.command.output import written_output
from model.command.values import name_values
from service.metrics import share_metrics
from service.protecting.keys import KeyScope, KeysError, is_loopback, new_key, read_keys
from service.running.logs import configure_logging
from service.running.processes import Announce, Supervisor, bind, end_cleanly, fail
from service.settings import Settings

_EXAMPLE = "a trimethylxanthine that keeps people awake"

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@cli.callback(invoke_without_command=True)
def serve(
    context: typer.Context,
    checkpoint: Annotated[str | None, typer.Option(help="Checkpoint directory, bundled name or hub id.")] = None,
    checkpoints: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Directory of further checkpoints that new releases may need.")
    ] = None,
    index: Annotated[Path | None, typer.Option(metavar="DIR", help="Index directory, or a single release.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on. [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on, 0 for any free one. [default: 8000]")] = None,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1. [default: cpu]")] = None,
    processes: Annotated[int | None, typer.Option(help="Processes that share the port. [default: 1]")] = None,
    keys: Annotated[Path | None, typer.Option(metavar="FILE", help="File of API keys; clients must send one.")] = None,
    allow_anonymous: Annotated[
        bool | None, typer.Option("--allow-anonymous", help="Serve other machines without API keys, too.")
    ] = None,
    root_path: Annotated[str | None, typer.Option(help="Path prefix under which a proxy serves this service.")] = None,
    workers: Annotated[int | None, typer.Option(help="Threads for filters. [default: cores, at most 4]")] = None,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning, error. [default: info]")] = None,
    log_format: Annotated[str | None, typer.Option(help="json or text. [default: json]")] = None,
    wait_for_index: Annotated[
        bool | None, typer.Option("--wait-for-index/--need-index", help="Start before the first release is published.")
    ] = None,
    print_example: Annotated[bool, typer.Option("--print-example", help="Print an example query and exit.")] = False,
) -> None:
    """Answer searches over HTTP. Every flag, and more, can be given as a variable: MOLSEEK_PORT=9000."""
    if context.invoked_subcommand is not None:
        return
    flags = {
        "checkpoint": checkpoint,
        "checkpoints": checkpoints,
        "index": index,
        "host": host,
        "port": port,
        "device": device,
        "processes": processes,
        "keys": keys,
        "allow_anonymous": allow_anonymous,
        "root_path": root_path,
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
    check_access(settings)
    signal.signal(signal.SIGTERM, end_cleanly)
    configure_logging(settings.log_level, settings.log_format)
    try:
        listener = bind(settings.host, settings.port)  # not shared: another service must not have the port
        if settings.processes > 1:
            port = listener.getsockname()[1]
            listener.close()
            listener = bind(settings.host, port, shared=True)
    except OSError as error:
        fail(f"cannot listen on {settings.host} port {settings.port}: {error.strerror or error}")
    settings = settings.model_copy(update={"port": listener.getsockname()[1]})
    announce = partial(_announce, settings.host, settings.port)
    if settings.processes > 1:
        # The listener stays open, unused: it keeps the port while processes come and go.
        with TemporaryDirectory(prefix="molseek-metrics-") as metrics:
            serve_one = partial(_serve_member, settings, Path(metrics))
            died = partial(mark_process_dead, path=metrics)
            supervisor = Supervisor(serve_one, settings.processes, settings.shutdown_seconds, died)
            raise typer.Exit(supervisor.run(announce))
    from service.run import serve_here  # late: with the encoder's libraries, which a supervisor does without

    serve_here(settings, announce, listener)


@cli.command()
def key(
    name: Annotated[str, typer.Argument(help="Name of the key's owner, as it appears in the log.")],
    scope: Annotated[
        list[KeyScope], typer.Option(help="Scope of the key: search, or operate (for /metrics). Repeatable.")
    ] = [KeyScope.SEARCH],  # noqa: B006
) -> None:
    """Create an API key: its line for the key file goes to standard output, the key itself to standard error, once."""
    made, line = new_key(" ".join(name.split()), scope)
    typer.echo(f"The key, which is kept nowhere: {made}", err=True)
    typer.echo(line)


def check_access(settings: Settings) -> None:
    """End the command if the key file cannot be used, or anyone could ask without meaning that."""
    if settings.keys is not None:
        try:
            read_keys(settings.keys)
        except KeysError as error:
            fail(str(error))
    elif not settings.allow_anonymous and not is_loopback(settings.reached_at):
        fail(
            f"whoever reaches {settings.reached_at} could search without a key: name a file of API keys with --keys "
            "(`molseek-serve key NAME` makes one), or say --allow-anonymous (MOLSEEK_ALLOW_ANONYMOUS=true)"
        )


def _serve_member(settings: Settings, metrics: Path, place: int, again: bool, announce: Announce) -> None:
    share_metrics(metrics, place)
    if again:  # it has served: if its release was harmed meanwhile, 503 with the reason is better than no answer
        settings = settings.model_copy(update={"wait_for_index": True})
    from service.run import serve_member

    serve_member(settings, announce)


def _announce(host: str, port: int) -> None:
    page, example = f"{service_address(host, port)}/", example_query(host, port)
    with suppress(SystemExit):  # that nobody can be told is said, and is no reason not to serve
        typer.echo(f"Molseek is serving (stop with Ctrl-C). Open {page} or ask:\n\n  {example}\n")
        sys.stdout.flush()


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


def service_address(host: str, port: int) -> str:
    """Where a service that listens here is reached from this machine, such as http://127.0.0.1:8000."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def example_query(host: str, port: int) -> str:
    """A curl command that asks a service that listens here."""
    body = shlex.quote(json.dumps({"query": _EXAMPLE, "k": 3}))
    address = service_address(host, port)
    return f"curl -s {address}/search/text2mol -H 'Content-Type: application/json' -d {body}"


def main() -> None:
    """Entry point of `molseek-serve`."""
    with written_output("molseek-serve"):
        name_values(cli)()


if __name__ == "__main__":
    main()
