"""Curves fitted to which of the first hits are right, and what their cosines say of it.

The likelihood is that of a choice among the hits and "none of these" (a conditional logit model, McFadden 1974): the
logarithms of the weights in `model.checkpoint.calibration` are linear in what is fitted, so there is one optimum, which
Newton's method finds. A hit is right where `training.evaluation.protocol` would rank it as the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from model.checkpoint.calibration import NEIGHBOURS, ConfidenceCurve, Reliability
from training.evaluation import Direction, EmbeddedSet, EvaluationSet
from training.evaluation.hits import first_hits

BINS = 10
DIGITS = 6
"""That are kept of what was fitted."""

_FOLDS = 5
# Standard deviations of a normal prior on sharpness, unknown_slope, background_slope, none_weight and none_slope: felt
# only where few queries are all answered rightly, and the likelihood has no highest point.
_PRIOR = np.array([100.0, 100.0, 100.0, 10.0, 10.0])
_LEAST_PROBABILITY = 1e-12
_Value = TypeVar("_Value", bound=np.generic)


@dataclass(frozen=True, slots=True)
class AnsweredQueries:
    """The first `NEIGHBOURS` hits of every query of one direction, best first.

    scores: cosines float64 (queries, hits), -inf where the pool is smaller; right: bool, likewise; absent: the cosines
    of the first hits that are wrong, as a search finds them when what is described is not in the pool; pool: its size;
    unknown: `TextFeatures.unknown` of each query (queries,), None for structures.
    """

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    absent: NDArray[np.float64]
    pool: int
    unknown: NDArray[np.float64] | None = None

    def some(self, chosen: NDArray[np.bool_]) -> AnsweredQueries:
        """Those that are chosen, bool (queries,)."""
        unknown = self.unknown[chosen] if self.unknown is not None else None
        return AnsweredQueries(self.scores[chosen], self.right[chosen], self.absent[chosen], self.pool, unknown)

    def left_out(self) -> AnsweredQueries:
        """The same queries where what they describe is not in the pool."""
        return AnsweredQueries(self.absent, np.zeros_like(self.right), self.absent, self.pool, self.unknown)

    def __add__(self, others: AnsweredQueries) -> AnsweredQueries:
        """These queries, then others; the pool is that of these."""
        known = self.unknown is not None and others.unknown is not None
        return AnsweredQueries(
            np.concatenate([self.scores, others.scores]),
            np.concatenate([self.right, others.right]),
            np.concatenate([self.absent, others.absent]),
            self.pool,
            np.concatenate([self.unknown, others.unknown]) if known else None,
        )


def answered(prepared: EvaluationSet, embedded: EmbeddedSet) -> dict[Direction, AnsweredQueries]:
    """What is found for every query of both directions."""
    structures = embedded.molecules[prepared.queries]
    return {
        "text2mol": answer(embedded.texts, embedded.molecules, prepared.text_truth, embedded.unknown),
        "mol2text": answer(structures, embedded.texts, prepared.query_truth),
    }


def answer(
    queries: NDArray[np.floating],
    candidates: NDArray[np.floating],
    truth: Sequence[NDArray[np.int64]],
    unknown: NDArray[np.float64] | None = None,
) -> AnsweredQueries:
    """The hits of queries (queries, dim) among candidates (pool, dim); truth: for each query the right candidates."""
    found = first_hits(queries, candidates, NEIGHBOURS + max(len(one) for one in truth))
    right = np.array([np.isin(rows, one) for rows, one in zip(found.rows, truth, strict=True)])
    scores = found.scores.astype(np.float64)
    # The right ones are moved behind the wrong ones, which keep their order.
    wrong_first = np.argsort(right, axis=1, kind="stable")
    absent = np.take_along_axis(np.where(right, -np.inf, scores), wrong_first, axis=1)
    return AnsweredQueries(_cut(scores, -np.inf), _cut(right, False), _cut(absent, -np.inf), len(candidates), unknown)


def fit_curve(queries: AnsweredQueries, *, competing: bool = True, by_background: bool = False) -> ConfidenceCurve:
    """The curve that gives the right hits, or "none of these", the highest likelihood.

    Without `competing`, every hit is a choice of its own: it is right, or it is not. by_background: sharpness changes
    with the tenth cosine, which tells different corpora apart.
    """
    last = queries.scores[:, -1]
    known = last[np.isfinite(last)]
    # In a pool of fewer hits than there are neighbours, the worst of them is all that is known of the background.
    ends = known if len(known) else np.where(np.isfinite(queries.scores), queries.scores, np.inf).min(axis=1)
    background = round(float(np.median(ends)), DIGITS)
    found = np.isfinite(queries.scores)
    last = np.where(np.isfinite(last), last, background)

    leads = np.where(found, queries.scores - last[:, None], 0)
    inputs = np.zeros((*leads.shape, len(_PRIOR)))
    inputs[..., 0] = leads
    if queries.unknown is not None:
        inputs[..., 1] = leads * queries.unknown[:, None]
    if by_background:
        inputs[..., 2] = leads * last[:, None]
    none = np.zeros((len(last), len(_PRIOR)))
    none[:, 3], none[:, 4] = 1.0, last
    if competing:
        inputs = np.concatenate([inputs, none[:, None]], axis=1)
        options = np.concatenate([found, np.ones((len(last), 1), np.bool_)], axis=1)
        chosen = np.concatenate([queries.right, ~queries.right.any(axis=1, keepdims=True)], axis=1)
    else:
        nones = np.broadcast_to(none[:, None], inputs.shape)
        inputs = np.stack([inputs[found], nones[found]], axis=1)
        options = np.ones(inputs.shape[:2], np.bool_)
        chosen = np.stack([queries.right[found], ~queries.right[found]], axis=1)
    weights = most_likely(inputs, options, chosen, _PRIOR)
    if weights[0] + weights[2] * background < 0:  # cosines that mislead: all hits get the same confidence
        inputs[..., :3] = 0
        weights = most_likely(inputs, options, chosen, _PRIOR)
    sharpness, unknown_slope, background_slope, none_weight, none_slope = (
        round(float(weight), DIGITS) for weight in weights
    )
    return ConfidenceCurve(
        sharpness=sharpness,
        unknown_slope=unknown_slope,
        background_slope=background_slope,
        none_weight=none_weight,
        none_slope=none_slope,
        background=background,
        competing=competing,
    )


def fit_for(direction: Direction) -> Callable[[AnsweredQueries], ConfidenceCurve]:
    """What fits the curve of a direction. That texts are of an unfamiliar kind shows, from a structure, in how near
    those behind the first are, and from a text, in how much of it is unknown.
    """
    return partial(fit_curve, by_background=direction == "mol2text")


def out_of_fold(
    queries: AnsweredQueries, seed: int = 0, fit: Callable[[AnsweredQueries], ConfidenceCurve] = fit_curve
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Confidences (queries, hits) of the hits and of `absent`, each from a curve fitted on four fifths of the queries,
    this one not among them.
    """
    confidences, absent = np.empty_like(queries.scores), np.empty_like(queries.scores)
    for held_out in folds(len(queries.scores), seed):
        curve = fit(queries.some(~held_out))
        part = queries.some(held_out)
        confidences[held_out] = curve.confidences(part.scores, part.unknown)
        absent[held_out] = curve.confidences(part.absent, part.unknown)
    return confidences, absent


def folds(count: int, seed: int = 0, groups: NDArray[np.int64] | None = None) -> Iterator[NDArray[np.bool_]]:
    """Which queries are held out, a random fifth at a time: bool (count,). Those of a group, (count,), go together."""
    names, member = np.unique(np.arange(count) if groups is None else groups, return_inverse=True)
    fold = (np.random.default_rng(seed).permutation(len(names)) % _FOLDS)[member]
    for number in range(_FOLDS):
        yield fold == number


def reliability(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> Reliability:
    """Figures of confidences against what is right, any shape, the same for both."""
    given, truth = confidences.ravel(), right.ravel().astype(np.float64)
    bins = bin_of(given)
    counts = np.bincount(bins, minlength=BINS)
    distances = np.abs(np.bincount(bins, given - truth, minlength=BINS))
    likelihood = np.clip(np.where(truth > 0, given, 1 - given), _LEAST_PROBABILITY, 1)
    return Reliability(
        ece=round(float(distances.sum() / counts.sum()), DIGITS),
        brier=round(float(np.mean((given - truth) ** 2)), DIGITS),
        log_loss=round(float(-np.mean(np.log(likelihood))), DIGITS),
    )


def bin_of(confidences: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which of `BINS` equal bins from 0 to 1 each confidence is in; the last includes 1."""
    return np.minimum((confidences * BINS).astype(np.int64), BINS - 1)


def most_likely(
    inputs: NDArray[np.float64], options: NDArray[np.bool_], chosen: NDArray[np.bool_], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The weights (features,) of highest posterior likelihood, by Newton's method with halved steps.

    inputs (queries, options, features); options: which there are; chosen: which of them are right, one at least of each
    query; prior: the standard deviation of each weight around 0.
    """
    weights = np.zeros(inputs.shape[2])
    value = _log_likelihood(weights, inputs, options, chosen, prior)
    for _ in range(100):
        logits = inputs @ weights
        all_, right = _shares(logits, options), _shares(logits, chosen)
        gradient = np.einsum("qo,qof->f", right - all_, inputs) - weights / prior**2
        means = np.einsum("qo,qof->qf", all_, inputs)
        weighted = (all_[..., None] * inputs).reshape(-1, len(weights))
        curvature = weighted.T @ inputs.reshape(-1, len(weights)) - means.T @ means + np.diag(1 / prior**2)
        step = np.linalg.solve(curvature, gradient)
        while np.abs(step).max() > 1e-9:
            reached = _log_likelihood(weights + step, inputs, options, chosen, prior)
            if reached > value:
                break
            step = step / 2
        else:
            break
        weights, value = weights + step, reached
    return weights


def _log_likelihood(
    weights: NDArray[np.float64],
    inputs: NDArray[np.float64],
    options: NDArray[np.bool_],
    chosen: NDArray[np.bool_],
    prior: NDArray[np.float64],
) -> float:
    logits = inputs @ weights
    penalty = 0.5 * float(((weights / prior) ** 2).sum())
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
