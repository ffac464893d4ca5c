"""From cosines to confidences: what holds for every curve, and for a few by hand."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydantic import ValidationError

from model import Calibration
from model.checkpoint.calibration import ConfidenceCurve, Evidence, FusedCurve, KindCalibration, text_kind
from tests.support.confidence import CURVE, a_calibration

Cosines = NDArray[np.float64]

cosines = st.lists(st.floats(-1, 1), min_size=1, max_size=40).map(lambda row: np.array([sorted(row, reverse=True)]))
curves = st.builds(
    ConfidenceCurve,
    sharpness=st.floats(0, 200),
    none_weight=st.floats(-20, 20),
    none_slope=st.floats(-20, 20),
    background=st.floats(-1, 1),
)


@given(curves, cosines)
def test_confidences_are_probabilities_in_the_order_of_the_hits(curve: ConfidenceCurve, scores: Cosines) -> None:
    (found,) = curve.confidences(scores)
    assert np.all((found >= 0) & (found <= 1))
    assert found[: curve.neighbours].sum() <= 1 + 1e-9
    assert np.all(np.diff(found) <= 1e-12)


@given(curves, cosines, st.integers(10, 40))
def test_they_do_not_depend_on_how_many_hits_were_asked_for(curve: ConfidenceCurve, scores: Cosines, k: int) -> None:
    fewer = curve.confidences(scores[:, :k])
    np.testing.assert_array_equal(fewer, curve.confidences(scores)[:, :k])


@given(curves, cosines, st.integers(0, 12))
def test_padding_has_no_confidence_and_no_weight(curve: ConfidenceCurve, scores: Cosines, padding: int) -> None:
    padded = np.concatenate([scores, np.full((1, padding), -np.inf)], axis=1)
    found = curve.confidences(padded)[0]
    np.testing.assert_allclose(found[: scores.shape[1]], curve.confidences(scores)[0], rtol=1e-12)
    assert not found[scores.shape[1] :].any()


@given(curves, cosines, st.integers(0, 12), st.floats(0, 1))
def test_hits_that_do_not_compete_are_judged_each_alone(
    curve: ConfidenceCurve, scores: Cosines, padding: int, unknown: float
) -> None:
    alone = curve.model_copy(update={"competing": False, "unknown_slope": -50.0})
    padded = np.concatenate([scores, np.full((1, padding), -np.inf)], axis=1)
    (found,) = alone.confidences(padded, np.array([unknown]))
    assert np.all((found >= 0) & (found <= 1)) and np.all(np.diff(found) <= 1e-12)
    assert not found[scores.shape[1] :].any()
    together = curve.model_copy(update={"unknown_slope": -50.0}).confidences(padded, np.array([unknown]))[0]
    assert np.all(found >= together - 1e-9)  # no rivals take anything away


def test_what_is_unknown_of_a_text_changes_what_a_lead_says() -> None:
    scores = np.array([[0.8, *[0.5] * 9]] * 3)
    curve = CURVE.model_copy(update={"unknown_slope": -60.0})
    known, half, none = curve.confidences(scores, np.array([0.0, 0.5, 1.0]))[:, 0]
    assert known > half > none == pytest.approx(curve.confidences(np.full((1, 10), 0.5))[0, 0])
    np.testing.assert_array_equal(curve.confidences(scores), CURVE.confidences(scores))


def test_a_kind_of_text_has_its_own_curve_where_there_is_one() -> None:
    assert [text_kind(text) for text in ("viagra", "a b c d", "a b c d e", "one two three four five six seven")] == [
        "name", "name", "category", "description"
    ]  # fmt: skip
    calibration = a_calibration()
    assert {calibration.of_text(kind) for kind in ("name", "category", "description")} == {CURVE}
    own = CURVE.model_copy(update={"sharpness": 1.0})
    of = calibration.text2mol
    names = KindCalibration(curve=own, queries=100, pool=100, first=of.first, hits=of.hits)
    assert calibration.model_copy(update={"names": names}).of_text("name") == own


def test_a_record_of_before_there_were_kinds_is_read() -> None:
    former = a_calibration().model_dump(
        exclude={"corpus", "names", "categories", "known_names", "fused_descriptions", "fused_categories"}
    )
    for direction in ("text2mol", "mol2text"):
        for of_late in ("unknown_slope", "background_slope", "competing"):
            del former[direction]["curve"][of_late]
    assert Calibration.model_validate(former) == a_calibration()


def test_by_hand() -> None:
    scores = np.array([[0.8, 0.6, *[0.5] * 8]])
    curve = ConfidenceCurve(sharpness=10, none_weight=2, none_slope=-1, background=0)
    weights = [math.exp(3), math.exp(1), *[1.0] * 8]
    whole = sum(weights) + math.exp(2 - 0.5)
    assert curve.confidences(scores)[0].tolist() == pytest.approx([weight / whole for weight in weights])


def test_a_rival_takes_confidence_away_and_none_of_these_takes_the_rest() -> None:
    alone, contested = CURVE.confidences(np.array([[0.9, *[0.5] * 9], [0.9, 0.89, *[0.5] * 8]]))
    assert alone[0] > 0.95
    assert 0.4 < contested[0] < 0.65
    (nothing,) = CURVE.confidences(np.full((1, 10), 0.4))
    assert nothing.sum() < 0.5


def test_where_fewer_are_found_than_are_weighed_the_usual_background_stands_in() -> None:
    good, poor = CURVE.confidences(np.array([[0.95], [0.3]]))[:, 0]
    assert good > 0.9 and poor < 0.01
    assert CURVE.confidences(np.empty((2, 0))).shape == (2, 0)


def test_an_order_that_is_not_that_of_the_cosines_stays_within_bounds() -> None:
    """As in an index with biases, where a hit beyond the neighbours can be nearer than all of them."""
    (found,) = CURVE.confidences(np.array([[*[0.2] * 10, 0.95]]))
    assert found[-1] == 1.0 and np.all(found >= 0)


def test_a_calibration_is_plain_json_and_picks_the_direction() -> None:
    calibration = a_calibration()
    assert Calibration.model_validate_json(calibration.model_dump_json()) == calibration
    assert calibration.of("text2mol") is calibration.text2mol
    assert calibration.of("mol2text") is calibration.mol2text
    with pytest.raises(ValidationError):
        ConfidenceCurve(sharpness=math.nan, none_weight=0, none_slope=0, background=0)
    with pytest.raises(ValidationError):
        ConfidenceCurve(sharpness=-1, none_weight=0, none_slope=0, background=0)


def test_confidences_need_no_torch() -> None:
    code = "import sys, model.checkpoint.calibration; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


fused = st.builds(
    FusedCurve,
    sharpness=st.floats(0, 200),
    unknown_slope=st.floats(-300, 100),
    share_weight=st.floats(0, 20),
    place_weight=st.floats(0, 3),
    none_weight=st.floats(-20, 20),
    none_slope=st.floats(-20, 20),
    background=st.floats(-1, 1),
    competing=st.booleans(),
)


@given(fused, st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 1)), max_size=40), st.none() | st.floats(-1, 1))
def test_confidences_of_an_order_by_words_and_cosines_never_rise(
    curve: FusedCurve, hits: list[tuple[float, float]], background: float | None
) -> None:
    cosines, shares = np.array([hit[0] for hit in hits]), np.array([hit[1] for hit in hits])
    order, found = curve.ranked(Evidence(cosines, shares, background, unknown=0.3))
    assert sorted(order.tolist()) == list(range(len(hits)))
    assert np.all((found >= 0) & (found <= 1))
    assert np.all(np.diff(found) <= 1e-12)
    if curve.competing:
        assert found[: curve.neighbours].sum() <= 1 + 1e-9


def test_more_words_and_a_higher_cosine_speak_for_a_hit() -> None:
    curve = FusedCurve(sharpness=10, share_weight=2, none_weight=1, none_slope=0, background=0.3, competing=False)
    order, found = curve.ranked(Evidence(np.array([0.3, 0.4, 0.3]), np.array([0.0, 0.0, 1.0]), None))
    assert order.tolist() == [2, 1, 0] and found[0] > found[1] > found[2]
