"""Corrections by hand, ranks under them, and cross-fitting that never sees what it measures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.hubness.bank import BankView, Own, ask_bank
from training.hubness.corrections import (
    NEIGHBOURS,
    TEMPERATURES,
    WEIGHTS,
    cross_fit,
    csls,
    dynamic,
    halves,
    paired_interval,
    qb_norm,
    ranks_with,
)
from training.metrics import rank_of_truth

QUERY = np.array([[0.6, 0.8, 0.0]])
POOL = np.array([[1.0, 0, 0], [0.48, 0.6, 0.64], [0, 1, 0]])
"""The second is near everything, and before the third, which is what queries mean."""
TRUTH = [np.array([2])]
BANK = np.array([[0.0, 0.6, 0.8], [0.6, 0, 0.8], [0.48, 0.6, 0.64]])
"""Cosines of the candidates to it: 0 .6 .48, then .872 .8 1, then .6 0 .6."""


def test_csls_takes_the_mean_of_the_nearest() -> None:
    view = ask_bank(BANK, POOL, Own.of(set()), depth=max(NEIGHBOURS), temperatures=TEMPERATURES).rest
    settings_ = csls(view)
    assert len(settings_) == len(NEIGHBOURS) * len(WEIGHTS)
    for setting in settings_:
        nearest = {1: [0.6, 1, 0.6], 10: [0.36, 0.8907, 0.4], 100: [0.36, 0.8907, 0.4]}[int(setting.parameters["k"])]
        np.testing.assert_allclose(setting.bias, -setting.parameters["weight"] * np.array(nearest), atol=1e-3)


def test_qb_norm_is_the_inverted_softmax() -> None:
    """exp(cos / τ) over its sum over the bank orders the pool as cos + bias does, and has its logarithm."""
    view = ask_bank(BANK, POOL, Own.of(set()), depth=1, temperatures=TEMPERATURES).rest
    cosines, bank = QUERY @ POOL.T, POOL @ BANK.T
    for setting in qb_norm(view):
        temperature = setting.parameters["temperature"]
        inverted = np.exp(cosines / temperature) / np.exp(bank / temperature).sum(axis=1)
        np.testing.assert_allclose(cosines + setting.bias, temperature * np.log(inverted), atol=1e-5)


def test_a_hub_stands_back() -> None:
    query = np.array([[0.3, 0.75, 0.59]])  # the hub at .97 beats the truth at .75
    assert ranks_with(query, POOL, TRUTH, [np.zeros(3, np.float32)]).tolist() == [[2]]
    view = ask_bank(BANK, POOL, Own.of(set()), depth=max(NEIGHBOURS), temperatures=TEMPERATURES).rest
    strongest = [setting.bias for setting in csls(view) if setting.parameters == {"k": 10, "weight": 1.0}]
    assert ranks_with(query, POOL, TRUTH, strongest).tolist() == [[1]]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), chunk=st.integers(1, 3000))
def test_without_a_bias_ranks_are_those_of_the_metrics(seed: int, chunk: int) -> None:
    """Ties and several truths included; and a bias that all candidates share changes nothing."""
    generator = np.random.default_rng(seed)
    pool = generator.normal(size=(12, 3)).astype(np.float32)
    pool[7] = pool[3]
    queries = generator.normal(size=(9, 3)).astype(np.float32)
    truth = [np.unique(generator.integers(12, size=generator.integers(1, 4))) for _ in range(9)]
    ranks = ranks_with(
        queries, pool, truth, [np.zeros(12, np.float32), np.full(12, 0.25, np.float32)], chunk_bytes=chunk
    )
    np.testing.assert_array_equal(ranks[0], rank_of_truth(queries, pool, truth))
    np.testing.assert_array_equal(ranks[1], ranks[0])


def test_a_bias_is_one_more_dimension_and_minus_infinity_takes_out() -> None:
    generator = np.random.default_rng(2)
    pool, queries = generator.normal(size=(20, 4)), generator.normal(size=(8, 4))
    pool /= np.linalg.norm(pool, axis=1, keepdims=True)
    queries /= np.linalg.norm(queries, axis=1, keepdims=True)
    bias = generator.normal(size=20).astype(np.float32)
    truth = [np.array([row]) for row in range(8)]
    wide = np.column_stack([queries, np.ones(8)]) @ np.column_stack([pool, bias]).T
    by_hand = 1 + (wide > wide[np.arange(8), np.arange(8), None]).sum(axis=1)
    absent = np.where(np.arange(20) < 15, 0, -np.inf).astype(np.float32)
    biased, fewer = ranks_with(queries, pool, truth, [bias, absent])
    np.testing.assert_array_equal(biased, by_hand)
    np.testing.assert_array_equal(fewer, rank_of_truth(queries, pool[:15], truth))


def test_the_dynamic_form_corrects_only_where_the_first_hit_is_known_to_the_bank() -> None:
    view = BankView(np.zeros((3, 1), np.float32), np.zeros((1, 3), np.float32), np.array([True, False, False]))
    corrected, plain = np.array([[1.0, 2, 3], [4, 5, 6]]), np.array([7.0, 8, 9])
    ranks = dynamic(corrected, plain, np.array([0, 1, 0]), view)
    np.testing.assert_array_equal(ranks, [[1, 8, 3], [4, 8, 6]])


def test_cross_fitting_measures_under_what_the_other_half_chose() -> None:
    half = np.array([False, False, True, True])
    ranks = np.array([[1.0, 1, 9, 9], [5, 5, 2, 2]])
    fitted = cross_fit(ranks, half)
    assert fitted.chosen == (1, 0)  # what is best there is worst here
    np.testing.assert_array_equal(fitted.ranks, [5, 5, 9, 9])


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10_000), side=st.booleans())
def test_cross_fitting_never_sees_the_half_it_measures(seed: int, side: bool) -> None:
    """Whatever the ranks of a half are, the setting it is measured under stays the same."""
    generator = np.random.default_rng(seed)
    half = halves(11, seed)
    ranks = generator.integers(1, 50, size=(5, 11)).astype(np.float64)
    other = ranks.copy()
    other[:, half == side] = generator.integers(1, 50, size=(5, int((half == side).sum())))
    before, after = cross_fit(ranks, half), cross_fit(other, half)
    assert before.chosen[int(side)] == after.chosen[int(side)]
    np.testing.assert_array_equal(after.ranks[half == side], other[after.chosen[int(side)]][half == side])


def test_halves_are_halves() -> None:
    assert halves(11).sum() == 5
    np.testing.assert_array_equal(halves(11, 3), halves(11, 3))
    assert not np.array_equal(halves(50, 3), halves(50, 4))


def test_the_interval_is_that_of_a_mean() -> None:
    """As wide as ± 1.96 standard errors where these hold, and zero wide where nothing differs."""
    differences = np.random.default_rng(4).normal(0.1, 1, size=2000)
    error = differences.std() / np.sqrt(2000)
    low, high = paired_interval(differences)
    assert low == pytest.approx(differences.mean() - 1.96 * error, abs=0.2 * error)
    assert high == pytest.approx(differences.mean() + 1.96 * error, abs=0.2 * error)
    assert paired_interval(np.full(10, 0.5)) == (0.5, 0.5)
