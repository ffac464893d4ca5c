"""One direction: its hubs, who the wrong first hits are, and which correction helps honestly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from training.hubness.bank import Own
from training.hubness.families import Queries
from training.hubness.findings import NEVER_TRAINED, PLAIN, Corrected, OwnCaptions, Pool, Way
from training.hubness.way import WayData, measure_way

_DIM, _TRAINED, _NEW, _KNOWN = 12, 300, 200, 100


def noisy(vectors: NDArray[np.float64], noise: float, generator: np.random.Generator) -> NDArray[np.float32]:
    return (vectors + noise * generator.normal(size=vectors.shape)).astype(np.float32)


def _rows(first: int, last: int) -> list[NDArray[np.int64]]:
    return [np.array([row]) for row in range(first, last)]


def a_way(hubs: float = 0.0, seed: int = 0) -> WayData:
    """Molecules by lot, `_TRAINED` of them with a caption in the bank; texts are noisy copies, closer where they were
    trained on. Known queries are about trained molecules, in other words than the bank's. `hubs`: how far the centre
    of all texts is from the origin, where a few molecules lie that nobody asks for.
    """
    generator = np.random.default_rng(seed)
    molecules = generator.normal(size=(_TRAINED + _NEW, _DIM))
    molecules /= np.linalg.norm(molecules, axis=1, keepdims=True)
    centre = np.full(_DIM, hubs)
    central = noisy(np.tile(centre, (40, 1)), 0.2, generator) if hubs else np.empty((0, _DIM), np.float32)
    bank = noisy(molecules[:_TRAINED] + centre, 0.1, generator)
    pool = np.concatenate([molecules.astype(np.float32), central])
    return WayData(
        name="text2mol",
        about="made up",
        queries=Queries(noisy(molecules[_TRAINED:] + centre, 0.3, generator), _rows(_TRAINED, _TRAINED + _NEW)),
        known=Queries(noisy(molecules[:_KNOWN] + centre, 0.3, generator), _rows(0, _KNOWN)),
        candidates=pool,
        bank=bank,
        own=Own.of({(row, row) for row in range(_TRAINED)}),
        trained=np.arange(len(pool)) < _TRAINED,
        ids=[f"m{row}" for row in range(len(pool))],
        contents=["C" * row for row in range(len(pool))],
        size=lambda row: row,
    )


def of(way: Way, method: str, own: OwnCaptions, pool: Pool = "all") -> Corrected:
    [found] = [one for one in way.corrections if (one.method, one.own, one.pool) == (method, own, pool)]
    return found


def gain(one: Corrected) -> float:
    assert one.gain_mrr is not None
    return one.gain_mrr.mean


def known(one: Corrected) -> float:
    assert one.known_mrr is not None
    return one.known_mrr.mean


def test_own_captions_win_where_there_is_nothing_to_mend() -> None:
    """No hubs, and still the bank gains: it knows who was trained on. Left out, it gains nothing."""
    way = measure_way(a_way())
    for method in ("CSLS", "QB-Norm"):
        assert gain(of(way, method, "in")) > 0.05
        honest = of(way, method, "out")
        assert honest.honest and not of(way, method, "in").honest
        assert gain(honest) < 0.01
        # What own captions win for new molecules, they take from those who ask for a known one.
        assert known(of(way, method, "in")) < -0.1
        assert known(honest) > known(of(way, method, "in")) + 0.1
    assert way.helpful() is None
    never = of(way, NEVER_TRAINED, "none", "untrained")
    assert gain(never) > gain(of(way, "CSLS", "in"))
    assert gain(of(way, "CSLS", "out", "untrained")) < 0.01
    assert of(way, "CSLS", "out", "untrained").baseline == NEVER_TRAINED
    cosines = way.bank_cosines
    assert cosines.trained_whole is not None and cosines.trained_rest is not None and cosines.others is not None
    assert cosines.trained_whole > cosines.trained_rest + 0.02
    assert cosines.trained_rest == pytest.approx(cosines.others, abs=0.02)


def test_true_hubs_are_found_and_mended() -> None:
    way = measure_way(a_way(hubs=0.35))
    plain = of(way, PLAIN, "none")
    assert plain.baseline is None
    assert plain.gain_mrr is None
    hubs = {f"m{row}" for row in range(_TRAINED + _NEW, _TRAINED + _NEW + 40)}
    assert {hub.id for hub in way.occurrence.hubs} <= hubs
    assert not any(hub.trained for hub in way.occurrence.hubs)
    assert way.occurrence.skewness > 3 * way.occurrence.chance_skewness
    assert way.occurrence.never > way.occurrence.chance_never
    helpful = way.helpful()
    assert helpful is not None
    assert helpful.mrr > plain.mrr + 0.03
    assert helpful.chosen is not None
    assert known(helpful) > 0


def test_who_the_wrong_first_hits_are() -> None:
    way = measure_way(a_way(seed=3))
    wrong = way.wrong
    assert wrong.wrong == round(_NEW * (1 - of(way, PLAIN, "none").hits1))
    assert (wrong.pool, wrong.pool_trained) == (_TRAINED + _NEW, _TRAINED)
    assert 0 < wrong.wrong_trained < wrong.wrong
    found = way.occurrence
    places = sum(value * number for value, number in found.distribution)
    assert places == 10 * _NEW
    assert found.mean_trained is not None and found.mean_others is not None
    assert found.mean_trained * _TRAINED + found.mean_others * _NEW == pytest.approx(places)


def test_a_gain_that_known_queries_pay_for_is_no_help() -> None:
    """Known queries that the correction ruins: their answers are the hubs themselves."""
    data = a_way(hubs=0.35)
    first = _TRAINED + _NEW
    asked = noisy(data.candidates[first:].astype(np.float64), 0.2, np.random.default_rng(1))
    hubs = Queries(asked, _rows(first, first + 40))
    way = measure_way(replace(data, known=hubs))
    best = max((one for one in way.corrections if one.honest), key=lambda one: one.mrr)
    assert best.gain_mrr is not None and best.gain_mrr.low > 0
    assert best.known_mrr is not None and best.known_mrr.high < 0
    assert way.helpful() is None


def test_where_nothing_was_trained_on_there_is_only_the_honest_form() -> None:
    way = measure_way(replace(a_way(), own=Own.of(set()), trained=np.zeros(_TRAINED + _NEW, np.bool_)))
    assert {(one.own, one.pool) for one in way.corrections} == {("none", "all"), ("out", "all")}
    assert way.occurrence.mean_trained is None
    assert way.bank_cosines.trained_whole is None
