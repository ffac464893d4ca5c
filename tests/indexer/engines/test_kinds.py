"""What holds for every kind of index: own vector first, exact scores, any filter, the same bytes every time."""

from __future__ import annotations

import hashlib
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.engines import IndexSpec, VectorIndex, engine_for

Vectors = NDArray[np.float32]

COUNT, DIM = 3000, 20
SPECS = {
    "flat": IndexSpec(kind="flat"),
    "flat16": IndexSpec(kind="flat", parameters={"precision": "float16"}),
    "hnsw": IndexSpec(kind="hnsw", parameters={"links": 16, "ef_construction": 40}),
    "hnsw32": IndexSpec(kind="hnsw", parameters={"links": 16, "ef_construction": 40, "precision": "float32"}),
    "ivf": IndexSpec(kind="ivf", parameters={"lists": 32, "probes": 8}),
    "ivf32": IndexSpec(kind="ivf", parameters={"lists": 32, "probes": 8, "precision": "float32"}),
    "ivfpq": IndexSpec(kind="ivfpq", parameters={"lists": 32, "probes": 8, "code_bytes": 8, "iterations": 4}),
}
EXACT = ("flat", "flat16")
APPROXIMATE = tuple(name for name in SPECS if name not in EXACT)


def unit(seed: int, count: int, dim: int = DIM) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def make(directory: Path, spec: IndexSpec, vectors: Vectors) -> VectorIndex:
    path = directory / "side.npy"
    np.save(path, vectors)
    engine = engine_for(spec)
    resolved = engine.resolve(spec, len(vectors), vectors.shape[1])
    for file in engine.build(path, directory, resolved):
        assert file.is_file()
    return engine.open(path, directory, resolved)


def best(vectors: Vectors, query: Vectors, k: int, allowed: NDArray[np.int64]) -> list[int]:
    scores = (vectors[allowed].astype(np.float64) @ query.astype(np.float64)).astype(np.float32)
    return [int(row) for row in allowed[np.lexsort((allowed, -scores))][:k]]


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


@pytest.mark.parametrize("name", ["flat16", *APPROXIMATE])
def test_filters_on_larger_sides_search_the_structure(name: str, tmp_path: Path) -> None:
    """Over 20,000 allowed rows FAISS selects: only allowed rows come, with exact scores, nearly all of the best."""
    count, dim = 24_000, 8
    centres, rng = unit(5, 200, dim), np.random.default_rng(6)
    vectors = centres[rng.integers(0, 200, count)] + rng.normal(scale=0.1, size=(count, dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = make(tmp_path, SPECS[name], vectors)
    allowed = np.flatnonzero(rng.random(count) < 0.9).astype(np.int64)
    assert len(allowed) > 20_000
    queries = unit(7, 5, dim)
    hits = index.search(queries, 10, allowed)
    assert np.isin(hits.rows, allowed).all()
    wanted = [best(vectors, query, 10, allowed) for query in queries]
    recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(wanted, hits.rows.tolist(), strict=True)])
    assert recall == 1 if name == "flat16" else recall >= 0.6
    exact = np.einsum("qkd,qd->qk", vectors[hits.rows].astype(np.float64), queries.astype(np.float64))
    np.testing.assert_array_equal(hits.scores, exact.astype(np.float32))


@pytest.mark.parametrize("name", SPECS)
def test_equal_vectors_come_in_row_order(name: str, tmp_path: Path) -> None:
    distinct = unit(8, 1000)
    vectors = np.concatenate([distinct, distinct, distinct])
    hits = make(tmp_path, SPECS[name], vectors).search(distinct[:50], 3)
    found = (hits.rows == np.arange(50)[:, None] + np.array([0, 1000, 2000])).all(axis=1).mean()
    assert found == 1 if name in EXACT else found >= 0.95


@pytest.mark.parametrize("name", ["flat16", *APPROXIMATE])
def test_the_same_vectors_give_the_same_bytes_with_any_number_of_threads(name: str, tmp_path: Path) -> None:
    threads = faiss.omp_get_max_threads()
    digests = set()
    try:
        for number in (1, 2, 2):
            faiss.omp_set_num_threads(number)
            directory = tmp_path / f"{len(list(tmp_path.iterdir()))}"
            directory.mkdir()
            make(directory, SPECS[name], unit(12, COUNT))
            files = sorted(directory.glob("side.[fi]*"))
            digests.add(tuple(hashlib.sha256(file.read_bytes()).hexdigest() for file in files))
    finally:
        faiss.omp_set_num_threads(threads)
    assert len(digests) == 1


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("count", [0, 1, 7])
def test_small_and_empty_sides_are_flat(name: str, count: int, tmp_path: Path) -> None:
    index = make(tmp_path, SPECS[name], unit(13, count) if count else np.empty((0, DIM), np.float32))
    assert (index.count, index.stats().kind) == (count, "flat")
    hits = index.search(unit(14, 2), 3)
    assert (hits.rows >= 0).sum() == 2 * min(3, count)


@pytest.mark.parametrize("name", ["flat16", *APPROXIMATE])
def test_damaged_and_foreign_files_are_refused(name: str, tmp_path: Path) -> None:
    make(tmp_path, SPECS[name], unit(15, COUNT)).close()
    spec = engine_for(SPECS[name]).resolve(SPECS[name], COUNT, DIM)
    vectors, file = tmp_path / "side.npy", tmp_path / "side.faiss"
    content = file.read_bytes()
    for harm in (b"", b"nonsense", content[: len(content) // 2]):
        file.write_bytes(harm)
        with pytest.raises((ValueError, OSError), match=r"side\.faiss"):
            engine_for(spec).open(vectors, tmp_path, spec)
    file.write_bytes(content)
    np.save(vectors, unit(15, COUNT + 1))
    with pytest.raises(ValueError, match=r"side\.faiss has shape"):
        engine_for(spec).open(vectors, tmp_path, spec)
    file.unlink()
    with pytest.raises((ValueError, OSError), match=r"side\.faiss"):
        engine_for(spec).open(vectors, tmp_path, spec)
