"""`molseek`: what it asks, what it prints, and what it hands on."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import version
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from molseek.cli import app, main

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
    assert "sim." in done.stdout and "vector" in done.stdout
    assert "Similarity: Tanimoto of Morgan fingerprints to the first hit." in " ".join(done.stdout.split())


def test_what_was_read_into_a_text_is_told(small_index: Path, tiny_checkpoint: Path) -> None:
    named = ask(small_index, tiny_checkpoint, "Caffeine", "--k", "1").stdout
    assert "Read as name: caffeine" in named and "1 hit;" in named
    assert "Did you mean caffeine" in ask(small_index, tiny_checkpoint, "caffeinne").stdout
    assert (
        "Filters from your words: molecular weight"
        in ask(small_index, tiny_checkpoint, "acid, molecular weight below 100").stdout
    )


def test_pictures_where_the_terminal_shows_them(
    small_index: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")
    assert "\x1b_G" in ask(small_index, tiny_checkpoint, "caffeine", "--pictures").stdout
    assert "\x1b_G" not in ask(small_index, tiny_checkpoint, "caffeine").stdout  # no terminal, but a file or a pipe
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.delenv("KITTY_WINDOW_ID", raising=False)
    monkeypatch.delenv("TERM_PROGRAM", raising=False)
    done = ask(small_index, tiny_checkpoint, "caffeine", "--pictures")
    assert done.exit_code == 1 and "not known to show pictures" in done.stderr


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
        (
            ["a text", "--filter", '{"logp": 3}'],
            1,
            'filter.logp must be a range; a range is an object such as {"min": 1',
        ),
        (["a text", "--url", "localhost:1"], 1, "write it as http://HOST:PORT"),
        (["a text", "--url", "http://"], 1, "write it as http://HOST:PORT"),
        (["a text", "--url", "http://[::1"], 1, "write it as http://HOST:PORT"),
        (["a text", "--url", "http://127.0.0.1:99999"], 1, "write it as http://HOST:PORT"),
        (["a text", "--url", f"http://{'a' * 70}.com"], 1, "write it as http://HOST:PORT"),
        (["a text", "--url", "http://127.0.0.1:9/?q=aspirin"], 1, "leave out what begins with ? or #"),
        (["a text", "--index", __file__], 1, "an index is a directory, and this is a file"),
        (["a text", "--url", "http://127.0.0.1:9"], 1, "no answer from http://127.0.0.1:9"),
        (["a text", "--url", "http://127.0.0.1:9", "--key", "secr\u00e9t"], 1, "was it copied as a whole?"),
        (["a text", "--filter", '{"logp": {"max": NaN}}'], 1, "cannot be sent"),
        (["half of a character \udcff"], 1, "cannot be sent"),
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


@pytest.mark.parametrize("command", [["demo", "--no-browser"], ["ask", "a text"]])
def test_a_cache_that_cannot_be_written_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1 and "XDG_CACHE_HOME" in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("columns", [40, 60])
def test_a_narrow_terminal_shows_structures(
    small_index: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = ask(small_index, tiny_checkpoint, "an alcohol", "-k", "7").stdout.splitlines()
    assert any("CCO" in line for line in lines) and all(len(line) <= columns for line in lines)
    assert any("conf." in line for line in lines) is (columns == 60)


@pytest.mark.parametrize("flags", [[], ["--json"]])
def test_an_output_without_greek_letters(
    small_index: Path, tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch, flags: list[str]
) -> None:
    shown = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(shown, encoding="latin-1", write_through=True))
    where = ["--index", str(small_index), "--checkpoint", str(tiny_checkpoint)]
    monkeypatch.setattr(sys, "argv", ["molseek", "ask", "relieves pain; a \u03b2-lactam", *where, *flags])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code in (None, 0)
    text = shown.getvalue().decode("ascii")
    assert json.loads(text)["results"] if flags else "7 hits" in text


@pytest.mark.parametrize(("name", "said"), [("index", "build and manage"), ("serve", "Answer searches")])
def test_the_other_commands_are_reached(name: str, said: str) -> None:
    shown = run_python(f"import sys; sys.argv = ['molseek', {name!r}, '--help']; import molseek.cli as m; m.main()")
    assert said in shown and f"Usage: molseek {name}" in shown


def test_the_version_is_told() -> None:
    done = CliRunner().invoke(app, ["--version"])
    assert done.exit_code == 0 and done.stdout == f"molseek {version('molseek')}\n"


def test_help_loads_nothing_heavy() -> None:
    heavy = "{'torch', 'rdkit', 'faiss', 'fastapi'}"
    assert run_python(f"import sys, molseek.cli; print(sorted({heavy} & set(sys.modules)))").strip() == "[]"


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout
