"""The command's settings and its example, without starting anything."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from service.cli import cli, example_query, read_settings


def test_example_can_be_pasted() -> None:
    words = shlex.split(example_query("0.0.0.0", 9000))
    assert "http://127.0.0.1:9000/search/text2mol" in words
    assert set(json.loads(words[words.index("-d") + 1])) == {"query", "k"}
    assert "http://[::1]:80/search/text2mol" in shlex.split(example_query("::", 80))


def test_example_can_be_asked_for() -> None:
    result = CliRunner().invoke(cli, ["--print-example", "--port", "9000"])
    assert result.exit_code == 0
    assert result.output.startswith("curl ") and ":9000/" in result.output


def test_flags_override_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOLSEEK_PORT", "9000")
    monkeypatch.setenv("MOLSEEK_HOST", "0.0.0.0")
    monkeypatch.setenv("MOLSEEK_CHECKPOINT", "compact")
    settings = read_settings({"index": tmp_path, "port": 9001})
    assert (settings.host, settings.port, settings.checkpoint) == ("0.0.0.0", 9001, "compact")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--checkpoint (or MOLSEEK_CHECKPOINT) is needed"),
        (["--checkpoint", "c"], "--index (or MOLSEEK_INDEX) is needed"),
        (["--checkpoint", "c", "--index", "i", "--port", "70000"], "--port (or MOLSEEK_PORT) is wrong"),
        (["--checkpoint", "c", "--index", "i", "--log-level", "loud"], "--log-level (or MOLSEEK_LOG_LEVEL) is wrong"),
    ],
)
def test_unsuitable_settings_are_named(monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str) -> None:
    for name in ("CHECKPOINT", "INDEX", "PORT"):
        monkeypatch.delenv(f"MOLSEEK_{name}", raising=False)
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_settings_faults_end_the_command(tmp_path: Path) -> None:
    with pytest.raises(typer.Exit):
        read_settings({"checkpoint": "c", "index": tmp_path, "workers": 0})
