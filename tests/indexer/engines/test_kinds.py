"""What holds for every kind of index: own vector first, exact scores, any filter, the same bytes every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.engines import VectorIndex
from tests.support.engines import COUNT, DIM, EXACT, SPECS, Vectors, best, make, unit


@pytest.fixture(scope="module", params=SPECS)
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Vectors, VectorIndex]:
    vectors = unit(0, COUNT)
    return request.param, vectors, make(tmp_path_factory.mktemp(request.param), SPECS[request.param], vectors)


def test_rows_are_found_by_their_own_vectors(opened: tuple[str, Vectors, VectorIndex]) -> None:
    name, vectors, index = opened
    hits = index.search(vectors[:500], 1)
    found = (hits.rows[:, 0] == np.arange(500)).mean()
    assert found == 1 if name in EXACT else found >= 0.98
    assert index.stats().kind == SPECS[name].kind


@pytest.mark.parametrize("count", [1, 5, 60])
def test_scores_are_exact_cosines_best_first(opened: tuple[str, Vectors, VectorIndex], count: int) -> None:
    name, vectors, index = opened
    queries = unit(1, count)
    hits = index.search(queries, 10)
    assert (hits.rows >= 0).all()
    exact = np.einsum("qkd,qd->qk", vectors[hits.rows].astype(np.float64), queries.astype(np.float64))
    assert hits.scores.tobytes() == exact.astype(np.float32).tobytes()
    assert (np.diff(hits.scores, axis=1) <= 0).all()
    wanted = [best(vectors, query, 10, np.arange(COUNT)) for query in queries]
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(wanted, hits.rows.tolist(), strict=True)])
    assert recall == 1 if name in EXACT else recall >= 0.6
    for i in range(0, count, 17):
        alone = index.search(queries[i : i + 1], 10)
        assert alone.rows[0].tolist() == hits.rows[i].tolist()


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 1000), k=st.integers(1, 40), left=st.sampled_from([0, 1, 5, 39, 400, 1500, 2990, COUNT]))
def test_a_filter_of_any_selectivity_gets_all_that_it_leaves(
    opened: tuple[str, Vectors, VectorIndex], seed: int, k: int, left: int
) -> None:
    """Here even approximate kinds are exact: so few rows are allowed that all of them are scored."""
    _, vectors, index = opened
    rng = np.random.default_rng(seed)
    allowed = np.sort(rng.choice(COUNT, left, replace=False)).astype(np.int64)
    queries = unit(seed, 2)
    hits = index.search(queries, k, allowed)
    for position, query in enumerate(queries):
        wanted = best(vectors, query, k, allowed)
        assert hits.rows[position].tolist() == wanted + [-1] * (k - len(wanted))
        assert np.isneginf(hits.scores[position, len(wanted) :]).all()


@pytest.mark.parametrize("k", [COUNT - 1, COUNT, COUNT + 7])
def test_all_rows_can_be_asked_for(opened: tuple[str, Vectors, VectorIndex], k: int) -> None:
    _, vectors, index = opened
    hits = index.search(vectors[:1], k)
    assert hits.rows[0].tolist() == best(vectors, vectors[0], k, np.arange(COUNT)) + [-1] * (k - COUNT)


def test_closed_indexes_find_nothing(tmp_path: Path) -> None:
    for name, spec in SPECS.items():
        (tmp_path / name).mkdir()
        index = make(tmp_path / name, spec, unit(3, COUNT))
        index.close()
        assert (index.search(unit(4, 1), 3).rows == -1).all()


@pytest.mark.parametrize("name", SPECS)
def test_equal_vectors_come_in_row_order(name: str, tmp_path: Path) -> None:
    distinct = unit(8, 1000)
    vectors = np.concatenate([distinct, distinct, distinct])
    hits = make(tmp_path, SPECS[name], vectors).search(distinct[:50], 3)
    found = (hits.rows == np.arange(50)[:, None] + np.array([0, 1000, 2000])).all(axis=1).mean()
    assert found == 1 if name in EXACT else found >= 0.95


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("count", [0, 1, 7])
def test_small_and_empty_sides_are_flat(name: str, count: int, tmp_path: Path) -> None:
    index = make(tmp_path, SPECS[name], unit(13, count) if count else np.empty((0, DIM), np.float32))
    assert (index.count, index.stats().kind) == (count, "flat")
    hits = index.search(unit(14, 2), 3)
    assert (hits.rows >= 0).sum() == 2 * min(3, count)
