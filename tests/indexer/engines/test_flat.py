"""Exact search in every engine: the order of exact cosines, ties by row, any k, filters, alone as in a batch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.engines import Engine, Hits, IndexSpec, VectorIndex, engine_for
from indexer.engines.milvus_engine import MilvusEngine
from tests.support.milvus import milvus_lite

FLAT = IndexSpec()


@pytest.fixture(scope="module", params=["faiss", "milvus"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Each engine's `flat`; Milvus is Milvus Lite in this process, asked also where it would rather search itself."""
    if request.param == "milvus":
        settings = milvus_lite(tmp_path_factory.mktemp("milvus") / "lite.db")
        yield MilvusEngine(settings.model_copy(update={"local_rows": 0}))
    else:
        yield engine_for(FLAT)


def unit(rng: np.random.Generator, count: int, dim: int) -> NDArray[np.float32]:
    vectors = rng.normal(size=(count, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def open_index(engine: Engine, directory: Path, vectors: NDArray[np.float32]) -> VectorIndex:
    path = directory / "vectors.npy"
    np.save(path, vectors)
    spec = engine.resolve(IndexSpec(engine=engine.name), *vectors.shape)
    assert all(file.is_file() for file in engine.build(path, directory, spec))
    return engine.open(path, directory, spec)


def reference(
    vectors: NDArray[np.float32], queries: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
) -> list[list[int]]:
    """Best rows by cosine in float64, equal float32 scores in row order."""
    rows = np.arange(len(vectors)) if allowed is None else allowed
    scores = (vectors[rows].astype(np.float64) @ queries.astype(np.float64).T).astype(np.float32)
    return [[int(row) for row in rows[np.lexsort((rows, -column))][:k]] for column in scores.T]


def test_finds_the_nearest_in_order_with_their_cosines(engine: Engine, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    vectors, queries = unit(rng, 3000, 48), unit(rng, 40, 48)
    hits = open_index(engine, tmp_path, vectors).search(queries, 10)
    assert hits.scores.shape == hits.rows.shape == (40, 10)
    assert hits.scores.dtype == np.float32
    assert hits.rows.dtype == np.int64
    assert hits.rows.tolist() == reference(vectors, queries, 10)
    np.testing.assert_allclose(hits.scores, np.take_along_axis(queries @ vectors.T, hits.rows, axis=1), atol=1e-6)


@pytest.mark.parametrize("count", [1, 20, 300])
def test_a_query_gets_the_same_answer_alone_and_in_a_batch(engine: Engine, tmp_path: Path, count: int) -> None:
    rng = np.random.default_rng(1)
    index, queries = open_index(engine, tmp_path, unit(rng, 2000, 33)), unit(rng, count, 33)
    together = index.search(queries, 7)
    for i in (0, count // 2, count - 1):
        alone = index.search(queries[i : i + 1], 7)
        assert alone.rows[0].tolist() == together.rows[i].tolist()
        assert alone.scores[0].tobytes() == together.scores[i].tobytes()


@pytest.mark.parametrize("k", [1, 5, 99, 100, 101, 400])
def test_equal_scores_come_in_row_order_even_at_the_end_of_the_list(engine: Engine, tmp_path: Path, k: int) -> None:
    rng = np.random.default_rng(2)
    distinct = unit(rng, 5, 16)
    vectors = distinct[rng.integers(0, 5, size=1000)]  # hundreds of copies of each vector
    hits = open_index(engine, tmp_path, vectors).search(distinct, k)
    assert hits.rows.tolist() == reference(vectors, distinct, k)


def test_all_vectors_equal(engine: Engine, tmp_path: Path) -> None:
    vectors = np.repeat(unit(np.random.default_rng(3), 1, 8), 5000, axis=0)
    hits = open_index(engine, tmp_path, vectors).search(vectors[:2], 3)
    assert hits.rows.tolist() == [[0, 1, 2], [0, 1, 2]]


def test_k_beyond_the_number_of_rows_is_filled_up(engine: Engine, tmp_path: Path) -> None:
    vectors = unit(np.random.default_rng(4), 3, 8)
    hits = open_index(engine, tmp_path, vectors).search(vectors[:1], 5)
    assert sorted(hits.rows[0, :3].tolist()) == [0, 1, 2]
    assert hits.rows[0, 3:].tolist() == [-1, -1]
    assert np.isneginf(hits.scores[0, 3:]).all()


def test_an_index_without_rows_finds_nothing(engine: Engine, tmp_path: Path) -> None:
    index = open_index(engine, tmp_path, np.empty((0, 8), dtype=np.float32))
    assert (index.count, index.dim) == (0, 8)
    hits = index.search(np.ones((2, 8), dtype=np.float32), 3)
    assert hits.rows.tolist() == [[-1, -1, -1]] * 2


@pytest.mark.parametrize("allowed", [None, [3, 7, 8]])
def test_a_query_of_nothing_is_equally_near_to_all_rows(
    engine: Engine, tmp_path: Path, allowed: list[int] | None
) -> None:
    vectors = unit(np.random.default_rng(5), 40, 8)
    queries = np.stack([np.zeros(8, np.float32), vectors[9]])
    rows = np.array(allowed) if allowed is not None else None
    hits = open_index(engine, tmp_path, vectors).search(queries, 4, rows)
    assert [row for row in hits.rows[0].tolist() if row >= 0] == (allowed or [0, 1, 2, 3])
    assert set(hits.scores[0].tolist()) <= {0.0, -np.inf}
    assert hits.rows[1].tolist()[:3] == reference(vectors, queries[1:], 3, np.arange(40) if rows is None else rows)[0]


def test_no_queries_no_hits(engine: Engine, tmp_path: Path) -> None:
    hits = open_index(engine, tmp_path, unit(np.random.default_rng(0), 4, 8)).search(
        np.empty((0, 8), dtype=np.float32), 3
    )
    assert hits.rows.shape == (0, 3)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), k=st.integers(1, 30), share=st.floats(0, 1))
def test_a_filter_leaves_only_allowed_rows(
    engine: Engine, tmp_path_factory: pytest.TempPathFactory, seed: int, k: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    vectors, queries = unit(rng, 200, 12), unit(rng, 3, 12)
    allowed = np.flatnonzero(rng.random(200) < share).astype(np.int64)
    hits = open_index(engine, tmp_path_factory.mktemp("filter"), vectors).search(queries, k, allowed)
    found = [[row for row in rows if row != -1] for rows in hits.rows.tolist()]
    assert found == reference(vectors, queries, k, allowed)


@pytest.mark.parametrize(
    ("queries", "k", "complaint"),
    [
        (np.ones((1, 8), np.float32), 0, "at least 1"),
        (np.ones((1, 7), np.float32), 3, "shape"),
        (np.ones(8, np.float32), 3, "shape"),
        (np.full((1, 8), np.nan, np.float32), 3, "finite"),
    ],
)
def test_senseless_requests_are_refused(
    engine: Engine, tmp_path: Path, queries: NDArray[np.float32], k: int, complaint: str
) -> None:
    index = open_index(engine, tmp_path, unit(np.random.default_rng(0), 4, 8))
    with pytest.raises(ValueError, match=complaint):
        index.search(queries, k)


def test_vectors_are_mapped_not_read(tmp_path: Path) -> None:
    """Opening 200 MB of vectors takes no memory to speak of and no time."""
    path = tmp_path / "vectors.npy"
    np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=(500_000, 100)).flush()
    before = resident_bytes()
    index = engine_for(FLAT).open(path, tmp_path, FLAT)
    assert resident_bytes() - before < 20_000_000
    assert index.stats().vector_bytes == 200_000_000


def resident_bytes() -> int:
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("memory is read from /proc, which only Linux has")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def test_unknown_engines_and_kinds_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"no engine 'abacus'; known: faiss, milvus"):
        engine_for(IndexSpec(engine="abacus"))
    with pytest.raises(ValueError, match=r"no kind 'round'; known: flat"):
        engine_for(IndexSpec(kind="round"))


def test_closing_does_not_end_a_search_that_is_under_way(engine: Engine, tmp_path: Path) -> None:
    index = open_index(engine, tmp_path, unit(np.random.default_rng(5), 100, 8))
    hits: Hits = index.search(np.ones((1, 8), np.float32), 3)
    index.close()
    assert (hits.rows >= 0).all()
    assert (index.search(np.ones((1, 8), np.float32), 3).rows == -1).all()
