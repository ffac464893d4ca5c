"""The help of the commands says what was written: no words in brackets are lost as markup."""

from __future__ import annotations

import re
import subprocess
import sys

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


def test_the_commands_of_a_group_say_of_themselves_what_the_group_says_of_them() -> None:
    group = typer.main.get_command(training.cli.app)
    shown = words(CliRunner().invoke(training.cli.app, ["--help"]).output)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert words(name + command.get_short_help_str(limit=1000)) in shown


def test_nobody_waits_for_pytorch_to_read_the_help() -> None:
    code = (
        "import sys, training.cli\n"
        "try: training.cli.main()\n"
        "finally: print(sorted({'torch', 'transformers', 'rdkit', 'numpy'} & set(sys.modules)))"
    )
    shown = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)
    assert "average" in shown.stdout
    assert shown.stdout.endswith("[]\n")
