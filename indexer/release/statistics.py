"""How the properties of a corpus are spread, for whoever chooses a range of them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.columns import PROPERTIES, Column
from indexer.release.opened import Release

_BINS = 24
# One giant must not press all others into one bar: the outermost bars take what lies beyond these quantiles.
_MOST = (0.005, 0.995)


@dataclass(frozen=True, slots=True)
class Histogram:
    """One property: its extremes, and counts `(bins,)` between edges `(bins + 1,)`; all molecules are counted."""

    min: float
    max: float
    edges: list[float]
    counts: list[int]


def corpus_statistics(release: Release) -> dict[str, Histogram]:
    """A histogram of each property that can be filtered by; none where there are no molecules."""
    if release.molecules.count == 0:
        return {}
    columns = {name: release.columns.property(name) for name in PROPERTIES} | {"exact_mass": release.exact_masses()}
    return {name: _histogram(values) for name, values in columns.items()}


def _histogram(values: Column) -> Histogram:
    least, most = float(values.min()), float(values.max())
    edges = _whole_edges(values) if values.dtype.kind == "i" else _edges(values)
    counts, _ = np.histogram(np.clip(values, edges[0], edges[-1]), bins=edges)
    return Histogram(least, most, [round(float(edge), 3) for edge in edges], counts.tolist())


def _edges(values: Column) -> NDArray[np.float64]:
    low, high = np.quantile(values, _MOST)
    if not low < high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, _BINS + 1)


def _whole_edges(values: Column) -> NDArray[np.float64]:
    """Whole numbers, each its own bar or as many to a bar as there are to any other."""
    low, high = (int(edge) for edge in np.quantile(values, _MOST, method="nearest"))
    step = -(-(high - low + 1) // _BINS)
    return np.arange(low, high + step + 1, step, dtype=np.float64)
