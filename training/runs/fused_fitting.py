"""Curves for hits that cosines and words order together, fitted to which of the first hits are right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from model.checkpoint.calibration import NEIGHBOURS, Evidence, FusedCurve
from training.runs.curve_fitting import DIGITS, folds, most_likely

CANDIDATES = 100
"""Hits by cosine, and as many by words, that are put into one order."""

# Of sharpness, its change with unknown features, shares, place, none_weight and none_slope.
_PRIOR = np.array([100.0, 100.0, 10.0, 10.0, 10.0, 10.0])
# What a fit starts from; it changes which hits are the first, to which it is fitted, so it is repeated.
_START = FusedCurve(sharpness=1.0, share_weight=0.2, none_weight=0.0, none_slope=0.0, background=0.0)
_REPEATS = 3


@dataclass(frozen=True, slots=True)
class FusedQueries:
    """The candidates of every query, in any order, `NEIGHBOURS` or more, filled up with cosines of -inf: `(queries,
    candidates)` each.

    cosines, shares: see `Evidence`; right: bool. background: the tenth cosine of each; unknown: the share of its
    features that the network does not know, `(queries,)`.
    """

    cosines: NDArray[np.float64]
    shares: NDArray[np.float64]
    right: NDArray[np.bool_]
    background: NDArray[np.float64]
    unknown: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.cosines)

    def some(self, chosen: NDArray[np.bool_]) -> FusedQueries:
        """Those that are chosen, bool (queries,)."""
        return FusedQueries(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def __add__(self, others: FusedQueries) -> FusedQueries:
        """These queries, then others."""
        width = max(self.cosines.shape[1], others.cosines.shape[1])
        mine, theirs = self._padded(width), others._padded(width)
        return FusedQueries(
            *(np.concatenate([getattr(mine, field.name), getattr(theirs, field.name)]) for field in fields(self))
        )

    def _padded(self, width: int) -> FusedQueries:
        missing = ((0, 0), (0, width - self.cosines.shape[1]))
        return FusedQueries(
            np.pad(self.cosines, missing, constant_values=-np.inf),
            np.pad(self.shares, missing),
            np.pad(self.right, missing),
            self.background,
            self.unknown,
        )

    def ranked(self, curve: FusedCurve) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The first `NEIGHBOURS` candidates of each query in the order of a curve, and their confidences; 0 for
        those that are none.
        """
        order = np.empty((len(self), NEIGHBOURS), np.int64)
        confidences = np.empty((len(self), NEIGHBOURS))
        for row in range(len(self)):
            evidence = Evidence(self.cosines[row], self.shares[row], self.background[row], self.unknown[row])
            places, shown = curve.ranked(evidence)
            order[row], confidences[row] = places[:NEIGHBOURS], shown[:NEIGHBOURS]
        return order, confidences


def fit_fused(queries: FusedQueries, *, competing: bool) -> FusedCurve:
    """The curve of highest likelihood for the first hits, in the order that it gives them.

    competing: one hit is right, or none; otherwise every hit is a choice of its own.
    """
    curve = _START
    for _ in range(_REPEATS):
        curve = _fit_shown(queries, queries.ranked(curve)[0], competing)
    return curve


def fused_out_of_fold(
    queries: FusedQueries, fit: Callable[[FusedQueries], FusedCurve], groups: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Confidences of the first hits of each query and whether they are right, (queries, NEIGHBOURS) each, from a curve
    that was fitted on other queries. groups: queries of one group, (queries,), are judged together.
    """
    confidences = np.empty((len(queries), NEIGHBOURS))
    right = np.empty(confidences.shape, np.bool_)
    for held_out in folds(len(queries), groups=groups):
        part = queries.some(held_out)
        order, confidences[held_out] = part.ranked(fit(queries.some(~held_out)))
        right[held_out] = np.take_along_axis(part.right, order, axis=1)
    return confidences, right


def _fit_shown(queries: FusedQueries, order: NDArray[np.int64], competing: bool) -> FusedCurve:
    """The curve for hits that are shown in this order, `(queries, hits)`."""

    def shown(values: NDArray[np.float64]) -> NDArray[np.float64]:
        taken: NDArray[np.float64] = np.take_along_axis(values, order, axis=1)
        return taken

    found = np.isfinite(shown(queries.cosines))
    last = queries.background
    leads = np.where(found, shown(queries.cosines) - last[:, None], 0)
    inputs = np.zeros((*order.shape, len(_PRIOR)))
    inputs[..., 0] = leads
    if competing:  # a class or role is a few words, of which the share that is unknown says nothing
        inputs[..., 1] = leads * queries.unknown[:, None]
    inputs[..., 2] = shown(queries.shares)
    if not competing:
        inputs[..., 3] = -np.log(np.arange(1, order.shape[1] + 1))
    none = np.zeros((len(queries), len(_PRIOR)))
    none[:, 4], none[:, 5] = 1.0, last
    right = np.take_along_axis(queries.right, order, axis=1)
    if competing:
        inputs = np.concatenate([inputs, none[:, None]], axis=1)
        options = np.concatenate([found, np.ones((len(queries), 1), np.bool_)], axis=1)
        chosen = np.concatenate([right, ~right.any(axis=1, keepdims=True)], axis=1)
    else:
        nones = np.broadcast_to(none[:, None], inputs.shape)
        inputs = np.stack([inputs[found], nones[found]], axis=1)
        options = np.ones(inputs.shape[:2], np.bool_)
        chosen = np.stack([right[found], ~right[found]], axis=1)
    weights = most_likely(inputs, options, chosen, _PRIOR)
    while (against := [at for at in (0, 2, 3) if weights[at] < 0]) != []:
        # Evidence that misleads is left out: more of it never makes a hit less likely.
        inputs[..., against] = 0
        if 0 in against:
            inputs[..., 1] = 0
        weights = most_likely(inputs, options, chosen, _PRIOR)
        weights[against] = 0
    values = [round(float(weight), DIGITS) for weight in weights]
    return FusedCurve(
        sharpness=values[0],
        unknown_slope=values[1],
        share_weight=values[2],
        place_weight=values[3],
        none_weight=values[4],
        none_slope=values[5],
        background=round(float(np.median(last)), DIGITS),
        competing=competing,
    )
