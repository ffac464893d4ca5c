"""An index searched in this process answers as the service does, and refuses another checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import molseek
from tests.api.corpus import CORPUS, Index, build_index
from tests.support.tiny import make_tiny_checkpoint


@pytest.fixture(scope="module")
def built(tiny_checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Index:
    return build_index(tiny_checkpoint, tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def index(built: Index, tiny_checkpoint: Path) -> Iterator[molseek.Index]:
    with molseek.open_index(built.root, tiny_checkpoint) as opened:
        yield opened


def test_text_hits_are_ordered_by_the_exact_cosine(index: molseek.Index) -> None:
    hits = index.search_text("an alcohol", k=50, mode="vector")
    assert len(hits) == index.molecule_count == len(CORPUS)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    scores = index.encoder.similarity("an alcohol", [hit.smiles for hit in hits])[0]
    np.testing.assert_allclose([hit.score for hit in hits], scores, atol=1e-5)
    assert list(scores) == sorted(scores, reverse=True)


def test_a_structure_finds_descriptions_with_the_similarity_of_their_molecules(index: molseek.Index) -> None:
    hits = index.search_structure("OCC", k=50)
    assert len(hits) == index.description_count
    assert hits.query == "CCO"
    similarity = {hit.name: hit.morgan_similarity for hit in hits}
    assert similarity["ethanol"] == 1.0
    assert 0 <= similarity["caffeine"] < 1
    assert [hit.morgan_similarity for hit in hits if hit.smiles is None] == [None]


@pytest.mark.parametrize("query", ["ethanol", "CCO", "InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", "C2H6O"])
def test_what_the_index_has_exactly_comes_first(index: molseek.Index, query: str) -> None:
    hits = index.search_text(query)
    assert hits[0].name == "ethanol"
    assert hits[0].found_by[0] in {"name", "structure", "formula"}
    assert hits[0].confidence is None


def test_a_name_is_a_structure_too(index: molseek.Index) -> None:
    assert index.search_structure("ethanol", k=1).query == "CCO"
    assert index.similar("ethanol", k=1, rank_by="morgan")[0].morgan_similarity == 1.0


def test_hits_are_those_that_a_filter_lets_through(index: molseek.Index) -> None:
    heavy = index.search_text("an alcohol", filter={"molecular_weight": {"min": 150}})
    assert heavy and all(hit.molecular_weight >= 150 for hit in heavy)
    rings = index.search_text("an alcohol", filter={"has_substructure": ["c1ccccc1"]})
    assert rings and all("c" in hit.smiles for hit in rings)


def test_answers_say_how_a_query_was_understood(index: molseek.Index) -> None:
    understood = index.search_text("molecular weight below 100, an alcohol").understood
    assert understood.kind == "text"
    assert understood.filters


@pytest.mark.parametrize(
    ("query", "code"), [("50-00-0", "identifier_unknown"), ("", "query_empty"), ("a" * 6000, "query_too_long")]
)
def test_what_cannot_be_answered_is_an_error_with_the_code_of_the_api(
    index: molseek.Index, query: str, code: str
) -> None:
    with pytest.raises(molseek.QueryError) as caught:
        index.search_text(query)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        ({"filter": {"colour": "red"}}, "filter_unknown_property", "Nothing named 'colour' can be filtered by"),
        ({"filter": {"logp": "low"}}, "filter_invalid_range", "filter.logp must be a range"),
        ({"mode": "fast"}, "mode_unknown", "mode must be auto, vector or lexical"),
        ({"k": "5"}, "k_not_an_integer", "must be a whole number"),
        ({"k": 0}, "k_out_of_range", "k is 0"),
    ],
)
def test_what_cannot_be_asked_for_is_told_in_the_words_of_the_service(
    index: molseek.Index, given: dict[str, Any], code: str, said: str
) -> None:
    with pytest.raises(molseek.QueryError, match=said) as caught:
        index.search_text("an alcohol", **given)
    assert caught.value.code == code
    assert len(index.search_text("an alcohol", k=np.int64(1))) == 1  # type: ignore[arg-type]


def test_a_structure_that_cannot_be_read_is_an_error(index: molseek.Index) -> None:
    with pytest.raises(molseek.StructureError, match="ring 1"):
        index.search_structure("C1CC")


def test_hits_are_a_table(index: molseek.Index) -> None:
    pytest.importorskip("pandas")
    table = index.search_text("an alcohol", k=3).to_pandas()
    assert table["rank"].tolist() == [1, 2, 3]
    assert {"id", "name", "smiles", "score", "confidence", "description", "formula"} <= set(table.columns)


def test_hits_show_themselves(index: molseek.Index) -> None:
    shown = repr(index.search_text("an alcohol", k=2)).splitlines()
    assert shown[0] == "2 hits for 'an alcohol'"
    assert len(shown) == 3
    assert repr(index.search_text("an alcohol", k=1)).startswith("1 hit for")


def test_one_release_can_be_opened(built: Index, tiny_checkpoint: Path) -> None:
    releases = sorted((built.root / "releases").iterdir())
    with molseek.open_index(releases[-1], molseek.load(tiny_checkpoint)) as index:
        assert index.release.name == releases[-1].name


def test_another_checkpoint_is_refused(built: Index, tmp_path: Path) -> None:
    other = make_tiny_checkpoint(tmp_path / "other", seed=1)
    with pytest.raises(molseek.IndexMismatchError, match="was built with the checkpoint"):
        molseek.open_index(built.root, other)


def test_a_directory_without_a_release_is_an_error(tmp_path: Path, tiny_checkpoint: Path) -> None:
    with pytest.raises(molseek.ReleaseError, match="neither an index"):
        molseek.open_index(tmp_path, tiny_checkpoint)


@pytest.mark.parametrize("k", [0, -1])
def test_fewer_than_one_hit_is_an_error(index: molseek.Index, k: int) -> None:
    with pytest.raises(ValueError, match="at least one"):
        index.search_text("an alcohol", k=k)
