"""The commands of the documents work, and print what the documents say.

A block of shell commands with `<!-- test -->` above it is run, those of one page in order in one directory, with the
bundled checkpoint; `<!-- test: exit 3 -->` names the exit code of its last command. Lines of a `text` block right below
have to be in the output in this order; `…` stands for anything, and a line may go on.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

import indexer.cli
import molseek.cli
import service.cli
import training.cli

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"<!-- test(?:: exit (?P<code>\d+))? -->\n```sh\n(?P<commands>.*?)```\n(?:\n```text\n(?P<output>.*?)```\n)?",
    re.DOTALL,
)
_UNMARKED = re.compile(r"(?P<before>[^\n]*)\n\n?```sh\n(?P<commands>.*?)```", re.DOTALL)
_APPS = {
    "molseek": molseek.cli.app,
    "molseek-index": indexer.cli.app,
    "molseek-train": training.cli.app,
    "molseek-serve": service.cli.cli,
}
PAGES = [page for page in sorted((ROOT / "docs").rglob("*.md")) if _BLOCK.search(page.read_text("utf-8"))]
TUTORIALS = [ROOT / "docs/index-corpora.md", *sorted((ROOT / "docs/howto").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_of_a_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    for block in _BLOCK.finditer(page.read_text("utf-8")):
        code, output = _run(block["commands"])
        assert code == int(block["code"] or 0), f"{block['commands']}\n{output}"
        wanted = [re.escape(line.strip()).replace("…", ".*") for line in (block["output"] or "").splitlines()]
        assert re.search(r"[\s\S]*?".join(wanted), output), f"{block['commands']}\nprinted:\n{output}"


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_are_tested_or_say_what_they_need(page: Path) -> None:
    for block in _UNMARKED.finditer(page.read_text("utf-8")):
        before = block["before"].strip("*_ ")
        assert before.startswith("<!-- test") or before.startswith("needs "), f"not marked:\n{block['commands']}"


def _run(commands: str) -> tuple[int, str]:
    """Exit code of the last command, and what all printed. Our own commands run in this process, others in a shell."""
    lines = [line for line in commands.replace("\\\n", " ").splitlines() if line.strip()]
    if lines[0].split()[0] not in _APPS:
        run = subprocess.run(["bash", "-euc", commands], capture_output=True, text=True, check=False)
        return run.returncode, run.stdout + run.stderr
    output, code = "", 0
    for line in lines:
        assert code == 0, output
        program, *arguments = shlex.split(os.path.expandvars(line), comments=True)
        result = CliRunner().invoke(_APPS[program], arguments)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        output, code = output + result.output, result.exit_code
    return code, output
