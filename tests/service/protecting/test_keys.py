"""The key file: what it may hold, and how it is read again."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import cli
from service.protecting.keys import KeyFile, KeysError, is_loopback, new_key, read_keys


def test_the_command_makes_a_key_whose_line_the_file_takes(tmp_path: Path) -> None:
    made = CliRunner().invoke(cli, ["key", "Ada's  notebook", "--scope", "search", "--scope", "operate"])
    assert made.exit_code == 0
    file = tmp_path / "keys.txt"
    file.write_text(f"# of the group\n\n{made.stdout}")
    secret = made.stderr.split()[-1]
    found = KeyFile(file).find(secret)
    assert found is not None
    assert (found.name, found.scopes) == ("Ada's notebook", {"search", "operate"})
    assert secret not in file.read_text()
    assert KeyFile(file).find(secret + "x") is None


def test_two_keys_are_never_the_same() -> None:
    assert new_key("a", ["search"]) != new_key("a", ["search"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "has no keys"),
        ("# nothing yet\n", "has no keys"),
        ("molseek_abc search me\n", "line 1"),
        (f"# fine\nsha256:{'a' * 64} search,admin me\n", "line 2"),
        (f"sha256:{'a' * 63} search me\n", "line 1"),
        ("\udcff\x00", "line 1"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_line(tmp_path: Path, content: str, said: str) -> None:
    file = tmp_path / "keys.txt"
    file.write_text(content, "utf-8", "surrogateescape")
    with pytest.raises(KeysError, match=said):
        read_keys(file)


def test_a_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="No such file"):
        KeyFile(tmp_path / "keys.txt")


def test_keys_rotate_and_a_bad_file_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (old, old_line), (new, new_line) = new_key("old", ["search"]), new_key("new", ["search"])
    file = tmp_path / "keys.txt"
    file.write_text(old_line)
    keys = KeyFile(file)
    file.write_text(f"{old_line}\n{new_line}\n")
    keys.reload()
    assert keys.find(old) and keys.find(new)
    file.write_text("half a li")
    keys.reload()
    assert keys.find(old) and keys.find(new)
    assert "keys are as before" in caplog.text
    file.unlink()
    keys.reload()
    assert keys.find(new)
    file.write_text(f"{new_line}\n")
    keys.reload()
    assert keys.find(new) and not keys.find(old)


@pytest.mark.parametrize(
    ("host", "private"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.8.8.8", True), ("0.0.0.0", False), ("::", False),
     ("10.0.0.1", False), ("my-machine", False)],
)  # fmt: skip
def test_only_loopback_is_private(host: str, private: bool) -> None:
    assert is_loopback(host) is private


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "--allow-anonymous"),
        (["--host", "0.0.0.0", "--keys", "nowhere.txt"], "nowhere.txt cannot be read"),
        (["--keys", "nowhere.txt"], "nowhere.txt cannot be read"),
    ],
)
def test_a_public_address_needs_keys_or_a_word(arguments: list[str], said: str, tmp_path: Path) -> None:
    run = CliRunner().invoke(cli, ["--checkpoint", "c", "--index", str(tmp_path), *arguments])
    assert run.exit_code == 1
    assert said in run.output


def test_where_a_container_is_published_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOLSEEK_PUBLISHED", "0.0.0.0")
    run = CliRunner().invoke(cli, ["--checkpoint", "c", "--index", str(tmp_path)])
    assert run.exit_code == 1 and "0.0.0.0" in run.output
