"""One direction among one pool: its hubs, and what corrections do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.hits import first_hits
from training.hubness.bank import Own, ask_bank
from training.hubness.corrections import NEIGHBOURS, TEMPERATURES
from training.hubness.families import Queries, measure_corrections
from training.hubness.findings import BankCosines, Hub, Occurrence, Way, WrongFirstHits
from training.hubness.measures import chance_never, chance_skewness, occurrences, skewness

_FIRST = 10
_HUBS = 10
_TOP = 0.01
_SIZED = 1000  # candidates whose sizes are looked at, of all and of the most frequent
_DEPTH = max(NEIGHBOURS)


@dataclass(frozen=True)
class WayData:
    """queries: held-out ones; known: of the training pairs but not in the bank, None where the pool has no answer to
    any; candidates (candidates, dim), bank (bank, dim); own: which of the bank is a candidate's own; trained: bool
    (candidates,), no answer to a held-out query; ids, contents: of candidates; size: heavy atoms or words of one.
    """

    name: str
    about: str
    queries: Queries
    known: Queries | None
    candidates: NDArray[np.float32]
    bank: NDArray[np.float32]
    own: Own
    trained: NDArray[np.bool_]
    ids: Sequence[str]
    contents: Sequence[str]
    size: Callable[[int], int]


def measure_way(way: WayData, seed: int = 0) -> Way:
    """Hubs, wrong first hits, and every correction; `seed` of the halves, the resampling and the lots."""
    trained = way.trained
    hits = first_hits(way.queries.vectors, way.candidates, _FIRST).rows
    views = ask_bank(way.bank, way.candidates, way.own, depth=_DEPTH, temperatures=TEMPERATURES)
    whole, rest = (view.mean_of_nearest(_FIRST) for view in (views.whole, views.rest))
    wrong = [row for row, true in zip(hits[:, 0], way.queries.truth, strict=True) if row not in true]
    return Way(
        name=way.name,
        about=way.about,
        queries=len(hits),
        known=len(way.known.vectors) if way.known is not None else 0,
        bank=len(way.bank),
        occurrence=_occurrence(way, hits, seed),
        wrong=WrongFirstHits(
            wrong=len(wrong),
            wrong_trained=int(trained[np.array(wrong, np.int64)].sum()),
            pool=len(trained),
            pool_trained=int(trained.sum()),
        ),
        bank_cosines=BankCosines(
            trained_whole=_mean(whole[trained]), trained_rest=_mean(rest[trained]), others=_mean(rest[~trained])
        ),
        corrections=measure_corrections(way.queries, way.known, way.candidates, trained, views, seed),
    )


def _occurrence(way: WayData, hits: NDArray[np.int64], seed: int) -> Occurrence:
    counts = occurrences(hits, len(way.candidates))
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
        mean_trained=_mean(counts[way.trained]),
        mean_others=_mean(counts[~way.trained]),
        distribution=tuple(
            (int(value), int(number)) for value, number in zip(*np.unique(counts, return_counts=True), strict=True)
        ),
        hubs=tuple(
            Hub(
                id=way.ids[row],
                content=way.contents[row],
                occurrences=int(counts[row]),
                trained=bool(way.trained[row]),
                size=way.size(int(row)),
            )
            for row in falling[:_HUBS]
        ),
    )


def _mean(values: NDArray[np.integer] | NDArray[np.floating]) -> float | None:
    return float(np.mean(values)) if len(values) else None
