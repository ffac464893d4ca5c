"""Values are named in the help of all commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer
from typer.testing import CliRunner

import indexer.cli
import molseek.cli
import service.cli
import training.cli
from model.command.values import name_values

APPS = {
    "molseek": molseek.cli.app,
    "molseek-index": indexer.cli.app,
    "molseek-serve": service.cli.cli,
    "molseek-train": training.cli.app,
}


def test_values_are_named_by_their_types() -> None:
    app = typer.Typer(rich_markup_mode=None)

    @app.command()
    def _any(
        port: Annotated[int, typer.Option(min=1)] = 8000,
        rate: float = 0.5,
        share: Annotated[list[float] | None, typer.Option()] = None,
        how: Annotated[Literal["fast", "well"], typer.Option()] = "well",
        base_url: Annotated[str | None, typer.Option()] = None,
        out: Annotated[Path | None, typer.Option(metavar="DIR")] = None,
        loud: Annotated[bool, typer.Option("--loud")] = False,
    ) -> None: ...

    shown = CliRunner().invoke(name_values(app), ["--help"]).output
    for said in ("--port N", "--share X", "--how fast|well", "--base-url BASE-URL", "--out DIR"):
        assert said in shown
    assert not re.search("--loud [A-Z]", shown)


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from _commands(child, (*path, name))


@pytest.mark.parametrize("name", APPS)
def test_no_option_shows_the_name_of_a_python_type(name: str) -> None:
    app = name_values(APPS[name])
    for path in _commands(typer.main.get_command(app)):
        if name == "molseek" and path and path[0] in ("index", "serve", "train"):  # they have their own
            continue
        shown = CliRunner().invoke(app, [*path, "--help"]).output
        assert re.findall(r"^ +-.*<.*>.*$", shown, re.MULTILINE) == [], path
