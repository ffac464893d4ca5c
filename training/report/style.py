"""One style for all figures: the colour-blind-safe palette of Okabe and Ito, and little ink."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK = "#222222"
MUTED = "#767676"
GRID = "#e4e4e4"
TEXT = "#0072B2"
"""Texts, and text → molecule."""
MOLECULE = "#D55E00"
"""Molecules, and molecule → text."""
NEUTRAL = "#9a9a9a"
CYCLE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
SEQUENTIAL = "cividis"
WIDTH = 7.2  # inches; the page is as wide
PNG_DPI = 200

_SETTINGS = Path(__file__).with_name("figures.mplstyle")


@dataclass(frozen=True)
class Picture:
    """A figure with the name of its file, title, caption and alternative text."""

    name: str
    title: str
    caption: str
    alternative: str
    draw: Callable[[], Figure]

    def svg(self) -> bytes:
        return self._saved("svg", {"Date": None})

    def png(self) -> bytes:
        return self._saved("png", {"Title": self.title, "Description": self.caption, "Software": None})

    def _saved(self, kind: str, metadata: dict[str, str | None]) -> bytes:
        file = io.BytesIO()
        with styled():
            self.draw().savefig(file, format=kind, dpi=PNG_DPI, metadata=metadata, facecolor="white")
        return file.getvalue()


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib settings for one figure; global settings stay unchanged."""
    with matplotlib.rc_context(fname=_SETTINGS):
        yield


def panels(columns: int, height: float, rows: int = 1, width: float = WIDTH) -> tuple[Figure, list[Axes]]:
    """A figure of `rows × columns` axes, in reading order."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, list(figure.subplots(rows, columns, squeeze=False).ravel())


def grid(axes: Axes, axis: Literal["both", "x", "y"] = "y") -> None:
    axes.grid(True, axis=axis)
    axes.tick_params(length=0)
