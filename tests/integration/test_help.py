"""The help of the commands says what was written: no words in brackets are lost as markup."""

from __future__ import annotations

import re

import pytest
import typer
from typer.testing import CliRunner

import indexer.cli
import molseek.cli
import service.cli
import training.cli

APPS = {
    "molseek": molseek.cli.app,
    "molseek-train": training.cli.app,
    "molseek-index": indexer.cli.app,
    "molseek-serve": service.cli.cli,
}


def words(text: str) -> str:
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("app", APPS.values(), ids=APPS)
def test_no_help_loses_words_in_brackets(app: typer.Typer) -> None:
    def check(command: object, path: list[str]) -> None:
        shown = CliRunner().invoke(app, [*path, "--help"])
        assert shown.exit_code == 0
        written = [getattr(command, "help", None), *(getattr(one, "help", None) for one in command.params)]  # type: ignore[attr-defined]
        for text in filter(None, written):
            for bracketed in re.findall(r"\[[^\]]+\]", text):
                assert words(bracketed) in words(shown.output), (path, bracketed)
        for name, below in getattr(command, "commands", {}).items():
            check(below, [*path, name])

    check(typer.main.get_command(app), [])


def test_the_extra_to_install_is_named() -> None:
    shown = CliRunner().invoke(training.cli.app, ["data", "names", "--help"])
    assert "pipinstall-e'.[names]'" in words(shown.output)
