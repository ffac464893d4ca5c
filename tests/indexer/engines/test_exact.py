"""Exact scores and the order of hits, independent of batches and of where a row stands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.engines.exact import check_queries, empty_hits, exact_scores, put_best
from tests.support.engines import unit


def test_equal_vectors_have_equal_scores_wherever_they_stand() -> None:
    vectors = np.concatenate([unit(0, 9000), unit(0, 9000)])  # more than one block
    scores = exact_scores(vectors, unit(1, 1)[0], np.arange(18_000))
    assert scores[:9000].tobytes() == scores[9000:].tobytes()
    some = np.array([17_999, 3, 8192])
    assert exact_scores(vectors, unit(1, 1)[0], some).tobytes() == scores[some].tobytes()


@given(
    scores=st.lists(st.sampled_from([-1.0, 0.0, 0.5, 1.0]), max_size=12),
    k=st.integers(1, 14),
    order=st.randoms(use_true_random=False),
)
def test_the_best_come_first_and_ties_in_row_order_however_they_were_proposed(
    scores: list[float], k: int, order: np.random.Generator
) -> None:
    rows = list(range(len(scores)))
    order.shuffle(rows)  # type: ignore[arg-type]
    hits = empty_hits(2, k)
    put_best(hits, 1, np.array([scores[row] for row in rows], np.float32), np.array(rows, np.int64))
    wanted = sorted(range(len(scores)), key=lambda row: (-scores[row], row))[:k]
    assert hits.rows.tolist() == [[-1] * k, wanted + [-1] * (k - len(wanted))]
    assert np.isneginf(hits.scores[1, len(wanted) :]).all()


@pytest.mark.parametrize(
    ("queries", "k", "complaint"),
    [
        (np.zeros((2, 3)), 0, "k must be at least 1"),
        (np.zeros((2, 4)), 1, r"shape \(queries, 3\), not \(2, 4\)"),
        (np.zeros(3), 1, "shape"),
        (np.array([[0, np.nan, 1]]), 1, "finite"),
        (np.array([[0, np.inf, 1]]), 1, "finite"),
    ],
)
def test_queries_that_cannot_be_searched_for_are_refused(queries: np.ndarray, k: int, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        check_queries(queries, k, 3)
