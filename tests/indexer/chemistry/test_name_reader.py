"""Systematic names read one at a time; a reader that hangs, fails or is missing costs a name and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rdkit import Chem

from indexer.chemistry.name_reader import NameReader
from model.inputs.opsin import LONGEST_NAME, Opsin

NAMES = {
    "2-acetyloxybenzoic acid": "CC(=O)Oc1ccccc1C(=O)O",
    "(2S)-2-amino-3-(1H-indol-3-yl)propanoic acid": "N[C@@H](Cc1c[nH]c2ccccc12)C(=O)O",
    "β-alanine": "NCCC(=O)O",
    " ethanol ": "CCO",
}


@pytest.fixture(scope="module")
def reader() -> Iterator[NameReader]:
    found = NameReader.find()
    assert found is not None
    yield found
    found.close()


@pytest.mark.parametrize(("name", "smiles"), NAMES.items())
def test_a_systematic_name_is_its_structure(reader: NameReader, name: str, smiles: str) -> None:
    assert Chem.CanonSmiles(reader.read(name).smiles) == Chem.CanonSmiles(smiles)


_LONG = "x" * (LONGEST_NAME + 1)


@pytest.mark.parametrize(
    "name", ["", " ", "painkiller", "two\nlines", "ethanol\nethanol", _LONG, "\x00", "\ud800", "(("]
)
def test_what_is_no_name_is_empty_and_the_next_is_read(reader: NameReader, name: str) -> None:
    assert reader.read(name).smiles == ""
    assert reader.read("methanol").smiles == "CO"


def test_many_threads_get_their_own_answers(reader: NameReader) -> None:
    stems = ["meth", "eth", "prop", "but", "pent", "hex", "hept", "oct", "non", "dec"]
    chains = {f"{stem}ane": "C" * number for number, stem in enumerate(stems, start=1)}
    names = list(chains) * 20
    with ThreadPoolExecutor(8) as threads:
        assert [read.smiles for read in threads.map(reader.read, names)] == [chains[name] for name in names]


@pytest.mark.parametrize(
    ("name", "ambiguous"),
    [
        ("dimethylbenzene", True),
        ("xylol", True),
        ("hydroxybenzoic acid", True),
        ("butanediol", True),
        ("\u03b2-methyl", False),
        ("1,2-dimethylbenzene", False),
        ("hexachlorobenzene", False),
        ("naphthalene", False),
        ("ethyl acetate", False),
        ("no name at all", False),
    ],
)
def test_a_name_of_several_isomers_is_told(reader: NameReader, name: str, ambiguous: bool) -> None:
    assert reader.read(name).ambiguous is ambiguous


def stand_in(directory: Path, script: str, seconds: float = 0.5) -> NameReader:
    """A shell script in the place of Java."""
    java = directory / "java"
    java.write_text(f"#!/bin/sh\n{script}\n")
    java.chmod(0o755)
    return NameReader(Opsin(java, directory / "opsin.jar"), seconds=seconds)


def test_a_name_without_end_costs_no_other(tmp_path: Path) -> None:
    reader = stand_in(
        tmp_path,
        'while read name; do [ "$name" = endless ] && exec sleep 60; printf "<%s>\\t%s\\n" "$name" "$name"; done',
    )
    assert [reader.read(name).smiles for name in ("a", "endless", "b")] == ["<a>", "", "<b>"]
    assert reader.replaced == 1
    reader.close()


@pytest.mark.parametrize("script", ["exit 3", "read name; echo C; exit 0", "cat /dev/zero"])
def test_a_reader_that_fails_reads_nothing(tmp_path: Path, script: str) -> None:
    reader = stand_in(tmp_path, script)
    assert [reader.read("ethanol").smiles, reader.read("ethanol").smiles] == ["", ""]
    reader.close()


def test_what_cannot_be_started_or_was_closed_reads_nothing(tmp_path: Path) -> None:
    assert NameReader(Opsin(tmp_path / "java", tmp_path / "opsin.jar")).read("ethanol").smiles == ""
    reader = stand_in(tmp_path, "cat")
    reader.close()
    assert reader.read("ethanol").smiles == ""


def test_without_the_extra_there_is_no_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert NameReader.find() is None
