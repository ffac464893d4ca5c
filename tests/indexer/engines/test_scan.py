"""A scan proposes the best rows, whatever is allowed and however many queries there are."""

from __future__ import annotations

import faiss
import numpy as np
import pytest

from indexer.engines.scan import nearest, scan
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


def test_the_setting_of_faiss_is_changed_once_and_not_on_every_scan() -> None:
    nearest(unit(0, 50), unit(1, 2), 3)
    before = faiss.cvar.distance_compute_blas_threshold
    try:
        faiss.cvar.distance_compute_blas_threshold = 7  # what somebody else in this process prefers
        nearest(unit(0, 50), unit(1, 2), 3)
        assert faiss.cvar.distance_compute_blas_threshold == 7
    finally:
        faiss.cvar.distance_compute_blas_threshold = before
