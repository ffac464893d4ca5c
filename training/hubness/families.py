"""Families of corrections, honest and not, and what each is worth to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.hits import first_hits
from training.hubness.bank import BankView, BankViews
from training.hubness.corrections import (
    Setting,
    cross_fit,
    csls,
    dynamic,
    halves,
    paired_interval,
    qb_norm,
    ranks_with,
)
from training.hubness.findings import NEVER_TRAINED, PLAIN, Corrected, Interval, OwnCaptions, Pool
from training.metrics import metrics_of_ranks


@dataclass(frozen=True)
class Queries:
    """vectors (queries, dim); truth: the candidate rows of each that are right."""

    vectors: NDArray[np.float32]
    truth: Sequence[NDArray[np.int64]]


def measure_corrections(
    queries: Queries,
    known: Queries | None,
    candidates: NDArray[np.float32],
    trained: NDArray[np.bool_],
    views: BankViews,
    seed: int = 0,
) -> tuple[Corrected, ...]:
    """The cosine alone, then every family of corrections under the settings that cross-fitting chooses.

    Settings are chosen on held-out queries (`queries`) only; `known`, whose answers were trained on, are measured under
    the same. trained: bool (candidates,); where there is none, only honest families are measured.
    """
    absent = np.where(trained, -np.inf, 0).astype(np.float32)
    asked = _Asked(queries, candidates, seed)
    again = _Asked(known, candidates, seed) if known is not None else None
    [never] = asked.under([absent])
    sizes: dict[Pool, int] = {"all": len(trained), "untrained": int((~trained).sum())}
    done = [_figures(PLAIN, "none", "all", asked.plain, sizes["all"])]
    if trained.any():
        control = _figures(NEVER_TRAINED, "none", "untrained", never, sizes["untrained"])
        done.append(control.model_copy(update=_gains(PLAIN, never, asked.plain, seed)))
    for family in _families(views, absent if trained.any() else None):
        fitted = cross_fit(asked.ranks(family, range(len(family.settings))), asked.half)
        baseline, before = (PLAIN, asked.plain) if family.pool == "all" else (NEVER_TRAINED, never)
        first, second = (dict(family.settings[number].parameters) for number in fitted.chosen)
        update: dict[str, object] = {"chosen": (first, second), **_gains(baseline, fitted.ranks, before, seed)}
        if again is not None and family.pool == "all":
            under = again.ranks(family, fitted.chosen)
            update["known_mrr"] = _interval(1 / np.where(again.half, under[1], under[0]), 1 / again.plain, seed)
        figures = _figures(family.method, family.own, family.pool, fitted.ranks, sizes[family.pool])
        done.append(figures.model_copy(update=update))
    return tuple(done)


@dataclass(frozen=True)
class _Family:
    """Settings among which one is chosen; dynamic: the view whose first hits open the correction."""

    method: str
    own: OwnCaptions
    pool: Pool
    settings: list[Setting]
    dynamic: BankView | None = None


def _families(views: BankViews, absent: NDArray[np.float32] | None) -> list[_Family]:
    """absent: a bias that takes candidates that were trained on out of the pool, None if there are none."""
    whole, rest = views.whole, views.rest
    families = [
        _Family("CSLS", "out", "all", csls(rest)),
        _Family("QB-Norm", "out", "all", qb_norm(rest)),
        _Family("QB-Norm, dynamic", "out", "all", qb_norm(rest), rest),
    ]
    if absent is not None:
        families += [
            _Family("CSLS", "in", "all", csls(whole)),
            _Family("QB-Norm", "in", "all", qb_norm(whole)),
            _Family("QB-Norm, dynamic", "in", "all", qb_norm(whole), whole),
            _Family("CSLS", "out", "untrained", _without(csls(rest), absent)),
            _Family("QB-Norm", "out", "untrained", _without(qb_norm(rest), absent)),
        ]
    return families


def _without(settings: list[Setting], absent: NDArray[np.float32]) -> list[Setting]:
    return [Setting(setting.parameters, setting.bias + absent) for setting in settings]


class _Asked:
    """Queries with what does not depend on a correction: their halves, ranks by the cosine alone, and first hits."""

    def __init__(self, queries: Queries, candidates: NDArray[np.float32], seed: int) -> None:
        self._queries = queries
        self._candidates = candidates
        self.half = halves(len(queries.vectors), seed)
        [self.plain] = self.under([np.zeros(len(candidates), np.float32)])
        self._first = first_hits(queries.vectors, candidates, 1).rows[:, 0]

    def under(self, biases: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        """Ranks under each bias: (biases, queries)."""
        return ranks_with(self._queries.vectors, self._candidates, self._queries.truth, biases)

    def ranks(self, family: _Family, numbers: Sequence[int]) -> NDArray[np.float64]:
        """Ranks under the settings of these numbers: (settings, queries)."""
        ranks = self.under([family.settings[number].bias for number in numbers])
        return ranks if family.dynamic is None else dynamic(ranks, self.plain, self._first, family.dynamic)


def _figures(method: str, own: OwnCaptions, pool: Pool, ranks: NDArray[np.float64], size: int) -> Corrected:
    metrics = metrics_of_ranks(ranks, size)
    return Corrected(
        method=method,
        own=own,
        pool=pool,
        hits1=metrics.hits1,
        hits10=metrics.hits10,
        mrr=metrics.mrr,
        mean_rank=metrics.mean_rank,
    )


def _gains(
    baseline: str, ranks: NDArray[np.float64], before: NDArray[np.float64], seed: int
) -> dict[str, str | Interval]:
    return {
        "baseline": baseline,
        "gain_mrr": _interval(1 / ranks, 1 / before, seed),
        "gain_hits1": _interval(ranks <= 1, before <= 1, seed),
    }


def _interval(
    after: NDArray[np.floating] | NDArray[np.bool_], before: NDArray[np.floating] | NDArray[np.bool_], seed: int
) -> Interval:
    differences = after.astype(np.float64) - before.astype(np.float64)
    low, high = paired_interval(differences, seed=seed)
    return Interval(mean=float(differences.mean()), low=low, high=high)
