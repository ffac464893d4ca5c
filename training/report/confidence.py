"""How well confidences are calibrated, on the held-out pairs and in smaller pools."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model import Calibration
from model.checkpoint.calibration import NEIGHBOURS, ConfidenceCurve, Reliability
from training.evaluation import Direction, EmbeddedSet, EvaluationSet
from training.evaluation.hits import first_hits
from training.pairs import parse_source
from training.pairs.digests import data_digest
from training.runs.calibration import FEWEST_QUERIES
from training.runs.curve_fitting import AnsweredQueries, answered, fit_for, out_of_fold, reliability

_SHARES = (10, 100)
_SMALLEST_POOL = 3 * NEIGHBOURS


@dataclass(frozen=True, slots=True)
class InPool:
    """First hits in a random sample of the pool plus each query's correct candidates.

    right: share of correct first hits; mean: their mean confidence; ece: their expected calibration error; absent: mean
    confidence of the first hit without the correct candidates.
    """

    pool: int
    right: float
    mean: float
    ece: float
    absent: float


@dataclass(frozen=True, slots=True)
class DirectionConfidence:
    """One direction: confidences and right (queries, hits), with their figures; pools: the whole, then smaller."""

    confidences: NDArray[np.float64]
    right: NDArray[np.bool_]
    first: Reliability
    hits: Reliability
    pools: tuple[InPool, ...]


@dataclass(frozen=True, slots=True)
class Confidence:
    """fitted_on: the pairs of the checkpoint's own calibration, None where out_of_fold: curves that were fitted to four
    fifths of the very queries judge the fifth.
    """

    directions: dict[Direction, DirectionConfidence]
    fitted_on: str | None

    @property
    def out_of_fold(self) -> bool:
        return self.fitted_on is None


def judge_confidence(
    prepared: EvaluationSet, embedded: EmbeddedSet, calibration: Calibration | None, source: str, seed: int = 0
) -> Confidence | None:
    """Judge the checkpoint's calibration on pairs that it was not fitted to; on those it was fitted to, or without a
    calibration, by cross-fitting. None if there are too few pairs for that. source: the file of the pairs.

    Raises:
        PairFileError: the file cannot be read.
    """
    stored = calibration if calibration and calibration.sha256 != data_digest(parse_source(source).path) else None
    if stored is None and len(prepared.queries) < FEWEST_QUERIES:
        return None
    searches = {
        "text2mol": (embedded.texts, embedded.molecules, prepared.text_truth),
        "mol2text": (embedded.molecules[prepared.queries], embedded.texts, prepared.query_truth),
    }
    directions: dict[Direction, DirectionConfidence] = {}
    for direction, queries in answered(prepared, embedded).items():
        curve = stored.of(direction).curve if stored else fit_for(direction)(queries)
        if stored:
            confidences = curve.confidences(queries.scores, queries.unknown)
            absent = curve.confidences(queries.absent, queries.unknown)
        else:
            confidences, absent = out_of_fold(queries, seed, fit_for(direction))
        whole = _in_pool(confidences, absent, queries)
        directions[direction] = DirectionConfidence(
            confidences=confidences,
            right=queries.right,
            first=reliability(confidences[:, 0], queries.right[:, 0]),
            hits=reliability(confidences, queries.right),
            pools=(whole, *_smaller_pools(*searches[direction], queries.unknown, curve, seed)),
        )
    return Confidence(directions, stored.fitted_on if stored else None)


def _smaller_pools(
    queries: NDArray[np.floating],
    candidates: NDArray[np.floating],
    truth: Sequence[NDArray[np.int64]],
    unknown: NDArray[np.float64] | None,
    curve: ConfidenceCurve,
    seed: int,
) -> list[InPool]:
    """A tenth and a hundredth of the candidates, where enough are left."""
    pools = []
    order = np.random.default_rng(seed).permutation(len(candidates))
    least = max(_SMALLEST_POOL, NEIGHBOURS + max(len(one) for one in truth))
    for share in _SHARES:
        sample = np.sort(order[: len(candidates) // share])
        if len(sample) >= least:
            found = _search_sample(queries, candidates, truth, sample)
            shown, absent = curve.confidences(found.scores, unknown), curve.confidences(found.absent, unknown)
            pools.append(_in_pool(shown, absent, found))
    return pools


def _search_sample(
    queries: NDArray[np.floating],
    candidates: NDArray[np.floating],
    truth: Sequence[NDArray[np.int64]],
    sample: NDArray[np.int64],
) -> AnsweredQueries:
    """The hits among the sample and each query's correct candidates."""
    scores, rights, absents = [], [], []
    most = max(len(one) for one in truth)
    found = first_hits(queries, candidates[sample], NEIGHBOURS + most)
    for query, right_rows in enumerate(truth):
        own = first_hits(queries[query : query + 1], candidates[right_rows], NEIGHBOURS).scores[0]
        wrong = found.scores[query][~np.isin(sample[found.rows[query]], right_rows)][:NEIGHBOURS]
        together = np.concatenate([wrong, own])  # of equal scores the wrong one comes first
        best = np.argsort(-together, kind="stable")[:NEIGHBOURS]
        scores.append(together[best])
        rights.append(best >= len(wrong))
        absents.append(wrong)
    return AnsweredQueries(np.array(scores, np.float64), np.array(rights), np.array(absents, np.float64), len(sample))


def _in_pool(confidences: NDArray[np.float64], absent: NDArray[np.float64], queries: AnsweredQueries) -> InPool:
    first, right = confidences[:, 0], queries.right[:, 0]
    return InPool(
        pool=queries.pool,
        right=float(right.mean()),
        mean=float(first.mean()),
        ece=reliability(first, right).ece,
        absent=float(absent[:, 0].mean()),
    )
