"""How much of what exact search finds an approximate index finds, measured and tuned when it is built."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from indexer.engines.approximate import ApproximateIndex
from indexer.engines.base import VectorIndex, Vectors
from indexer.engines.flat import FlatIndex
from indexer.engines.milvus_index import MilvusApproximateIndex

Approximate = ApproximateIndex | MilvusApproximateIndex

QUERIES = 200
Whose = Literal["other side", "own side"]
_K = 10


@dataclass(frozen=True, slots=True)
class Recall:
    """`at_10`: share of the ten best that were found, over `queries` queries; `effort` they were searched with."""

    at_10: float
    queries: int
    effort: int


def sample_queries(own: Vectors, others: Vectors, seed: int = 0) -> tuple[Vectors, Whose]:
    """Vectors to measure with, float32 `(queries, dim)`, and whose they are.

    The vectors of the other side are what the queries of a service are like: descriptions for an index of molecules.
    Where there are none, the side's own rows, which are easier to find.
    """
    source = others if len(others) else own
    whose: Whose = "other side" if len(others) else "own side"
    chosen = np.random.default_rng(seed).choice(len(source), size=min(QUERIES, len(source)), replace=False)
    return np.ascontiguousarray(source[np.sort(chosen)]), whose


def recall_at_10(index: VectorIndex, exact: FlatIndex, queries: Vectors) -> float:
    """Share of the ten best rows by exact search that `index` finds too, or others that score the same."""
    wanted, found = exact.search(queries, _K), index.search(queries, _K)
    equal_is_found = exact.bias is None  # with biases, scores are not what the best are best by
    total = hits = 0
    for position in range(len(queries)):
        best = {int(row) for row in wanted.rows[position] if row >= 0}
        worst = wanted.scores[position][wanted.rows[position] >= 0].min(initial=np.inf)
        for row, score in zip(found.rows[position].tolist(), found.scores[position].tolist(), strict=True):
            hits += row in best or (row >= 0 and equal_is_found and score >= worst)
        total += len(best)
    return float(min(1.0, hits / total)) if total else 1.0


def tune(index: Approximate, queries: Vectors) -> Recall:
    """Double the effort of searches until `target_recall` is met, or all of the index is looked at."""
    exact = index.exact()
    target, effort = index.parameters.target_recall, index.parameters.effort
    while True:
        reached = recall_at_10(index.with_effort(effort), exact, queries)
        if reached >= target or effort >= index.most_effort:
            return Recall(round(reached, 4), len(queries), effort)
        effort = min(2 * effort, index.most_effort)
