"""Texts tidied and bounded, structures read, every fault named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.build import build_release
from indexer.build.options import BuildOptions
from indexer.chemistry import Chemistry
from indexer.release import Release, current_release, open_release
from model.inputs.structure import StructureLimits
from service.answering.queries import AbandonedError, QueryReader
from service.answering.texts import character_faults, is_blank, tidy
from service.problems import Problem
from service.schemas import Mol2TextRequest, Text2MolRequest
from service.settings import Settings
from tests.api.corpus import write_molecules


@pytest.fixture(scope="module")
def chemistry() -> Iterator[Chemistry]:
    chemistry = Chemistry(StructureLimits(), {}, workers=1)
    yield chemistry
    chemistry.close()


@pytest.fixture
def reader(tmp_path: Path, chemistry: Chemistry) -> QueryReader:
    settings = Settings(checkpoint="c", index=tmp_path, max_k=20, max_hits=50, max_text_characters=30)
    return QueryReader(settings, chemistry)


@pytest.fixture(scope="module")
def release(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Release]:
    root = tmp_path_factory.mktemp("index")
    molecules = write_molecules(root / "molecules.tsv")
    build_release(BuildOptions(checkpoint=tiny_checkpoint, molecules=(molecules,), out=root / "index", workers=0))
    current = current_release(root / "index")
    assert current is not None
    release = open_release(current)
    yield release
    release.close()


@given(st.text())
def test_tidying_keeps_the_words(text: str) -> None:
    tidied = tidy(text)
    assert tidied.split() == text.split()
    assert tidy(tidied) == tidied == tidied.strip()


@given(st.text())
def test_blank_texts_and_control_characters_are_found_in_any_text(text: str) -> None:
    if not text.strip():
        assert is_blank(text)
    assert all(fault.field == "query" for fault in character_faults("query", text))
    assert character_faults("query", text + "\0")


def test_bounds_are_the_operators(reader: QueryReader, release: Release) -> None:
    assert reader.texts(Text2MolRequest(query=" an  acid", k=20), release).texts == ("an acid",)
    for request, code in (
        (Text2MolRequest(query="an acid", k=21), "k_out_of_range"),
        (Text2MolRequest(queries=["an acid"] * 3, k=20), "hits_too_many"),
        (Text2MolRequest(query="x" * 31), "query_too_long"),
    ):
        with pytest.raises(Problem) as raised:
            reader.texts(request, release)
        assert raised.value.code.value == code


def test_no_structure_is_read_when_a_count_is_wrong(
    reader: QueryReader, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("RDKit was asked")

    monkeypatch.setattr(Chemistry, "read", never)
    with pytest.raises(Problem):
        reader.structures(Mol2TextRequest(queries=["CCO"] * 100), release)
    with pytest.raises(Problem):
        reader.structures(Mol2TextRequest(queries=["CCO", "\0"]), release)
    with pytest.raises(Problem):
        reader.texts(Text2MolRequest(query="", reference="CCO"), release)


def test_structures_are_canonical(reader: QueryReader, release: Release) -> None:
    queries = reader.structures(Mol2TextRequest(queries=["OCC", "C(O)C"], k=3), release)
    assert [query.reading.value for query in queries.structures] == ["CCO", "CCO"]
    assert queries.page.stop == 3


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The structures that workers have been asked to read."""
    asked: list[str] = []
    read = Chemistry.read

    def counted(chemistry: Chemistry, text: str, *rest: Any) -> Any:
        asked.append(text)
        return read(chemistry, text, *rest)

    monkeypatch.setattr(Chemistry, "read", counted)
    return asked


def test_structures_that_nobody_waits_for_are_not_read(reader: QueryReader, release: Release, asked: list[str]) -> None:
    queries = ["C" * length for length in range(1, 21)]
    with pytest.raises(AbandonedError):
        reader.structures(Mol2TextRequest(queries=queries, k=1), release, lambda: len(asked) >= 6)
    assert len(asked) == 6
    reader.structures(Mol2TextRequest(queries=queries, k=1), release)
    assert len(asked) == 26


def test_a_structure_that_comes_again_is_read_once(reader: QueryReader, release: Release, asked: list[str]) -> None:
    queries = reader.structures(Mol2TextRequest(queries=["CCO", "OCC", "CCO", "CCC", "CCO"], k=1), release)
    assert [query.reading.value for query in queries.structures] == ["CCO", "CCO", "CCO", "CCC", "CCO"]
    assert asked == ["CCO", "OCC", "CCC"]
    with pytest.raises(Problem) as raised:
        reader.structures(Mol2TextRequest(queries=["C(", "CCO", "C("], k=1), release)
    assert [fault.field for fault in raised.value.errors or ()] == ["queries[0]", "queries[2]"]


def test_texts_that_nobody_waits_for_are_not_read(reader: QueryReader, release: Release) -> None:
    looks = iter([False, False, True])
    with pytest.raises(AbandonedError):
        reader.texts(Text2MolRequest(queries=["CCO"] * 20, k=1), release, lambda: next(looks))
