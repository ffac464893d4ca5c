"""Log of a run: a JSON-lines history, and TensorBoard if it is installed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

_STEPS_BETWEEN_LINES = 10
_COUNTS = ("queries", "pool")


class _Writer(Protocol):
    def add_scalar(self, tag: str, value: float, step: int) -> None: ...

    def close(self) -> None: ...


class RunLog:
    """`history.jsonl` holds the mean losses of every ten steps and every validation; figures of a resumed run that
    are written a second time carry the same step, and readers keep the last."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "history.jsonl"
        self.summary = ""
        self._sums: dict[str, float] = {}
        self._count = 0
        self._writer = _tensorboard(directory / "tensorboard")

    def step(self, step: int, terms: Mapping[str, float], learning_rate: float) -> None:
        for name, value in terms.items():
            self._sums[name] = self._sums.get(name, 0.0) + value
        self._count += 1
        if step % _STEPS_BETWEEN_LINES == 0:
            means = {name: value / self._count for name, value in self._sums.items()}
            self._append({"kind": "train", "step": step, "learning_rate": learning_rate, **means})
            self._scalars("train", means | {"learning_rate": learning_rate}, step)
            self._sums, self._count = {}, 0

    def validation(self, step: int, epoch: int, figures: Mapping[str, float], seconds: float) -> None:
        self._append({"kind": "validation", "step": step, "epoch": epoch, "seconds": round(seconds, 1), **figures})
        self._scalars("validation", figures, step)
        shown = "  ".join(f"{name} {value:.3f}" for name, value in figures.items() if not name.endswith(_COUNTS))
        self.summary = f"epoch {epoch}  {seconds:.0f} s  {shown}"

    def close(self) -> None:
        """Flush TensorBoard's writer, which does not flush by itself when a process ends."""
        if self._writer is not None:
            self._writer.close()

    def _append(self, line: Mapping[str, object]) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def _scalars(self, group: str, values: Mapping[str, float], step: int) -> None:
        if self._writer is not None:
            for name, value in values.items():
                self._writer.add_scalar(f"{group}/{name}", value, step)


def _tensorboard(directory: Path) -> _Writer | None:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    writer: _Writer = SummaryWriter(str(directory))
    return writer
