"""`molseek`: what it asks, what it prints, and what it hands on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from molseek.cli import app

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_service_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOLSEEK_URL", "MOLSEEK_KEY"):
        monkeypatch.delenv(name, raising=False)


def ask(index: Path, checkpoint: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["ask", "--index", str(index), "--checkpoint", str(checkpoint), *arguments])


def test_a_text_gives_a_table_of_molecules(small_index: Path, tiny_checkpoint: Path) -> None:
    done = ask(small_index, tiny_checkpoint, "a purine alkaloid", "-k", "7")
    assert done.exit_code == 0, done.output
    assert "caffeine" in done.stdout and "[Na+]" in done.stdout  # brackets are no markup
    assert "7 hits; release" in done.stdout


def test_a_structure_gives_descriptions(small_index: Path, tiny_checkpoint: Path) -> None:
    done = ask(small_index, tiny_checkpoint, "--structure", "CCO", "--json", "-k", "3")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert answer["understood_as"] == ["CCO"]
    assert len(answer["results"][0]) == 3 and all(hit["description"] for hit in answer["results"][0])


def test_a_filter_is_the_filter_of_the_api(small_index: Path, tiny_checkpoint: Path) -> None:
    done = ask(small_index, tiny_checkpoint, "anything", "--json", "--filter", '{"tags": {"any": ["drug"]}}')
    assert {hit["name"] for hit in json.loads(done.stdout)["results"][0]} == {"aspirin", "caffeine"}


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ([], 2, "either a text or --structure"),
        (["a text", "--structure", "CCO"], 2, "either a text or --structure"),
        (["a text", "--filter", "{"], 2, "--filter is not JSON"),
        (["--structure", "C1CC"], 1, "never closes"),
        (["a text", "--url", "localhost:1"], 1, "write it as http://HOST:PORT"),
        (["a text", "--url", "http://127.0.0.1:9"], 1, "no answer from http://127.0.0.1:9"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    small_index: Path, tiny_checkpoint: Path, arguments: list[str], status: int, said: str
) -> None:
    done = ask(small_index, tiny_checkpoint, *arguments)
    assert done.exit_code == status, done.exception
    [line] = done.stderr.splitlines()
    assert line.startswith("molseek: ") and said in line


def test_an_index_that_is_none_is_one_line(tmp_path: Path, tiny_checkpoint: Path) -> None:
    done = ask(tmp_path / "none", tiny_checkpoint, "a text")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "cannot be searched" in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("name", "said"), [("index", "Build and manage"), ("serve", "Answer searches")])
def test_the_other_commands_are_reached(name: str, said: str) -> None:
    shown = run_python(f"import sys; sys.argv = ['molseek', {name!r}, '--help']; import molseek.cli as m; m.main()")
    assert said in shown and f"Usage: molseek {name}" in shown


def test_help_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'rdkit', 'faiss', 'fastapi'}"
    assert run_python(f"import sys, molseek.cli; print(sorted({heavy} & set(sys.modules)))").strip() == "[]"


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout
