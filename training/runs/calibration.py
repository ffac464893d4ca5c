"""Confidences fitted to a validation set: which of the first hits are right, and what their cosines say of it.

The likelihood is that of a choice among the hits and "none of these" (a conditional logit model, McFadden 1974): the
logarithms of the weights in `model.checkpoint.calibration` are linear in what is fitted, so there is one optimum, which Newton's
method finds. A hit is right where `training.evaluation.protocol` would rank it as the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from model import Calibration, Checkpoint, MoleculeFeatures, copy_checkpoint, save_calibration
from model.checkpoint.calibration import NEIGHBOURS, ConfidenceCurve, DirectionCalibration, Reliability
from training.pairs.digests import data_digest
from training.evaluation import Direction, EmbeddedSet, EvaluationError, EvaluationSet, embed
from training.evaluation.hits import first_hits
from training.pairs.tables import parse_source, source_name

FEWEST_QUERIES = 50
"""Of either direction; fewer say nothing about probabilities."""
BINS = 10

_FOLDS = 5
_DIGITS = 6
# Standard deviations of a normal prior on sharpness, none_weight and none_slope: felt only where few queries are all
# answered rightly, and the likelihood has no highest point.
_PRIOR = np.array([100.0, 10.0, 10.0])
_LEAST_PROBABILITY = 1e-12
_Value = TypeVar("_Value", bound=np.generic)


@dataclass(frozen=True, slots=True)
class AnsweredQueries:
    """The first `NEIGHBOURS` hits of every query of one direction, best first.

    scores: cosines float64 (queries, hits), -inf where the pool is smaller; right: bool, likewise; absent: the cosines
    of the first hits that are wrong, as a search finds them when what is described is not in the pool; pool: its size.
    """

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    absent: NDArray[np.float64]
    pool: int


def answered(prepared: EvaluationSet, embedded: EmbeddedSet) -> dict[Direction, AnsweredQueries]:
    """What is found for every query of both directions."""
    structures = embedded.molecules[prepared.queries]
    return {
        "text2mol": answer(embedded.texts, embedded.molecules, prepared.text_truth),
        "mol2text": answer(structures, embedded.texts, prepared.query_truth),
    }


def answer(
    queries: NDArray[np.floating], candidates: NDArray[np.floating], truth: Sequence[NDArray[np.int64]]
) -> AnsweredQueries:
    """The hits of queries (queries, dim) among candidates (pool, dim); truth: for each query the right candidates."""
    found = first_hits(queries, candidates, NEIGHBOURS + max(len(one) for one in truth))
    right = np.array([np.isin(rows, one) for rows, one in zip(found.rows, truth, strict=True)])
    scores = found.scores.astype(np.float64)
    # The right ones are moved behind the wrong ones, which keep their order.
    wrong_first = np.argsort(right, axis=1, kind="stable")
    absent = np.take_along_axis(np.where(right, -np.inf, scores), wrong_first, axis=1)
    return AnsweredQueries(_cut(scores, -np.inf), _cut(right, False), _cut(absent, -np.inf), len(candidates))


def fit_curve(queries: AnsweredQueries) -> ConfidenceCurve:
    """The curve that gives the right hits, or "none of these", the highest likelihood."""
    last = queries.scores[:, -1]
    known = last[np.isfinite(last)]
    # In a pool of fewer hits than there are neighbours, the worst of them is all that is known of the background.
    ends = known if len(known) else np.where(np.isfinite(queries.scores), queries.scores, np.inf).min(axis=1)
    background = round(float(np.median(ends)), _DIGITS)
    found = np.isfinite(queries.scores)
    last = np.where(np.isfinite(last), last, background)

    inputs = np.zeros((*queries.scores.shape, 3))
    inputs[..., 0] = np.where(found, queries.scores - last[:, None], 0)
    none = np.stack([np.zeros_like(last), np.ones_like(last), last], axis=1)
    inputs = np.concatenate([inputs, none[:, None]], axis=1)
    options = np.concatenate([found, np.ones((len(last), 1), np.bool_)], axis=1)
    chosen = np.concatenate([queries.right, ~queries.right.any(axis=1, keepdims=True)], axis=1)
    weights = _most_likely(inputs, options, chosen)
    if weights[0] < 0:  # cosines that mislead: all hits get the same confidence
        inputs[..., 0] = 0
        weights = _most_likely(inputs, options, chosen)
    sharpness, none_weight, none_slope = (round(float(weight), _DIGITS) for weight in weights)
    return ConfidenceCurve(sharpness=sharpness, none_weight=none_weight, none_slope=none_slope, background=background)


def out_of_fold(queries: AnsweredQueries, seed: int = 0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Confidences (queries, hits) of the hits and of `absent`, each from a curve fitted on four fifths of the queries,
    this one not among them.
    """
    fold = np.random.default_rng(seed).permutation(len(queries.scores)) % _FOLDS
    confidences, absent = np.empty_like(queries.scores), np.empty_like(queries.scores)
    for number in range(_FOLDS):
        rest, held_out = fold != number, fold == number
        part = AnsweredQueries(queries.scores[rest], queries.right[rest], queries.absent[rest], queries.pool)
        curve = fit_curve(part)
        confidences[held_out] = curve.confidences(queries.scores[held_out])
        absent[held_out] = curve.confidences(queries.absent[held_out])
    return confidences, absent


def reliability(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> Reliability:
    """Figures of confidences against what is right, any shape, the same for both."""
    given, truth = confidences.ravel(), right.ravel().astype(np.float64)
    bins = bin_of(given)
    counts = np.bincount(bins, minlength=BINS)
    distances = np.abs(np.bincount(bins, given - truth, minlength=BINS))
    likelihood = np.clip(np.where(truth > 0, given, 1 - given), _LEAST_PROBABILITY, 1)
    return Reliability(
        ece=round(float(distances.sum() / counts.sum()), _DIGITS),
        brier=round(float(np.mean((given - truth) ** 2)), _DIGITS),
        log_loss=round(float(-np.mean(np.log(likelihood))), _DIGITS),
    )


def bin_of(confidences: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which of `BINS` equal bins from 0 to 1 each confidence is in; the last includes 1."""
    return np.minimum((confidences * BINS).astype(np.int64), BINS - 1)


def calibrate(prepared: EvaluationSet, embedded: EmbeddedSet, source: str) -> Calibration:
    """Curves fitted on all queries, with figures from cross-fitting. source: the file of the pairs, for the record.

    Raises:
        EvaluationError: there are fewer than `FEWEST_QUERIES` queries.
        PairFileError: the file cannot be read.
    """
    if len(prepared.queries) < FEWEST_QUERIES:
        raise EvaluationError(
            f"{len(prepared.queries)} molecules are too few to fit confidences to; {FEWEST_QUERIES} are needed."
        )
    ways = answered(prepared, embedded)
    return Calibration(
        fitted_on=source_name(source),
        sha256=data_digest(parse_source(source).path),
        text2mol=_calibrate(ways["text2mol"]),
        mol2text=_calibrate(ways["mol2text"]),
    )


def calibrate_checkpoint(
    checkpoint: Checkpoint,
    prepared: EvaluationSet,
    source: str,
    *,
    features: Sequence[MoleculeFeatures] | None = None,
    out: Path | None = None,
) -> Calibration:
    """Fit confidences to what a checkpoint answers, and write them into it, or into a copy of it at `out`.

    The checkpoint is one that was loaded: what it answers as it is stored, in whatever precision, is what users get.
    `source` as for `calibrate`, `features` as for `embed`.

    Raises:
        EvaluationError, PairFileError: as `calibrate` does.
        CheckpointError: `out` exists and is not a checkpoint.
    """
    calibration = calibrate(prepared, embed(checkpoint.encoder, prepared, features), source)
    save_calibration(copy_checkpoint(checkpoint, out) if out is not None else checkpoint, calibration)
    return calibration


def _calibrate(queries: AnsweredQueries) -> DirectionCalibration:
    confidences, absent = out_of_fold(queries)
    return DirectionCalibration(
        curve=fit_curve(queries),
        queries=len(queries.scores),
        pool=queries.pool,
        first=reliability(confidences[:, 0], queries.right[:, 0]),
        hits=reliability(confidences, queries.right),
        absent=round(float(absent[:, 0].mean()), _DIGITS),
    )


def _most_likely(
    inputs: NDArray[np.float64], options: NDArray[np.bool_], chosen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Newton's method with halved steps. inputs (queries, options, 3); options: which there are; chosen: the right."""
    weights = np.zeros(inputs.shape[2])
    value = _log_likelihood(weights, inputs, options, chosen)
    for _ in range(100):
        logits = inputs @ weights
        all_, right = _shares(logits, options), _shares(logits, chosen)
        gradient = np.einsum("qo,qof->f", right - all_, inputs) - weights / _PRIOR**2
        means = np.einsum("qo,qof->qf", all_, inputs)
        weighted = (all_[..., None] * inputs).reshape(-1, len(weights))
        curvature = weighted.T @ inputs.reshape(-1, len(weights)) - means.T @ means + np.diag(1 / _PRIOR**2)
        step = np.linalg.solve(curvature, gradient)
        while np.abs(step).max() > 1e-9:
            reached = _log_likelihood(weights + step, inputs, options, chosen)
            if reached > value:
                break
            step = step / 2
        else:
            break
        weights, value = weights + step, reached
    return weights


def _log_likelihood(
    weights: NDArray[np.float64], inputs: NDArray[np.float64], options: NDArray[np.bool_], chosen: NDArray[np.bool_]
) -> float:
    logits = inputs @ weights
    penalty = 0.5 * float(((weights / _PRIOR) ** 2).sum())
    return float((_log_sum(logits, chosen) - _log_sum(logits, options)).sum()) - penalty


def _shares(logits: NDArray[np.float64], among: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Softmax over those of each row that are `among`."""
    shares: NDArray[np.float64] = np.where(among, np.exp(logits - _log_sum(logits, among)[:, None]), 0)
    return shares


def _log_sum(logits: NDArray[np.float64], among: NDArray[np.bool_]) -> NDArray[np.float64]:
    masked = np.where(among, logits, -np.inf)
    highest = masked.max(axis=1, keepdims=True)
    total: NDArray[np.float64] = np.log(np.exp(masked - highest).sum(axis=1)) + highest[:, 0]
    return total


def _cut(hits: NDArray[_Value], padding: float) -> NDArray[_Value]:
    """The first `NEIGHBOURS` of each row, filled up with `padding`."""
    missing = max(0, NEIGHBOURS - hits.shape[1])
    return np.pad(hits, ((0, 0), (0, missing)), constant_values=padding)[:, :NEIGHBOURS]
