"""`history.jsonl` of a run as curves."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from training.report.errors import ReportError

_NOT_CURVES = ("kind", "step", "epoch", "seconds", "learning_rate")


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure over training steps: `steps` ascending and distinct, one value each."""

    steps: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class History:
    """Curves by name. losses: means of ten steps each; validation: `text2mol/mrr` and its like.

    epochs: of the validations; seconds: training time up to the last of them, resumed parts included.
    """

    losses: Mapping[str, Curve]
    validation: Mapping[str, Curve]
    epochs: tuple[int, ...]
    seconds: float

    def best(self, figure: str = "text2mol/mrr") -> int | None:
        """The position among the validations of the highest `figure`, the earliest of equals (as the trainer picks)."""
        curve = self.validation.get(figure)
        return max(range(len(curve.values)), key=lambda i: (curve.values[i], -i)) if curve and curve.values else None


@dataclass(frozen=True, slots=True)
class Progress:
    """done: the epoch of the last validation, 0 before the first; planned: epochs of the recipe."""

    done: int
    planned: int


def progress(config_file: Path, history: History) -> Progress | None:
    """How far the run with this `config.yaml` and history has come; None once finished, or if unknown."""
    if not config_file.is_file():
        return None
    record = yaml.safe_load(config_file.read_text(encoding="utf-8"))
    config = record.get("config") if isinstance(record, dict) else None
    planned = config.get("epochs") if isinstance(config, dict) else None
    done = max(history.epochs, default=0)  # the last epoch is always validated
    return Progress(done, planned) if isinstance(planned, int) and done < planned else None


def read_history(path: Path) -> History:
    """Read a history. Of several lines of one kind and step the last one counts (a resumed run repeats some).

    An incomplete last line (the run is still writing it, or was killed) is ignored.

    Raises:
        ReportError: the file cannot be read, or a line before the last is not a JSON object with kind and step.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise ReportError(f"{path} cannot be read: {error.strerror}") from None
    entries: dict[str, dict[int, dict[str, object]]] = {"train": {}, "validation": {}}
    for number, line in enumerate(lines[:-1], start=1):  # what follows the last line end is incomplete
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            entries.setdefault(entry["kind"], {})[int(entry["step"])] = entry
        except (ValueError, KeyError, TypeError):
            raise ReportError(f"{path}, line {number} is not a line of a history") from None
    train = [entries["train"][step] for step in sorted(entries["train"])]
    validation = [entries["validation"][step] for step in sorted(entries["validation"])]
    last = validation[-1].get("seconds", 0.0) if validation else 0.0
    return History(
        losses=_curves(train),
        validation=_curves(validation),
        epochs=tuple(_whole(entry.get("epoch")) for entry in validation),
        seconds=float(last) if isinstance(last, (int, float)) else 0.0,
    )


def _curves(entries: Iterable[Mapping[str, object]]) -> dict[str, Curve]:
    points: dict[str, list[tuple[int, float]]] = {}
    for entry in entries:
        for name, value in entry.items():
            if name not in _NOT_CURVES and isinstance(value, (int, float)):
                points.setdefault(name, []).append((_whole(entry["step"]), float(value)))
    return {name: Curve(tuple(s for s, _ in some), tuple(v for _, v in some)) for name, some in points.items()}


def _whole(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) else 0
