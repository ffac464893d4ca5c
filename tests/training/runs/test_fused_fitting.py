"""Cosines and words in one order: fitted weights are found again, and confidences come true."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from model.checkpoint.calibration import NEIGHBOURS, FusedCurve
from training.runs.curve_fitting import reliability
from training.runs.fused_fitting import FusedQueries, fit_fused, fused_out_of_fold

TRUE = FusedCurve(sharpness=12.0, share_weight=3.0, none_weight=2.5, none_slope=1.0, background=0.4, competing=False)


def drawn(queries: int, curve: FusedCurve, seed: int = 0, candidates: int = 15) -> FusedQueries:
    """Queries whose hits are right with the very probabilities that the curve gives in its order."""
    generator = np.random.default_rng(seed)
    background = generator.uniform(0.3, 0.5, queries)
    cosines = background[:, None] + generator.uniform(-0.1, 0.3, (queries, candidates))
    shares = generator.choice([0.0, 0.5, 1.0], (queries, candidates))
    unknown = np.zeros(queries)
    made = FusedQueries(cosines, shares, np.zeros(cosines.shape, np.bool_), background, unknown)
    order, confidences = made.ranked(curve)
    np.put_along_axis(made.right, order, generator.uniform(size=order.shape) < confidences, axis=1)
    return made


def test_the_weights_that_made_the_answers_are_found_again() -> None:
    fitted = fit_fused(drawn(3_000, TRUE), competing=False)
    assert fitted.share_weight / fitted.sharpness == pytest.approx(TRUE.share_weight / TRUE.sharpness, rel=0.25)
    assert fitted.sharpness == pytest.approx(TRUE.sharpness, rel=0.25)


def test_words_that_mislead_have_no_weight() -> None:
    queries = drawn(500, TRUE)
    misled = FusedQueries(queries.cosines, 1 - queries.shares, queries.right, queries.background, queries.unknown)
    assert fit_fused(misled, competing=False).share_weight == 0


def test_confidences_of_queries_not_fitted_on_come_true() -> None:
    queries = drawn(1_000, TRUE, seed=1)
    confidences, right = fused_out_of_fold(queries, partial(fit_fused, competing=False))
    assert confidences.shape == right.shape == (1_000, NEIGHBOURS)
    assert np.all(np.diff(confidences, axis=1) <= 0)
    assert reliability(confidences, right).ece < 0.03
    assert reliability(confidences[:, 0], right[:, 0]).ece < 0.06


def test_queries_of_one_group_have_no_say_in_each_other() -> None:
    queries = drawn(100, TRUE, seed=2)
    groups = np.arange(100) // 2
    fit = partial(fit_fused, competing=False)
    before, _ = fused_out_of_fold(queries, fit, groups)
    queries.right[1] = ~queries.right[1]  # of the group of query 0
    after, _ = fused_out_of_fold(queries, fit, groups)
    np.testing.assert_array_equal(after[0], before[0])
    assert not np.array_equal(after[2:], before[2:])


def test_queries_of_different_width_are_fitted_together() -> None:
    few, many = drawn(60, TRUE, candidates=NEIGHBOURS), drawn(60, TRUE, seed=3)
    few.cosines[:, 4:], few.right[:, 4:] = -np.inf, False  # a corpus of four molecules
    together = few + many
    assert together.cosines.shape == (120, 15) and np.isneginf(together.cosines[:60, 4:]).all()
    order, confidences = together.ranked(fit_fused(together, competing=False))
    assert np.isfinite(confidences).all() and (order[:60, :4] < 4).all()
    assert confidences[:60, 4:].max() < 1e-12
