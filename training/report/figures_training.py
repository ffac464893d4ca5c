"""Figures of training: learning curves, and presets side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, MaxNLocator, NullLocator

from training.evaluation import Direction
from training.report.history import Curve, History
from training.report.style import CYCLE, INK, MOLECULE, TEXT, WIDTH, grid, panels
from training.runs.comparison import Statistic, System

DIRECTIONS: dict[Direction, tuple[str, str]] = {
    "text2mol": ("text → molecule", TEXT),
    "mol2text": ("molecule → text", MOLECULE),
}
LABELS = {"hits@1": "Hits@1", "hits@10": "Hits@10", "mrr": "MRR", "mean_rank": "mean rank"}
_COLUMNS = 3


def loss_terms(history: History) -> list[str]:
    """The loss terms worth drawing: `total` only if it is a sum of several."""
    terms = [name for name in history.losses if name != "total"]
    return [*terms, "total"] if len(terms) > 1 and "total" in history.losses else terms or list(history.losses)


def draw_losses(history: History) -> Figure:
    """One small panel per term, since terms differ by orders of magnitude."""
    terms = loss_terms(history)
    columns = min(len(terms), _COLUMNS)
    rows = math.ceil(len(terms) / columns)
    figure, axes = panels(columns, 2.3 * rows, rows, width=WIDTH if columns > 1 else 4.8)
    for panel, term, colour in zip(axes, terms, CYCLE * len(terms), strict=False):
        _curve(panel, history.losses[term], colour if term != "total" else INK, dots=False)
        panel.set_title(term.replace("_", " "))
    for panel in axes[len(terms) :]:
        panel.set_visible(False)
    return figure


def draw_validation(history: History) -> Figure:
    """Hits@1, MRR and mean rank of both directions; the epoch that was kept is marked."""
    names = [name for name in ("hits@1", "mrr", "mean_rank") if f"text2mol/{name}" in history.validation]
    figure, axes = panels(max(1, len(names)), 2.7)
    best = history.best()
    for panel, name in zip(axes, names, strict=False):
        for direction, (label, colour) in DIRECTIONS.items():
            curve = history.validation.get(f"{direction}/{name}")
            if curve is not None:
                _curve(panel, curve, colour, dots=True, label=label)
                if best is not None and best < len(curve.values):
                    panel.plot(curve.steps[best], curve.values[best], "o", ms=8, mfc="none", mec=INK, mew=1.2)
        panel.set_title(LABELS[name])
        if name == "mean_rank":
            panel.set_yscale("log")
            panel.yaxis.set_major_formatter("{x:,.0f}")
            panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            panel.yaxis.set_minor_locator(NullLocator())
        else:
            panel.set_ylim(bottom=0)
    if names:
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def draw_systems(systems: Sequence[System], direction: Direction) -> Figure:
    """Hits@1 and MRR of every system, first on top, standard deviations over seeds as whiskers."""
    figure, axes = panels(2, 0.75 + 0.3 * len(systems))
    places = list(range(len(systems)))
    for panel, name in zip(axes, ("hits@1", "mrr"), strict=True):
        values = [system.figure(direction, name) for system in systems]
        means = [value.mean for value in values]
        spreads = [value.std or 0.0 for value in values]
        panel.barh(places, means, height=0.62, color=DIRECTIONS[direction][1])
        panel.errorbar(means, places, xerr=spreads, fmt="none", ecolor=INK, elinewidth=1, capsize=2.5)
        end = max((mean + spread for mean, spread in zip(means, spreads, strict=True)), default=1) or 1
        for place, value, mean, spread in zip(places, values, means, spreads, strict=True):
            panel.text(mean + spread + end * 0.02, place, _shown(value), va="center", fontsize=7.5)
        panel.set_yticks(places, [system.name for system in systems] if panel is axes[0] else [""] * len(systems))
        panel.set_xlim(0, end * 1.45)
        panel.invert_yaxis()
        panel.set_title(LABELS[name])
        grid(panel, "x")
    return figure


def _curve(panel: Axes, curve: Curve, colour: str, *, dots: bool, label: str | None = None) -> None:
    few = len(curve.steps) <= 25
    panel.plot(curve.steps, curve.values, "o-" if dots and few else "-", color=colour, ms=3, label=label)
    if len(curve.steps) == 1 and not dots:
        panel.plot(curve.steps, curve.values, "o", color=colour, ms=4)
    panel.set_xlabel("step")
    panel.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    panel.xaxis.set_major_formatter(EngFormatter(sep=""))
    grid(panel)


def _shown(value: Statistic) -> str:
    return f"{value.mean:.3f} ± {value.std:.3f}" if value.std else f"{value.mean:.3f}"
