"""What several runs say side by side: a table of presets, and how figures depend on the second-order weights."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import JsonValue

from training.report.errors import ReportError
from training.report.history import progress, read_history
from training.runs.comparison import Comparison

COMPARISON_FILE = "comparison.json"
_DEEPEST = 4  # folders below the compared directory in which a run may lie


@dataclass(frozen=True, slots=True)
class Sweep:
    """Mean of `figure` at its best validation, over the runs (seeds) of each (u2u, u2c) weight.

    u2u, u2c: the weights, ascending; values[i][j] at (u2u[i], u2c[j]), None where there is no run; runs: how many;
    unfinished: runs of any kind that were left out, not being at their end.
    """

    figure: str
    u2u: tuple[float, ...]
    u2c: tuple[float, ...]
    values: tuple[tuple[float | None, ...], ...]
    runs: int
    unfinished: int = 0


def read_comparison(directory: Path) -> Comparison | None:
    """The table that `molseek-train compare` wrote into `directory`, None where there is none.

    Raises:
        ReportError: the file is not such a table.
    """
    path = directory / COMPARISON_FILE
    if not path.is_file():
        return None
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        systems = [{"name": row["name"], "measured": row["measured"]} for row in table["systems"]]
        return Comparison.model_validate({"conditions": table["conditions"], "systems": systems})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportError(f"{path} is no table of a comparison: {str(error).splitlines()[0]}") from None


def read_sweep(directory: Path, figure: str = "text2mol/mrr") -> Sweep | None:
    """The sweep over the weights of L_u2u and L_u2c among the runs below `directory`.

    Runs that differ in anything but these weights, seed and name are no sweep: of the families of comparable runs
    the one with most combinations of weights is taken. None where no family has two of them. Unfinished runs are
    counted and left out.
    """
    families: dict[str, dict[tuple[float, float], list[float]]] = defaultdict(lambda: defaultdict(list))
    unfinished = 0
    for config, value, is_finished in _validated_runs(directory, figure):
        if not is_finished:
            unfinished += 1
            continue
        weights, family = _split(config)
        if weights is not None:
            families[family][weights].append(value)
    largest = max(families.values(), key=len, default={})
    if len(largest) < 2:
        return None
    u2u = tuple(sorted({weights[0] for weights in largest}))
    u2c = tuple(sorted({weights[1] for weights in largest}))
    values = tuple(tuple(_mean(largest.get((row, column), ())) for column in u2c) for row in u2u)
    return Sweep(figure, u2u, u2c, values, sum(len(some) for some in largest.values()), unfinished)


def _validated_runs(directory: Path, figure: str) -> Iterator[tuple[Mapping[str, JsonValue], float, bool]]:
    """The configuration of every run below `directory` that was validated, with the figure of its best epoch, and
    whether it is at its end.
    """
    for depth in range(1, _DEEPEST + 1):
        for path in sorted(directory.glob("/".join(["*"] * depth) + "/config.yaml")):
            record = yaml.safe_load(path.read_text(encoding="utf-8"))
            if not isinstance(record, dict) or not isinstance(record.get("config"), dict):
                continue
            history_path = path.with_name("history.jsonl")
            if not history_path.is_file():
                continue
            history = read_history(history_path)
            best, curve = history.best(), history.validation.get(figure)
            if best is not None and curve is not None and math.isfinite(curve.values[best]):
                yield record["config"], curve.values[best], progress(path, history) is None


def _split(config: Mapping[str, JsonValue]) -> tuple[tuple[float, float] | None, str]:
    """The two weights of a configuration, and everything else that tells runs apart."""
    rest = json.loads(json.dumps({key: value for key, value in config.items() if key not in ("name", "seed")}))
    second = rest.get("loss", {}).get("second_order", {}) if isinstance(rest.get("loss"), dict) else {}
    u2u, u2c = second.pop("u2u_weight", None), second.pop("u2c_weight", None)
    weights = (float(u2u), float(u2c)) if u2u is not None and u2c is not None else None
    return weights, json.dumps(rest, sort_keys=True)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
