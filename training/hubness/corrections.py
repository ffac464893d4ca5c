"""A number for each candidate that is added to its cosines, so that those near everything stand back.

CSLS (Conneau et al., ICLR 2018) subtracts the mean cosine to the nearest bank queries: 2 cos(q, c) - r(q) - r(c) ranks
as cos(q, c) - r(c) / 2, and the half is free here. QB-Norm (Bogolin et al., CVPR 2022) divides exp(cos / τ) by its sum
over the bank, which ranks as cos(q, c) - τ log Σ exp(cos / τ); its dynamic form corrects only queries whose first hit
is the first hit of a bank query too, and so is no longer a number for each candidate alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from training.hits import unit
from training.hubness.bank import BankView
from training.metrics import TIE_TOLERANCE

NEIGHBOURS = (1, 10, 100)
WEIGHTS = (0.1, 0.25, 0.5, 1.0)
TEMPERATURES = (0.02, 0.05, 0.1, 0.2)

_CHUNK_BYTES = 64 * 2**20
_RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Setting:
    """One correction: its parameters, and what it adds to each candidate's cosines, float32 (candidates,)."""

    parameters: Mapping[str, float]
    bias: NDArray[np.float32] = field(repr=False)


def csls(view: BankView) -> list[Setting]:
    """Every number of neighbours with every weight."""
    return [
        Setting({"k": k, "weight": weight}, -np.float32(weight) * view.mean_of_nearest(k))
        for k in NEIGHBOURS
        for weight in WEIGHTS
    ]


def qb_norm(view: BankView) -> list[Setting]:
    """Every temperature; `view.soft` is of `TEMPERATURES`. A candidate without bank queries is not corrected."""
    return [
        Setting({"temperature": temperature}, np.where(np.isfinite(soft), -soft, 0).astype(np.float32))
        for temperature, soft in zip(TEMPERATURES, view.soft, strict=True)
    ]


def ranks_with(
    queries: NDArray[np.floating],
    candidates: NDArray[np.floating],
    truth: Sequence[NDArray[np.int64]],
    biases: Sequence[NDArray[np.float32]],
    *,
    chunk_bytes: int = _CHUNK_BYTES,
) -> NDArray[np.float64]:
    """The rank of each query's truth by cosine + bias, as `training.metrics.rank_of_truth` counts: (biases, queries).

    A candidate of bias -inf is not in the pool; a truth must be.
    """
    left, right = unit(queries), unit(candidates)
    ranks = np.empty((len(biases), len(left)))
    step = max(1, chunk_bytes // (4 * len(right)))
    for start in range(0, len(left), step):
        cosines = left[start : start + step] @ right.T
        true = truth[start : start + step]
        owners = np.repeat(np.arange(len(true)), [len(rows) for rows in true])
        rows = np.concatenate(true)
        scores = np.empty_like(cosines)
        for number, bias in enumerate(biases):
            np.add(cosines, bias, out=scores)
            best = np.full(len(true), -np.inf, np.float32)
            np.maximum.at(best, owners, scores[owners, rows])
            scores[owners, rows] = -np.inf  # only wrong candidates are counted
            above = np.count_nonzero(scores > best[:, None] + TIE_TOLERANCE, axis=1)
            not_below = np.count_nonzero(scores >= best[:, None] - TIE_TOLERANCE, axis=1)
            ranks[number, start : start + step] = 1 + above + (not_below - above) / 2
    return ranks


def dynamic(
    corrected: NDArray[np.float64], plain: NDArray[np.float64], first: NDArray[np.int64], view: BankView
) -> NDArray[np.float64]:
    """Ranks of the dynamic form, (settings, queries), from those with and without the correction (queries,).

    first: the candidate that each query finds first without it.
    """
    ranks: NDArray[np.float64] = np.where(view.first[first], corrected, plain)
    return ranks


@dataclass(frozen=True, slots=True)
class CrossFitted:
    """ranks: (queries,), each under a setting that was chosen without it; chosen: settings measured on either half."""

    ranks: NDArray[np.float64]
    chosen: tuple[int, int]


def cross_fit(ranks: NDArray[np.float64], half: NDArray[np.bool_]) -> CrossFitted:
    """Measure each half of the queries under the setting of highest MRR on the other half. ranks (settings, queries);
    half: bool (queries,), which half each query is of.
    """
    chosen = []
    measured = np.empty(ranks.shape[1])
    for side in (False, True):
        here = half == side
        best = int((1 / ranks[:, ~here]).mean(axis=1).argmax())
        measured[here] = ranks[best, here]
        chosen.append(best)
    return CrossFitted(measured, (chosen[0], chosen[1]))


def halves(queries: int, seed: int = 0) -> NDArray[np.bool_]:
    """Which half each query is of, by lot: bool (queries,)."""
    half: NDArray[np.bool_] = np.random.default_rng(seed).permutation(queries) % 2 == 1
    return half


def paired_interval(
    differences: NDArray[np.float64], *, resamples: int = _RESAMPLES, seed: int = 0
) -> tuple[float, float]:
    """The 95 % interval of the mean of differences (queries,), by resampling the queries (bootstrap percentiles)."""
    generator = np.random.default_rng(seed)
    count = len(differences)
    means = [float(differences[generator.integers(count, size=count)].mean()) for _ in range(resamples)]
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)
