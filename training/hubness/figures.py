"""Findings as pictures: how often candidates are found, and what corrections gain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from training.hubness.findings import Corrected, Occurrence, Study, Way
from training.report.style import CYCLE, INK, MOLECULE, NEUTRAL, TEXT, Picture, grid, panels

_LABELS = {"in": "own captions in", "out": "own captions left out", "none": ""}


def pictures(study: Study) -> list[Picture]:
    """Two pictures, with captions that name checkpoint, data and pools."""
    skews = "; ".join(
        f"{way.name} skewness {way.occurrence.skewness:.2f}, by lot {way.occurrence.chance_skewness:.2f}"
        for way in study.ways
    )
    corrected = [way for way in study.ways if any(one.pool == "untrained" for one in way.corrections)] or study.ways
    gains = "; ".join(f"{way.name}: {_best(way)}" for way in corrected)
    data = f"Checkpoint {study.checkpoint}, {study.conditions['validation']}"
    return [
        Picture(
            "hubness",
            "How often candidates are found",
            f"Share of candidates that are among the first {study.ways[0].occurrence.k} hits of at least n queries; "
            f"dashed: if every query drew its hits by lot. {data}. {skews}.",
            f"Falling curves over the number of queries on logarithmic scales. {skews}.",
            partial(draw_occurrences, study.ways),
        ),
        Picture(
            "hubness-corrections",
            "What a query bank mends",
            f"Gain in MRR with 95 % intervals over queries; settings chosen by cross-fitting. {data}. Orange: own "
            "captions in the bank, which teaches who was trained on; grey: candidates trained on taken out of the "
            f"pool. {gains}.",
            f"Dots with whiskers. {gains}.",
            partial(draw_corrections, corrected),
        ),
    ]


def draw_occurrences(ways: Sequence[Way]) -> Figure:
    figure, axes = panels(len(ways), 2.7)
    for panel, way, colour in zip(axes, ways, CYCLE, strict=False):
        found = way.occurrence
        values, shares = survival(found)
        panel.step(values, shares, where="post", color=colour)
        chance = _chance(way, int(values[-1]))
        there = chance * way.wrong.pool >= 0.5  # less than half a candidate
        panel.plot(np.arange(1, len(chance) + 1)[there], chance[there], color=INK, lw=1, ls=(0, (4, 3)))
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.set_title(way.name)
        panel.set_xlabel("n queries")
        grid(panel, "both")
    axes[0].set_ylabel("share of candidates")
    return figure


def draw_corrections(ways: Sequence[Way]) -> Figure:
    rows = max(len(_gains(way)) for way in ways)
    figure, axes = panels(len(ways), 0.8 + 0.3 * rows)
    for number, (panel, way) in enumerate(zip(axes, ways, strict=True)):
        gains = _gains(way)
        for place, one in enumerate(gains):
            assert one.gain_mrr is not None  # see _gains
            value = one.gain_mrr
            colour = NEUTRAL if one.pool == "untrained" else MOLECULE if one.own == "in" else TEXT
            panel.plot([value.low, value.high], [place, place], color=colour, lw=1.6)
            panel.plot(value.mean, place, "o", color=colour, ms=4)
        panel.axvline(0, color=INK, lw=0.8)
        panel.set_yticks(range(len(gains)), [_label(one) for one in gains] if number == 0 else [""] * len(gains))
        panel.invert_yaxis()
        panel.set_title(way.name)
        panel.set_xlabel("MRR gained")
        grid(panel, "x")
    return figure


def survival(found: Occurrence) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Every n ≥ 1 that some candidate has, and the share of candidates found by at least n queries."""
    table = np.array(found.distribution, np.float64)
    shares = table[::-1, 1].cumsum()[::-1] / table[:, 1].sum()
    there = table[:, 0] > 0
    return table[there, 0], shares[there]


def _chance(way: Way, largest: int) -> NDArray[np.float64]:
    """The chance of n hits or more, n from 1 to `largest`, where hits are drawn by lot (Poisson)."""
    mean = way.queries * min(way.occurrence.k / way.wrong.pool, 1.0)
    below = np.array([math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(largest)])
    chance: NDArray[np.float64] = np.clip(1 - below.cumsum(), 0, 1)
    return chance


def _gains(way: Way) -> list[Corrected]:
    return [one for one in way.corrections if one.gain_mrr is not None]


def _label(one: Corrected) -> str:
    if one.own == "none":
        return one.method
    return f"{one.method}, {_LABELS[one.own]}" if one.pool == "all" else f"{one.method}, within that pool"


def _best(way: Way) -> str:
    gains = [one for one in _gains(way) if one.honest]
    best = max(gains, key=lambda one: one.mrr)
    assert best.gain_mrr is not None
    return f"best honest {best.method} {best.gain_mrr.mean:+.4f} MRR"
