"""The reliability diagram."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from training.evaluation import Direction
from training.report.confidence import DirectionConfidence
from training.report.error_analysis import wilson
from training.report.figures_training import DIRECTIONS
from training.report.style import INK, MUTED, NEUTRAL, WIDTH, grid
from training.runs.curve_fitting import BINS, bin_of


def draw_reliability(directions: Mapping[Direction, DirectionConfidence]) -> Figure:
    """Share of correct hits over confidence, both directions; below, how the first hits' confidences are spread."""
    figure = Figure(figsize=(WIDTH, 4.4), layout="constrained")
    axes = figure.subplots(2, len(directions), sharex=True, squeeze=False, height_ratios=[3, 1])
    edges = np.linspace(0, 1, BINS + 1)
    for (direction, measured), (panel, below) in zip(directions.items(), axes.T, strict=True):
        label, colour = DIRECTIONS[direction]
        panel.plot([0, 1], [0, 1], color=MUTED, lw=1, ls=(0, (4, 3)))
        _points(panel, measured.confidences[:, 1:], measured.right[:, 1:], NEUTRAL, "s", "further hits")
        _points(panel, measured.confidences[:, :1], measured.right[:, :1], colour, "o", "first hit")
        panel.set_title(f"{label}, ECE of first hits {measured.first.ece:.3f}")
        panel.set_ylim(-0.02, 1.02)
        panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        panel.legend(loc="upper left")
        grid(panel, "both")
        heights = np.bincount(bin_of(measured.confidences[:, 0]), minlength=BINS) / len(measured.confidences)
        below.stairs(heights, edges, fill=True, color=colour, alpha=0.35)
        below.stairs(heights, edges, color=colour, lw=1.3)
        below.set_xlim(0, 1)
        below.set_xlabel("confidence")
        below.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        grid(below)
    axes[0][0].set_ylabel("right")
    axes[1][0].set_ylabel("of first hits")
    return figure


def _points(
    panel: Axes, confidences: NDArray[np.float64], right: NDArray[np.bool_], colour: str, marker: str, label: str
) -> None:
    """One point per bin at its mean confidence, with the 95 % interval of the share of correct hits."""
    bins = bin_of(confidences)
    filled = [number for number in range(BINS) if (bins == number).any()]
    places = [float(confidences[bins == number].mean()) for number in filled]
    shares = np.array([right[bins == number].mean() for number in filled])
    bounds = np.array([wilson(int(right[bins == number].sum()), int((bins == number).sum())) for number in filled])
    reach = np.maximum(np.abs(bounds.T - shares), 0)
    panel.errorbar(
        places,
        shares,
        yerr=reach,
        fmt=f"{marker}-",
        color=colour,
        ecolor=colour if colour != NEUTRAL else MUTED,
        ms=4,
        lw=1.2,
        elinewidth=0.9,
        capsize=2,
        mec=INK,
        mew=0.4,
        label=label,
    )
