"""One direction among one pool: its hubs, and what corrections do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.hits import first_hits
from training.hubness.bank import BankView, Own, ask_bank
from training.hubness.corrections import (
    NEIGHBOURS,
    TEMPERATURES,
    CrossFitted,
    Setting,
    cross_fit,
    csls,
    dynamic,
    halves,
    paired_interval,
    qb_norm,
    ranks_with,
)
from training.hubness.findings import (
    NEVER_TRAINED,
    PLAIN,
    BankCosines,
    Corrected,
    Hub,
    Interval,
    Occurrence,
    OwnCaptions,
    Pool,
    Way,
    WrongFirstHits,
)
from training.hubness.measures import chance_never, chance_skewness, occurrences, skewness
from training.metrics import metrics_of_ranks

_FIRST = 10
_HUBS = 10
_TOP = 0.01
_SIZED = 1000  # candidates whose sizes are looked at, of all and of the most frequent
_DEPTH = max(NEIGHBOURS)


@dataclass(frozen=True)
class WayData:
    """queries (queries, dim), candidates (candidates, dim), bank (bank, dim); truth: candidate rows of each query.

    own: which of the bank is a candidate's own; a candidate that has any was trained on. ids, contents: of candidates;
    size: heavy atoms or words of a candidate row.
    """

    name: str
    about: str
    queries: NDArray[np.float32]
    candidates: NDArray[np.float32]
    truth: Sequence[NDArray[np.int64]]
    bank: NDArray[np.float32]
    own: Own
    ids: Sequence[str]
    contents: Sequence[str]
    size: Callable[[int], int]


def measure_way(way: WayData, seed: int = 0) -> Way:
    """Hubs, wrong first hits, and every correction; `seed` of the halves, the resampling and the lots."""
    trained = np.zeros(len(way.candidates), np.bool_)
    trained[way.own.candidates] = True
    trained[np.concatenate(way.truth)] = False  # a held-out text may be worded as one of the bank is
    hits = first_hits(way.queries, way.candidates, _FIRST).rows
    views = ask_bank(way.bank, way.candidates, way.own, depth=_DEPTH, temperatures=TEMPERATURES)
    whole, rest = (view.mean_of_nearest(_FIRST) for view in (views.whole, views.rest))
    wrong = np.array([row for row, true in zip(hits[:, 0], way.truth, strict=True) if row not in true], np.int64)
    return Way(
        name=way.name,
        about=way.about,
        queries=len(way.queries),
        bank=len(way.bank),
        occurrence=_occurrence(way, hits, trained, seed),
        wrong=WrongFirstHits(
            wrong=len(wrong),
            wrong_trained=int(trained[wrong].sum()),
            pool=len(trained),
            pool_trained=int(trained.sum()),
        ),
        bank_cosines=BankCosines(
            trained_whole=_mean(whole[trained]), trained_rest=_mean(rest[trained]), others=_mean(rest[~trained])
        ),
        corrections=tuple(_corrections(way, hits[:, 0], trained, views.whole, views.rest, seed)),
    )


def _occurrence(way: WayData, hits: NDArray[np.int64], trained: NDArray[np.bool_], seed: int) -> Occurrence:
    counts = occurrences(hits, len(trained))
    falling = np.argsort(-counts, kind="stable")
    top = falling[: max(1, round(_TOP * len(falling)))]
    drawn = np.random.default_rng(seed).permutation(len(counts))[:_SIZED]
    queries, k = hits.shape
    return Occurrence(
        k=k,
        skewness=skewness(counts),
        chance_skewness=chance_skewness(queries, k, len(counts)),
        never=float(np.mean(counts == 0)),
        chance_never=chance_never(queries, k, len(counts)),
        largest=int(counts.max()),
        top=float(counts[top].sum() / counts.sum()),
        size=float(np.median([way.size(int(row)) for row in drawn])),
        top_size=float(np.median([way.size(int(row)) for row in top[:_SIZED]])),
        mean_trained=_mean(counts[trained]),
        mean_others=_mean(counts[~trained]),
        distribution=tuple(
            (int(value), int(number)) for value, number in zip(*np.unique(counts, return_counts=True), strict=True)
        ),
        hubs=tuple(
            Hub(
                id=way.ids[row],
                content=way.contents[row],
                occurrences=int(counts[row]),
                trained=bool(trained[row]),
                size=way.size(int(row)),
            )
            for row in falling[:_HUBS]
        ),
    )


@dataclass(frozen=True)
class _Family:
    """Settings among which one is chosen; dynamic: the view whose first hits open the correction."""

    method: str
    own: OwnCaptions
    pool: Pool
    settings: list[Setting]
    dynamic: BankView | None = None


def _corrections(
    way: WayData,
    first: NDArray[np.int64],
    trained: NDArray[np.bool_],
    whole: BankView,
    rest: BankView,
    seed: int,
) -> list[Corrected]:
    """What each family of corrections reaches, after the baseline."""
    half = halves(len(way.queries), seed)
    nothing = np.zeros(len(trained), np.float32)
    absent = np.where(trained, -np.inf, 0).astype(np.float32)
    plain, never = ranks_with(way.queries, way.candidates, way.truth, [nothing, absent])
    sizes: dict[Pool, int] = {"all": len(trained), "untrained": int((~trained).sum())}
    done = [_measured(PLAIN, "none", "all", None, plain, sizes["all"], None, seed)]
    if trained.any():
        baseline = (PLAIN, plain)
        done.append(_measured(NEVER_TRAINED, "none", "untrained", None, never, sizes["untrained"], baseline, seed))
    for family in _families(whole, rest, absent if trained.any() else None):
        ranks = ranks_with(way.queries, way.candidates, way.truth, [setting.bias for setting in family.settings])
        if family.dynamic is not None:
            ranks = dynamic(ranks, plain, first, family.dynamic)
        fitted = cross_fit(ranks, half)
        baseline = (PLAIN, plain) if family.pool == "all" else (NEVER_TRAINED, never)
        chosen = _chosen(family, fitted)
        size = sizes[family.pool]
        done.append(_measured(family.method, family.own, family.pool, chosen, fitted.ranks, size, baseline, seed))
    return done


def _families(whole: BankView, rest: BankView, absent: NDArray[np.float32] | None) -> list[_Family]:
    """absent: a bias that takes candidates that were trained on out of the pool, None if there are none."""
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


def _chosen(family: _Family, fitted: CrossFitted) -> tuple[dict[str, float], dict[str, float]]:
    first, second = (dict(family.settings[number].parameters) for number in fitted.chosen)
    return first, second


def _measured(
    method: str,
    own: OwnCaptions,
    pool: Pool,
    chosen: tuple[dict[str, float], dict[str, float]] | None,
    ranks: NDArray[np.float64],
    size: int,
    baseline: tuple[str, NDArray[np.float64]] | None,
    seed: int,
) -> Corrected:
    metrics = metrics_of_ranks(ranks, size)
    gains: list[Interval | None] = [None, None]
    if baseline is not None:
        before = baseline[1]
        gains = [_interval(1 / ranks, 1 / before, seed), _interval(ranks <= 1, before <= 1, seed)]
    return Corrected(
        method=method,
        own=own,
        pool=pool,
        chosen=chosen,
        hits1=metrics.hits1,
        hits10=metrics.hits10,
        mrr=metrics.mrr,
        mean_rank=metrics.mean_rank,
        baseline=baseline[0] if baseline else None,
        gain_mrr=gains[0],
        gain_hits1=gains[1],
    )


def _interval(
    after: NDArray[np.floating] | NDArray[np.bool_], before: NDArray[np.floating] | NDArray[np.bool_], seed: int
) -> Interval:
    differences = after.astype(np.float64) - before.astype(np.float64)
    low, high = paired_interval(differences, seed=seed)
    return Interval(mean=float(differences.mean()), low=low, high=high)


def _mean(values: NDArray[np.integer] | NDArray[np.floating]) -> float | None:
    return float(np.mean(values)) if len(values) else None
