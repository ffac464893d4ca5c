"""Hubness in figures, against values worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.hubness.measures import (
    alignment,
    chance_never,
    chance_skewness,
    equal,
    nearest_other,
    occurrences,
    skewness,
    spread,
)


def test_occurrences_count_queries_that_find_a_candidate() -> None:
    hits = np.array([[0, 1], [0, 2], [0, 1]])
    np.testing.assert_array_equal(occurrences(hits, 5), [3, 2, 1, 0, 0])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 0, 0, 4], 2 / math.sqrt(3)),  # mean 1, variance 3, third moment (27 - 3) / 4 = 6: 6 / 3^1.5
        ([1, 2, 3], 0.0),
        ([4, 4, 4, 0], -2 / math.sqrt(3)),
        ([7, 7, 7], 0.0),
    ],
)
def test_skewness_by_hand(values: list[int], expected: float) -> None:
    assert skewness(np.array(values)) == pytest.approx(expected)


def test_what_chance_gives_is_what_lots_give() -> None:
    """10 of 100 candidates for each of 400 queries, drawn 200 times."""
    generator = np.random.default_rng(0)
    counts = generator.binomial(30, 10 / 100, size=200_000)
    assert skewness(counts) == pytest.approx(chance_skewness(30, 10, 100), abs=0.02)
    assert np.mean(counts == 0) == pytest.approx(chance_never(30, 10, 100), abs=0.005)
    assert chance_never(5, 10, 8) == 0.0  # every query finds all
    assert chance_skewness(5, 10, 8) == 0.0


def test_spread_of_right_angles_and_of_one_point() -> None:
    axes = spread(3 * np.eye(4))  # of any length
    assert axes.mean_cosine == pytest.approx(0)
    assert axes.uniformity == pytest.approx(-4)  # squared distances of 2, times -2
    point = spread(np.ones((5, 3)))
    assert point.mean_cosine == pytest.approx(1)
    assert point.uniformity == pytest.approx(0, abs=1e-6)
    mixed = spread(np.array([[1.0, 0], [0, 1], [1, 0]]))  # distances 2, 0, 2
    assert mixed.uniformity == pytest.approx(math.log((2 * math.exp(-4) + 1) / 3))


def test_alignment_by_hand() -> None:
    texts, molecules = np.array([[2.0, 0], [0, 1]]), np.array([[1.0, 0], [1, 0]])
    assert alignment(texts, molecules) == pytest.approx((0 + 2) / 2)


def test_the_nearest_other_is_of_another_group() -> None:
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(2100, 3))  # more than two blocks
    groups = generator.integers(1500, size=2100)
    vectors[2099], groups[2099] = vectors[0] * 2, 1501  # one vector, two molecules
    normed = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = np.where(groups[:, None] == groups[None], -np.inf, normed @ normed.T)
    found = nearest_other(vectors, groups)
    np.testing.assert_allclose(found, cosines.max(axis=1), atol=1e-5)
    assert equal(found)[[0, 2099]].all()
    assert nearest_other(vectors[:2], np.zeros(2, np.int64)).tolist() == [-np.inf, -np.inf]
