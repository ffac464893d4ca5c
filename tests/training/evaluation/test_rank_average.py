"""Rank averaging by hand, and against the ranks of one system."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.metrics import rank_of_truth
from training.evaluation.rank_average import rank_of_truth_by_mean_rank


def test_by_hand() -> None:
    """One query; ranks 1 2 3 of the first system and 2 3 1 of the second: sums 3, 5, 4."""
    query = np.array([[1.0, 0.0]])
    first = np.array([[1, 0.1], [1, 0.5], [1, 0.9]])
    second = np.array([[1, 0.5], [1, 0.9], [1, 0.1]])
    systems = [(query, first), (query, second)]
    assert [rank_of_truth_by_mean_rank(systems, [[row]])[0] for row in range(3)] == [1, 3, 2]
    assert rank_of_truth_by_mean_rank(systems, [[1, 2]]).tolist() == [2]  # the better of two right ones
    opposite = [(query, first), (query, first[::-1])]
    assert rank_of_truth_by_mean_rank(opposite, [[0]]).tolist() == [2]  # all three tie


def test_one_system_keeps_its_ranks() -> None:
    rng = np.random.default_rng(0)
    queries, candidates = rng.normal(size=(150, 8)), rng.normal(size=(300, 8))
    truth = rng.integers(0, 300, 150)
    expected = rank_of_truth(queries, candidates, truth)
    assert rank_of_truth_by_mean_rank([(queries, candidates)], truth).tolist() == expected.tolist()


def test_systems_must_rank_the_same() -> None:
    with pytest.raises(ValueError, match="same queries and candidates"):
        rank_of_truth_by_mean_rank([(np.eye(2), np.eye(2)), (np.eye(2), np.eye(3, 2))], [0, 1])
    with pytest.raises(ValueError, match="one system or more"):
        rank_of_truth_by_mean_rank([], [])
