"""Ours beside the published figure, and the difference."""

from __future__ import annotations

from collections.abc import Mapping

from training.evaluation.text_pool import Ranking
from training.markdown import markdown_table
from training.reproduce.published import Published
from training.runs.comparison import FIGURES, Comparison

_TITLES: Mapping[Ranking, str] = {
    "text2mol": "Text → molecule",
    "mol2text_all": "Molecule → text, among all texts",
}


def side_by_side(ours: Comparison, published: Mapping[str, Published]) -> str:
    """A Markdown table for each direction: every published row, and of ours what there is, means over seeds."""
    systems = {system.name: system for system in ours.systems}
    parts = []
    for direction, title in _TITLES.items():
        table = []
        for name, rows in published.items():
            system, theirs = systems.get(name), rows.get(direction)
            cells = [name, str(len(system.measured)) if system else "–"]
            for column, figure in enumerate(FIGURES):
                digits = 2 if figure == "mean_rank" else 3
                mine = system.figure(direction, figure).mean if system is not None and system.has(direction) else None
                other = theirs[column] if theirs is not None else None
                cells.append("–" if mine is None else f"{mine:.{digits}f}")
                cells.append("–" if other is None else f"{other:.{digits}f}")
                cells.append("–" if mine is None or other is None else f"{mine - other:+.{digits}f}")
            table.append(cells)
        head = ["system", "runs", *(cell for name in FIGURES for cell in (name, "paper", "difference"))]
        parts.append(f"### {title}\n\n{markdown_table(head, table)}")
    conditions = "\n".join(f"- {name}: {value}" for name, value in ours.conditions.items())
    return "\n\n".join([*parts, conditions]) + "\n"
