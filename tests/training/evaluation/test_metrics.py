"""Ranks and metrics, by hand and against brute force."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.evaluation.metrics import metrics_of_ranks, rank_of_truth


def vectors(*rows: Sequence[float]) -> NDArray[np.float32]:
    return np.array(rows, dtype=np.float32)


def test_ranks_by_hand_with_ties_at_their_mean() -> None:
    queries = vectors([1, 0], [1, 0], [0, 2], [1, 0])
    candidates = vectors([5, 0], [3, 0], [1, 1], [0, 7])
    # Cosines to [1, 0]: 1, 1, .71, 0. The two firsts share 1.5; .71 is beaten by both; 0 by all three.
    assert rank_of_truth(queries, candidates, [[0], [2], [3], [3]]).tolist() == [1.5, 3, 1, 4]
    assert rank_of_truth(queries, candidates, np.array([1, 2, 3, 3])).tolist() == [1.5, 3, 1, 4]


def test_of_several_true_candidates_the_best_counts_and_the_others_do_not_stand_in_its_way() -> None:
    candidates = vectors([1, 0], [1, 0], [1, 1], [0, 1])
    assert rank_of_truth(vectors([1, 0]), candidates, [[0, 1]]).tolist() == [1]  # the other truth is no tie
    assert rank_of_truth(vectors([1, 0]), candidates, [[1, 3]]).tolist() == [1.5]  # ties with the wrong row 0
    assert rank_of_truth(vectors([1, 0]), candidates, [[2, 3]]).tolist() == [3]


def test_a_collapsed_encoder_gets_the_middle_of_the_pool() -> None:
    ranks = rank_of_truth(np.ones((3, 4), np.float32), np.ones((10, 4), np.float32), [[0], [4], [9]])
    assert ranks.tolist() == [5.5] * 3
    assert metrics_of_ranks(ranks, 10).hits1 == 0


def test_a_zero_vector_is_orthogonal_to_everything() -> None:
    assert rank_of_truth(vectors([0, 0]), vectors([1, 0], [0, 1], [0, 0]), [[0]]).tolist() == [2]


def test_rounding_of_float32_embeddings_is_a_tie_and_a_real_difference_is_not() -> None:
    truth = np.array([0.6, 0.8])
    noisy = truth + np.array([1e-8, -1e-7])
    worse = np.array([0.59, np.sqrt(1 - 0.59**2)])
    queries = np.array([[0.6, 0.8]])
    assert rank_of_truth(queries, np.stack([truth, noisy]), [[1]]).tolist() == [1.5]
    assert rank_of_truth(queries, np.stack([truth, worse]), [[1]]).tolist() == [2]


def test_metrics_by_hand() -> None:
    metrics = metrics_of_ranks([1, 1.5, 2, 10, 10.5], 40)
    assert metrics.hits1 == pytest.approx(1 / 5)
    assert metrics.hits10 == pytest.approx(4 / 5)
    assert metrics.mrr == pytest.approx((1 + 1 / 1.5 + 1 / 2 + 1 / 10 + 1 / 10.5) / 5)
    assert metrics.mean_rank == pytest.approx(5)
    assert (metrics.queries, metrics.pool) == (5, 40)


@pytest.mark.parametrize("ranks", [[], [0.5], [41], [float("nan")], [[1]]])
def test_impossible_ranks_have_no_metrics(ranks: list[float]) -> None:
    with pytest.raises(ValueError):
        metrics_of_ranks(ranks, 40)


def naive_ranks(queries: NDArray[np.float64], candidates: NDArray[np.float64], truth: list[set[int]]) -> list[float]:
    """The definition, one comparison at a time: the mean place of the best truth among its equals."""

    def cosine(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
        length = float(np.linalg.norm(one) * np.linalg.norm(other))
        return float(one @ other) / length if length else 0.0

    ranks = []
    for query, right in zip(queries, truth, strict=True):
        scores = [round(cosine(query, candidate), 9) for candidate in candidates]
        best = max(scores[row] for row in right)
        wrong = [value for row, value in enumerate(scores) if row not in right]
        above = sum(value > best for value in wrong)
        equal = sum(value == best for value in wrong)
        places = range(above + 1, above + equal + 2)
        ranks.append(sum(places) / len(places))
    return ranks


@st.composite
def retrieval_cases(
    draw: st.DrawFn,
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[set[int]], int]:
    dim = draw(st.integers(1, 3))
    lattice = st.lists(st.integers(-2, 2), min_size=dim, max_size=dim)  # few directions: many ties
    queries = draw(st.lists(lattice, min_size=1, max_size=6))
    candidates = draw(st.lists(lattice, min_size=1, max_size=12))
    rows = st.sets(st.integers(0, len(candidates) - 1), min_size=1, max_size=4)
    truth = [draw(rows) for _ in queries]
    return np.array(queries, float), np.array(candidates, float), truth, draw(st.sampled_from([1, 8, 40, 100, 10**6]))


@given(retrieval_cases())
@settings(max_examples=200, deadline=None)
def test_ranks_equal_brute_force_however_they_are_chunked(
    case: tuple[NDArray[np.float64], NDArray[np.float64], list[set[int]], int],
) -> None:
    queries, candidates, truth, chunk_bytes = case
    expected = naive_ranks(queries, candidates, truth)
    for dtype in (np.float64, np.float32):
        ranks = rank_of_truth(
            queries.astype(dtype), candidates.astype(dtype), [sorted(rows) for rows in truth], chunk_bytes=chunk_bytes
        )
        assert ranks.tolist() == pytest.approx(expected)


def test_chunking_changes_no_rank_of_a_large_pool() -> None:
    rng = np.random.default_rng(0)
    queries = rng.normal(size=(150, 24)).astype(np.float32)
    candidates = rng.normal(size=(3000, 24)).astype(np.float32)
    candidates[100:200] = candidates[0]  # a hundred copies
    truth = [rng.integers(0, 3000, size=rng.integers(1, 4)) for _ in queries]
    whole = rank_of_truth(queries, candidates, truth, chunk_bytes=2**30)
    for chunk_bytes in (3_000, 40_000, 1_000_003):
        assert rank_of_truth(queries, candidates, truth, chunk_bytes=chunk_bytes).tolist() == whole.tolist()


@pytest.mark.parametrize(
    ("queries", "candidates", "truth", "message"),
    [
        (np.ones((1, 2)), np.ones((2, 3)), [[0]], "dimensions"),
        (np.ones((2, 2)), np.ones((2, 2)), [[0]], "1 truths"),
        (np.ones((1, 2)), np.ones((2, 2)), [[]], "no true candidate"),
        (np.ones((1, 2)), np.ones((2, 2)), [[2]], "outside"),
        (np.ones((1, 2)), np.ones((2, 2)), [[-1]], "outside"),
        (np.ones((1, 2)), np.ones((2, 2)), [[0.5]], "not a set of candidate rows"),
        (np.full((1, 2), np.nan), np.ones((2, 2)), [[0]], "query vector is not finite"),
        (np.ones((1, 2)), np.full((2, 2), np.inf), [[0]], "candidate vector is not finite"),
        (np.ones(2), np.ones((2, 2)), [[0]], "shape"),
    ],
)
def test_vectors_and_truths_that_do_not_fit_are_refused(
    queries: NDArray[np.float64], candidates: NDArray[np.float64], truth: list[list[int]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        rank_of_truth(queries, candidates, truth)
