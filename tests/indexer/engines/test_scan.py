"""A scan proposes the best rows, whatever is allowed and however many queries there are."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from indexer.engines.scan import scan
from tests.support.engines import unit


@pytest.mark.parametrize("queries", [1, 5, 70])
@pytest.mark.parametrize("share", [None, 0.9, 0.1, 0.01])
def test_the_best_allowed_rows_are_proposed(queries: int, share: float | None) -> None:
    vectors, wanted = unit(0, 2000), unit(1, queries)
    rng = np.random.default_rng(2)
    allowed = None if share is None else np.flatnonzero(rng.random(2000) < share).astype(np.int64)
    candidates = np.arange(2000) if allowed is None else allowed
    width = min(10, len(candidates))
    scores, rows = scan(vectors, wanted, width, allowed)
    assert scores.shape == rows.shape == (queries, width)
    exact = wanted @ vectors[candidates].T
    best = np.sort(exact, axis=1)[:, ::-1][:, :width]
    np.testing.assert_allclose(np.sort(scores, axis=1)[:, ::-1], best, atol=1e-6)
    assert np.isin(rows, candidates).all()


@pytest.mark.parametrize("order", ["rising", "falling", "equal"])
def test_rows_in_any_order_and_of_any_number(order: str) -> None:
    count = 40_000
    steps = {"rising": np.arange(count), "falling": -np.arange(count), "equal": np.zeros(count)}[order]
    vectors = np.stack([steps / count, np.ones(count)], axis=1).astype(np.float32)
    scores, rows = scan(vectors, np.array([[1, 0], [-1, 0]], np.float32), 3000, None)
    assert len(np.unique(rows[0])) == len(np.unique(rows[1])) == 3000
    exact = np.sort(vectors[:, 0])
    np.testing.assert_array_equal(np.sort(scores[0]), exact[-3000:])
    np.testing.assert_array_equal(np.sort(-scores[1]), exact[:3000])


def test_what_may_only_be_read_is_scanned_without_a_copy_or_a_warning(tmp_path: Path) -> None:
    np.save(tmp_path / "vectors.npy", unit(0, 500))
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores, rows = scan(mapped, mapped[:3], 1, None)
    assert rows[:, 0].tolist() == [0, 1, 2]
    np.testing.assert_allclose(scores, 1, atol=1e-6)
