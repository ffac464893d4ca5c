"""Figures of the joint space and of ranks: gap, second order, map, recall."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from training.report.figures_training import DIRECTIONS
from training.report.geometry import JointMap, ModalityGap, SecondOrder
from training.report.style import INK, MOLECULE, NEUTRAL, SEQUENTIAL, TEXT, grid, panels

_BINS = 70


def draw_gap(gap: ModalityGap) -> Figure:
    """Densities of paired and unpaired cosines, their means marked."""
    figure, (panel,) = panels(1, 2.8)
    low = float(min(gap.paired.min(), gap.unpaired.min()))
    high = float(max(gap.paired.max(), gap.unpaired.max()))
    bins = np.linspace(low, max(high, low + 1e-3), _BINS if len(gap.paired) > 500 else 25)
    top = 0.0
    for values, colour, label in ((gap.unpaired, NEUTRAL, "unpaired"), (gap.paired, TEXT, "paired")):
        heights, _ = np.histogram(values, bins, density=True)
        panel.stairs(heights, bins, fill=True, color=colour, alpha=0.35)
        panel.stairs(heights, bins, color=colour, lw=1.3)
        panel.axvline(values.mean(), color=colour, lw=1, ls=(0, (4, 3)))
        panel.annotate(
            f"{label}, mean {values.mean():.2f}",
            (float(values.mean()), 0.97),
            xycoords=("data", "axes fraction"),
            xytext=(5, 0),
            textcoords="offset points",
            va="top",
            color=INK,
            fontsize=8,
        )
        top = max(top, float(heights.max()))
    panel.set_ylim(0, top * 1.18)
    panel.set_xlabel("cosine of a text and a molecule")
    panel.set_ylabel("density")
    grid(panel)
    return figure


def draw_second_order(second: SecondOrder) -> Figure:
    """Text–text against molecule–molecule cosines, counts of a hexagon on a logarithmic scale."""
    figure, (panel,) = panels(1, 3.6, width=4.6)
    cells = panel.hexbin(second.text, second.molecule, gridsize=45, cmap=SEQUENTIAL, norm=LogNorm(), mincnt=1, lw=0)
    panel.set_xlabel("cosine of two texts")
    panel.set_ylabel("cosine of their molecules")
    panel.set_title(f"r = {second.pearson:.2f}, ρ = {second.spearman:.2f}")
    bar = figure.colorbar(cells, ax=panel, pad=0.02, label="pairs of pairs")
    bar.outline.set_visible(False)
    grid(panel, "both")
    return figure


def draw_map(joint: JointMap) -> Figure:
    """Texts and molecules in the plane of greatest variance, each text joined to its molecule."""
    figure, (panel,) = panels(1, 5.2, width=5.8)
    segments = np.stack([joint.text, joint.molecule], axis=1)
    panel.add_collection(LineCollection(list(segments), colors=NEUTRAL, linewidths=0.5, alpha=0.6, zorder=1))
    panel.scatter(
        joint.text[:, 0], joint.text[:, 1], s=16, c=TEXT, marker="o", lw=0.4, ec="white", label="text", zorder=2
    )
    panel.scatter(
        joint.molecule[:, 0],
        joint.molecule[:, 1],
        s=20,
        c=MOLECULE,
        marker="^",
        lw=0.4,
        ec="white",
        label="molecule",
        zorder=2,
    )
    panel.set_xlabel(f"first principal component ({joint.explained[0]:.0%} of the variance)")
    panel.set_ylabel(f"second ({joint.explained[1]:.0%})")
    panel.set_aspect("equal", adjustable="box")
    figure.legend(*panel.get_legend_handles_labels(), loc="outside upper right", ncols=2)
    grid(panel, "both")
    return figure


def draw_recall(ranks: Mapping[str, NDArray[np.float64]]) -> Figure:
    """Share of queries whose truth is among the first k, for every k."""
    figure, (panel,) = panels(1, 2.8)
    for direction, (label, colour) in DIRECTIONS.items():
        places, counts = np.unique(np.ceil(ranks[direction]), return_counts=True)
        shares = np.cumsum(counts) / counts.sum()
        if places[0] > 1:
            places, shares = np.append(1, places), np.append(0, shares)
        style = "-" if direction == "text2mol" else (0, (5, 1.5))
        panel.step(np.append(places, places[-1] * 1.3), np.append(shares, 1.0), where="post", c=colour, ls=style)
        panel.plot([], [], c=colour, ls=style, label=label)
    panel.set_xscale("log")
    panel.set_xlim(left=1)
    panel.set_ylim(0, 1.02)
    panel.yaxis.set_major_formatter(PercentFormatter(1.0))
    panel.xaxis.set_major_formatter("{x:,.0f}")
    panel.set_xlabel("first k hits")
    panel.set_ylabel("truth among them")
    panel.legend(loc="lower right")
    grid(panel, "both")
    return figure
