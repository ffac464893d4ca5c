"""Shards whose vectors are not all there yet wait for each other until there is enough to embed at once.

Where most rows are reused, few of each shard remain to be embedded: too few to fill forward passes. What waits is
bounded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexer.build.report import StageClock
from indexer.build.shards import Array, DescriptionEntry, MoleculeEntry, Shard, ShardStore, ShardSummary
from indexer.corpus import Reject

Item = TypeVar("Item")

# Shards that wait at most: what a kill can cost, and what bounds memory.
MOST_WAITING = 16


@dataclass(frozen=True, slots=True)
class PartialShard(Generic[Item]):
    """A shard but for the vectors of the rows in `missing`, to be made of `items`; `vectors` is `(entries, dim)`."""

    number: int
    entries: list[MoleculeEntry] | list[DescriptionEntry]
    rejects: list[Reject]
    summary: ShardSummary
    arrays: dict[str, Array]
    vectors: NDArray[np.float32]
    missing: list[int]
    items: list[Item]


class EmbeddingQueue(Generic[Item]):
    """Embeds what partial shards lack, many together, and writes them in the order in which they came.

    `enough`: items to embed at once. `most`: partial shards that may wait for that.
    """

    def __init__(
        self,
        store: ShardStore,
        embed: Callable[[Sequence[Item]], NDArray[np.float32]],
        clock: StageClock,
        enough: int,
        most: int = MOST_WAITING,
    ) -> None:
        self._store = store
        self._embed = embed
        self._clock = clock
        self._enough = enough
        self._most = most
        self._waiting: list[PartialShard[Item]] = []

    def add(self, partial: PartialShard[Item]) -> list[Shard]:
        """Take a partial shard; returns the shards that could be finished."""
        self._waiting.append(partial)
        items = sum(len(waiting.items) for waiting in self._waiting)
        return self.finish() if 2 * items >= self._enough or len(self._waiting) >= self._most else []

    def finish(self) -> list[Shard]:
        """Embed and write all that wait."""
        waiting, self._waiting = self._waiting, []
        items = [item for partial in waiting for item in partial.items]
        if items:
            made = self._embed(items)
            ends = np.cumsum([len(partial.items) for partial in waiting])
            for partial, vectors in zip(waiting, np.split(made, ends[:-1]), strict=True):
                partial.vectors[partial.missing] = vectors
        with self._clock.measure("write"):
            return [self._write(partial) for partial in waiting]

    def _write(self, partial: PartialShard[Item]) -> Shard:
        arrays = {"vectors": partial.vectors, **partial.arrays}
        return self._store.write(partial.number, partial.entries, partial.rejects, arrays, partial.summary)
