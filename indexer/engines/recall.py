"""Recall of an approximate index against exact search, measured and tuned when the index is built."""

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

import numpy as np

from indexer.engines.base import VectorIndex, Vectors
from indexer.engines.parameters import ApproximateParameters

_QUERIES = 200
_K = 10

QuerySource = Literal["other side", "own side"]


@runtime_checkable
class TunableIndex(VectorIndex, Protocol):
    """An approximate index, whose searches can look at more or less of it."""

    @property
    def parameters(self) -> ApproximateParameters: ...

    @property
    def max_effort(self) -> int:
        """The effort beyond which nothing more is found."""
        ...

    def with_effort(self, effort: int) -> VectorIndex:
        """The same index, searched with another effort."""
        ...

    def exact(self) -> VectorIndex:
        """The same rows, searched exactly."""
        ...


@dataclass(frozen=True, slots=True)
class Recall:
    """`at_10`: share of the ten best rows that were found, over `queries` queries searched with `effort`."""

    at_10: float
    queries: int
    effort: int


def sample_queries(own: Vectors, others: Vectors, seed: int = 0) -> tuple[Vectors, QuerySource]:
    """Vectors to measure recall with, float32 `(queries, dim)`, and which side they come from.

    Vectors of the other side resemble a service's queries: descriptions for an index of molecules. Where there are
    none, the side's own rows are used, which are easier to find.
    """
    source = others if len(others) else own
    whose: QuerySource = "other side" if len(others) else "own side"
    chosen = np.random.default_rng(seed).choice(len(source), size=min(_QUERIES, len(source)), replace=False)
    return np.ascontiguousarray(source[np.sort(chosen)]), whose


def recall_at_10(index: VectorIndex, exact: VectorIndex, queries: Vectors) -> float:
    """Share of the ten best rows by exact search that `index` finds too, or others of equal score."""
    wanted, found = exact.search(queries, _K), index.search(queries, _K)
    total = hits = 0
    for position in range(len(queries)):
        best = {int(row) for row in wanted.rows[position] if row >= 0}
        worst = wanted.scores[position][wanted.rows[position] >= 0].min(initial=np.inf)
        for row, score in zip(found.rows[position].tolist(), found.scores[position].tolist(), strict=True):
            hits += row in best or (row >= 0 and score >= worst)
        total += len(best)
    return float(min(1.0, hits / total)) if total else 1.0


def tune(index: TunableIndex, queries: Vectors) -> Recall:
    """Double the search effort until `target_recall` is met or the whole index is looked at."""
    exact = index.exact()
    target, effort = index.parameters.target_recall, index.parameters.effort
    while True:
        reached = recall_at_10(index.with_effort(effort), exact, queries)
        if reached >= target or effort >= index.max_effort:
            return Recall(round(reached, 4), len(queries), effort)
        effort = min(2 * effort, index.max_effort)
