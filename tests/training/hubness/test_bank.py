"""What a bank says of candidates, with their own captions and without."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.hubness.bank import BankView, Own, ask_bank

BANK = np.array([[1.0, 0], [0.6, 0.8], [0, 1]])
CANDIDATES = np.array([[1.0, 0], [0, 1]])
"""Cosines: 1, .6, 0 and 0, .8, 1."""
NONE = Own.of(set())


def test_nearest_and_soft_maxima_by_hand() -> None:
    view = ask_bank(BANK, CANDIDATES, NONE, depth=2, temperatures=[0.5]).rest
    np.testing.assert_allclose(view.nearest, [[1, 0.6], [1, 0.8]], atol=1e-6)
    np.testing.assert_allclose(view.mean_of_nearest(1), [1, 1], atol=1e-6)
    np.testing.assert_allclose(view.mean_of_nearest(2), [0.8, 0.9], atol=1e-6)
    by_hand = [0.5 * np.log(np.exp([2, 1.2, 0]).sum()), 0.5 * np.log(np.exp([0, 1.6, 2]).sum())]
    np.testing.assert_allclose(view.soft[0], by_hand, rtol=1e-6)
    assert view.first.tolist() == [True, True]


def test_own_captions_are_left_out_of_one_view_only() -> None:
    """The first candidate owns the first bank query, the second the last two: nothing of theirs remains but a 0."""
    views = ask_bank(BANK, CANDIDATES, Own.of({(1, 2), (0, 0), (1, 1)}), depth=2, temperatures=[0.5])
    np.testing.assert_allclose(views.rest.nearest, [[0.6, 0], [0, -np.inf]], atol=1e-6)
    np.testing.assert_allclose(views.rest.mean_of_nearest(2), [0.3, 0], atol=1e-6)
    np.testing.assert_allclose(views.rest.soft[0, 1], 0, atol=1e-6)
    # Without their own, the second and third query have the first candidate as first hit, the first query the second.
    assert views.rest.first.tolist() == [True, True]
    whole = ask_bank(BANK, CANDIDATES, NONE, depth=2, temperatures=[0.5]).rest
    same(views.whole, whole)


def test_who_is_first_without_own_captions() -> None:
    """Alone with the first candidate in its bank, the second would never be first of anyone else's text."""
    own = Own.of({(1, 1), (1, 2)})
    views = ask_bank(BANK, CANDIDATES, own, depth=1, temperatures=[])
    assert views.rest.first.tolist() == [True, False]
    assert views.whole.first.tolist() == [True, True]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), depth=st.integers(1, 12), chunk=st.integers(1, 2000))
def test_both_views_are_what_a_whole_matrix_says(seed: int, depth: int, chunk: int) -> None:
    """Whatever the blocks: of each candidate over the bank, with own captions in and out."""
    generator = np.random.default_rng(seed)
    bank, candidates = generator.normal(size=(9, 4)), generator.normal(size=(7, 4))
    mine = generator.random((7, 9)) < 0.3
    own = Own.of({(int(row), int(query)) for row, query in zip(*np.nonzero(mine), strict=True)})
    views = ask_bank(bank, candidates, own, depth=depth, temperatures=[0.05, 0.3], chunk_bytes=chunk)
    cosines = unit(candidates) @ unit(bank).T
    for view, table in ((views.whole, cosines), (views.rest, np.where(mine, -np.inf, cosines))):
        with np.errstate(divide="ignore"):
            soft = [t * np.log(np.exp(table / t).sum(axis=1)) for t in (0.05, 0.3)]
        columns = table.argmax(axis=0)[np.isfinite(table).any(axis=0)]
        first = np.isin(np.arange(7), columns)
        same(view, BankView(-np.sort(-table, axis=1)[:, :depth], np.array(soft), first))


def test_own_captions_cannot_lie_elsewhere() -> None:
    with pytest.raises(ValueError, match="outside"):
        ask_bank(BANK, CANDIDATES, Own.of({(0, 3)}), depth=1, temperatures=[])
    with pytest.raises(ValueError, match="empty"):
        ask_bank(BANK[:0], CANDIDATES, NONE, depth=1, temperatures=[])


def unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    at_unit_length: NDArray[np.float64] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return at_unit_length


def same(one: BankView, other: BankView) -> None:
    np.testing.assert_allclose(one.nearest, other.nearest, atol=1e-5)
    np.testing.assert_allclose(one.soft, other.soft, atol=1e-5)
    np.testing.assert_array_equal(one.first, other.first)
