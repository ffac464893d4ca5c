"""First hits against sorting everything, and equal scores in the order of the candidates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.hits import first_hits, unit


@given(st.integers(1, 20), st.integers(1, 30), st.integers(1, 35), st.integers(0, 99))
def test_first_hits_are_those_of_a_full_sort(queries: int, candidates: int, k: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    left, right = generator.normal(size=(queries, 4)), generator.normal(size=(candidates, 4))
    found = first_hits(left, right, k)
    cosines = unit(left) @ unit(right).T
    expected = np.argsort(-cosines, axis=1, kind="stable")[:, :k]
    assert found.rows.shape == found.scores.shape == (queries, min(k, candidates))
    np.testing.assert_array_equal(found.rows, expected)
    np.testing.assert_allclose(found.scores, np.take_along_axis(cosines, expected, axis=1), atol=1e-6)


def test_equal_scores_come_in_the_order_of_the_candidates() -> None:
    found = first_hits(np.ones((1, 2)), np.array([[0.0, 1], [2, 2], [1, 1], [1, 0]]), 4)
    assert found.rows.tolist() == [[1, 2, 0, 3]]


def test_vectors_of_any_length_become_unit_vectors_and_zero_stays_zero() -> None:
    vectors = unit(np.array([[3.0, 4], [0, 0], [1e-3, 0]]))
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1])
