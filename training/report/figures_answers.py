"""Figures of hits: kinds of misses, and the cases as one picture."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.ticker import PercentFormatter

from training.report.cases import Case
from training.report.drawing import structure_png
from training.report.error_analysis import ErrorAnalysis
from training.report.style import CYCLE, GRID, INK, MOLECULE, MUTED, NEUTRAL, grid, panels

_TRUE = CYCLE[2]
_TEXT_CHARACTERS = 300


def draw_kinds(analysis: ErrorAnalysis) -> Figure:
    """Share of each kind with its 95 % interval; similarity of wrong hits, and of random molecules, to the true one."""
    figure, (panel, likeness) = panels(2, 2.7)
    places = list(range(len(analysis.kinds)))
    shares = np.array([kind.share for kind in analysis.kinds])
    bounds = np.array([kind.interval for kind in analysis.kinds])
    panel.barh(places, shares, height=0.62, color=MOLECULE)
    reach = np.maximum(np.abs(bounds.T - shares), 0)
    panel.errorbar(shares, places, xerr=reach, fmt="none", ecolor=INK, elinewidth=1, capsize=2.5)
    end = float(bounds.max())
    for place, kind in zip(places, analysis.kinds, strict=True):
        panel.text(kind.interval[1] + end * 0.015, place, f"{kind.share:.0%}", va="center", fontsize=8)
    panel.set_yticks(places, [kind.relation.value for kind in analysis.kinds])
    panel.invert_yaxis()
    panel.set_xlim(0, end * 1.2)
    panel.set_title("kind of the wrong first hit")
    panel.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    panel.set_xlabel("share of the sampled misses")
    grid(panel, "x")
    _likeness(likeness, analysis)
    return figure


def _likeness(panel: Axes, analysis: ErrorAnalysis) -> None:
    bins = np.linspace(0, 1, 26)
    found = [miss.difference.tanimoto for miss in analysis.misses]
    for values, colour, label in ((analysis.chance, NEUTRAL, "random"), (found, MOLECULE, "wrong first hit")):
        heights = np.histogram(values, bins)[0] / len(values)
        panel.stairs(heights, bins, fill=True, color=colour, alpha=0.35)
        panel.stairs(heights, bins, color=colour, lw=1.3, label=label)
    panel.set_title("its likeness to the truth")
    panel.set_xlabel("Morgan Tanimoto")
    panel.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    panel.legend(loc="upper right")
    grid(panel)


def draw_cases(cases: Sequence[Case]) -> Figure:
    """One row per case: the text, the true molecule, and the first hits with the true one framed."""
    width = 1 + max((len(case.hits) for case in cases), default=0)
    figure = Figure(figsize=(1.3 * (width + 1.9), 1.3 * max(len(cases), 1)), layout="constrained")
    axes = figure.subplots(max(len(cases), 1), width + 1, squeeze=False, width_ratios=[1.9, *[1] * width])
    for row, case in zip(axes, cases, strict=False):
        for panel in row:
            panel.set_axis_off()
        text = textwrap.shorten(case.text, _TEXT_CHARACTERS, placeholder=" …")
        head = f"{case.outcome.value}, truth at rank {case.truth_rank:,.0f}"
        row[0].text(0, 1, head, va="top", weight="bold", fontsize=7, transform=row[0].transAxes)
        row[0].text(0, 0.9, textwrap.fill(text, 44), va="top", fontsize=6, transform=row[0].transAxes)
        _structure(row[1], case.truth_smiles, f"truth · cosine {case.truth_score:.2f}", INK)
        for place, (panel, hit) in enumerate(zip(row[2:], case.hits, strict=False), start=1):
            title = f"{place} · {hit.score:.2f}" + (" · the truth" if hit.is_truth else f" · T {hit.tanimoto:.2f}")
            _structure(panel, hit.smiles, title, _TRUE if hit.is_truth else None)
    return figure


def _structure(panel: Axes, smiles: str, title: str, frame: str | None) -> None:
    panel.set_axis_on()
    panel.imshow(imread(io.BytesIO(structure_png(smiles)), format="png"))
    panel.set_xticks([])
    panel.set_yticks([])
    panel.spines[:].set_visible(True)
    panel.spines[:].set_color(frame or GRID)
    panel.spines[:].set_linewidth(1.6 if frame and frame != INK else 0.8)
    panel.set_title(title, fontsize=6.5, loc="center", pad=3, color=INK if frame else MUTED)
