"""An index searched in this process finds what the release's own vectors say, and refuses another checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

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
    hits = index.search_text("an alcohol", k=50)
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


def test_hits_are_a_table(index: molseek.Index) -> None:
    pytest.importorskip("pandas")
    table = index.search_text("an alcohol", k=3).to_pandas()
    assert table["rank"].tolist() == [1, 2, 3]
    assert {"id", "name", "smiles", "score", "confidence", "description", "formula"} <= set(table.columns)


def test_hits_show_themselves(index: molseek.Index) -> None:
    shown = repr(index.search_text("an alcohol", k=2)).splitlines()
    assert shown[0] == "2 hits for 'an alcohol'"
    assert len(shown) == 3


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
