"""Filters that leave more rows than are scored one by one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.engines.approximate import ApproximateIndex
from tests.support.engines import APPROXIMATE, COUNT, SPECS, best, make, unit


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


@pytest.mark.parametrize("name", APPROXIMATE)
def test_another_effort_leaves_the_index_as_it_was(name: str, tmp_path: Path) -> None:
    index = make(tmp_path, SPECS[name], unit(9, COUNT))
    assert isinstance(index, ApproximateIndex)
    effort = index.parameters.effort
    wide = index.with_effort(index.max_effort)
    assert (index.parameters.effort, wide.parameters.effort) == (effort, index.max_effort)
    queries = unit(10, 30)
    exact = index.exact().search(queries, 10).rows
    found = [
        [len(set(a) & set(b)) for a, b in zip(one.search(queries, 10).rows.tolist(), exact.tolist(), strict=True)]
        for one in (index, wide)
    ]
    assert sum(found[0]) <= sum(found[1])
    if name in ("hnsw32", "ivf32"):  # nothing is rounded away
        assert sum(found[1]) == 300
