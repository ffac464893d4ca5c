"""Confidences judged on held-out pairs: cross-fitted or stored, in the whole pool and in parts of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.support.confidence import CURVE, a_calibration
from training.evaluation import EmbeddedSet, EvaluationSet, prepare
from training.pairs import Candidate, Pair
from training.report.confidence import judge_confidence
from training.runs.calibration import calibrate

QUERIES, POOL, WIDTH = 60, 400, 8


@pytest.fixture(scope="module")
def prepared() -> EvaluationSet:
    pool = [Candidate(str(row), "C" * (row + 1)) for row in range(POOL)]
    return prepare([Pair(one.smiles, f"chain {one.id}", one.id, "test") for one in pool[:QUERIES]], pool)


@pytest.fixture(scope="module")
def embedded() -> EmbeddedSet:
    """Texts near their molecules, with many molecules in between."""
    generator = np.random.default_rng(0)
    molecules = generator.normal(size=(POOL, WIDTH))
    return EmbeddedSet(molecules[:QUERIES] + 0.5 * generator.normal(size=(QUERIES, WIDTH)), molecules)


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "pairs.tsv"
    path.write_text("these pairs\n")
    return str(path)


def test_without_a_calibration_or_on_its_own_pairs_it_is_cross_fitted(
    prepared: EvaluationSet, embedded: EmbeddedSet, source: str
) -> None:
    own = calibrate(prepared, embedded, source)
    for calibration in (None, own):
        judged = judge_confidence(prepared, embedded, calibration, source)
        assert judged is not None and judged.out_of_fold
        for direction in ("text2mol", "mol2text"):
            assert judged.directions[direction].first == own.of(direction).first
            assert judged.directions[direction].pools[0].absent == pytest.approx(own.of(direction).absent)


def test_on_other_pairs_the_stored_one_is_judged(prepared: EvaluationSet, embedded: EmbeddedSet, source: str) -> None:
    judged = judge_confidence(prepared, embedded, a_calibration("others.tsv"), source)
    assert judged is not None and judged.fitted_on == "others.tsv"
    unit = [part / np.linalg.norm(part, axis=1, keepdims=True) for part in (embedded.texts, embedded.molecules)]
    cosines = -np.sort(-(unit[0] @ unit[1].T), axis=1)[:, :10]
    np.testing.assert_allclose(judged.directions["text2mol"].confidences, CURVE.confidences(cosines), atol=1e-4)


def test_smaller_pools_hold_the_truth_and_make_it_easier(
    prepared: EvaluationSet, embedded: EmbeddedSet, source: str
) -> None:
    judged = judge_confidence(prepared, embedded, None, source)
    assert judged is not None
    whole, tenth = judged.directions["text2mol"].pools
    assert (whole.pool, tenth.pool) == (POOL, POOL // 10)  # a hundredth is too little to weigh ten hits
    assert whole.right < tenth.right <= 1
    assert [one.pool for one in judged.directions["mol2text"].pools] == [QUERIES]


def test_too_few_pairs_are_enough_for_a_stored_one_only(source: str) -> None:
    pool = [Candidate(str(row), "C" * (row + 1)) for row in range(20)]
    few = prepare([Pair(one.smiles, "chain", one.id, "test") for one in pool], pool)
    vectors = EmbeddedSet(np.eye(20), np.eye(20))
    assert judge_confidence(few, vectors, None, source) is None
    assert judge_confidence(few, vectors, a_calibration(), source) is not None
