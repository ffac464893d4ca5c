"""The table of a comparison: metrics of each system over its seeds, as JSON and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, JsonValue

from training.evaluation.text_pool import Ranking
from training.markdown import markdown_table

FIGURES = ("hits@1", "hits@10", "mrr", "mean_rank")
_TITLES: dict[Ranking, str] = {
    "text2mol": "Text → molecule",
    "mol2text": "Molecule → text",
    "mol2text_all": "Molecule → text, all texts",
}
_COLUMNS = ("system", "runs", "Hits@1", "Hits@10", "MRR", "mean rank", "queries", "pool", "training", "parameters")


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measured(_Value):
    """One evaluated system: a run of one seed, an ensemble, or external embeddings.

    metrics: by what is ranked, as `training.evaluation.protocol.as_json` has them; seconds: of training; what does not
    apply is None.
    """

    metrics: dict[Ranking, dict[str, float | int]]
    seed: int | None = None
    seconds: float | None = None
    parameters: int | None = None
    epochs: int | None = None


class Statistic(_Value):
    """mean and sample standard deviation (None for a single value)."""

    mean: float
    std: float | None

    @classmethod
    def of(cls, values: Sequence[float]) -> Statistic:
        mean = math.fsum(values) / len(values)
        if len(values) < 2:
            return cls(mean=mean, std=None)
        return cls(mean=mean, std=math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)))


class System(_Value):
    """One line of the table: everything measured under one name."""

    name: str
    measured: tuple[Measured, ...]

    def has(self, direction: Ranking) -> bool:
        return all(direction in one.metrics for one in self.measured)

    def figure(self, direction: Ranking, name: str) -> Statistic:
        return Statistic.of([float(one.metrics[direction][name]) for one in self.measured])

    @property
    def seconds(self) -> Statistic | None:
        known = [one.seconds for one in self.measured if one.seconds is not None]
        return Statistic.of(known) if known else None

    @property
    def parameters(self) -> int | None:
        """The most that any of the runs has; vocabularies, and so parameters, do not depend on the seed."""
        return max((one.parameters for one in self.measured if one.parameters is not None), default=None)


class Comparison(_Value):
    """Systems in the requested order, and the conditions of the measurement."""

    conditions: dict[str, JsonValue]
    systems: tuple[System, ...]

    def as_json(self) -> dict[str, JsonValue]:
        """Conditions, and the measurements and statistics of each system."""
        systems: list[JsonValue] = []
        for system in self.systems:
            summary: dict[str, JsonValue] = {
                direction: {name: system.figure(direction, name).model_dump() for name in FIGURES}
                for direction in _TITLES
                if system.has(direction)
            }
            runs: list[JsonValue] = [one.model_dump(mode="json") for one in system.measured]
            systems.append({"name": system.name, "summary": summary, "measured": runs})
        return {"conditions": self.conditions, "systems": systems}

    def as_markdown(self) -> str:
        """A table for each direction, best figures in bold, and the conditions below."""
        parts = []
        for direction, title in _TITLES.items():
            systems = [system for system in self.systems if system.has(direction)]
            if not systems:
                continue
            best = _best(systems, direction)
            table = markdown_table(_COLUMNS, [_cells(system, direction, best) for system in systems])
            parts.append(f"## {title}\n\n{table}")
        conditions = [f"- {name}: {_shown(value)}" for name, value in self.conditions.items()]
        note = "Mean ± sample standard deviation over runs of different seeds."
        return "\n\n".join([*parts, note, "\n".join(conditions)]) + "\n"


def _best(systems: Sequence[System], direction: Ranking) -> dict[str, float]:
    best = {}
    for name in FIGURES:
        means = [system.figure(direction, name).mean for system in systems]
        if len(means) > 1:
            best[name] = min(means) if name == "mean_rank" else max(means)
    return best


def _cells(system: System, direction: Ranking, best: dict[str, float]) -> list[str]:
    cells = [system.name, str(len(system.measured))]
    for name in FIGURES:
        figure = system.figure(direction, name)
        digits = 1 if name == "mean_rank" else 3
        shown = f"{figure.mean:.{digits}f}"
        if figure.mean == best.get(name):
            shown = f"**{shown}**"
        cells.append(shown if figure.std is None else f"{shown} ± {figure.std:.{digits}f}")
    for name in ("queries", "pool"):
        cells.append(" / ".join(f"{count:,}" for count in dict.fromkeys(_counts(system, direction, name))))
    seconds = system.seconds
    cells.append("–" if seconds is None else _duration(seconds.mean))
    cells.append("–" if system.parameters is None else f"{system.parameters:,}")
    return cells


def _counts(system: System, direction: Ranking, name: str) -> list[int]:
    return [int(one.metrics[direction][name]) for one in system.measured]


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _shown(value: JsonValue) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "none"
    return str(value)
