"""Shards whose vectors are not all there yet: drafts wait for each other until there is enough to embed at once.

Where most rows are taken over from an earlier release, few of each shard remain to be embedded, too few to fill a
forward pass. A draft is small beside them: what is kept waiting is bounded.
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

# Shards kept waiting at most: what a kill can cost, and what bounds memory.
MOST_DRAFTS = 16


@dataclass(frozen=True, slots=True)
class Draft(Generic[Item]):
    """A shard but for the vectors `(entries, dim)` of the rows in `missing`, to be made of `items`."""

    number: int
    entries: list[MoleculeEntry] | list[DescriptionEntry]
    rejects: list[Reject]
    summary: ShardSummary
    arrays: dict[str, Array]
    vectors: NDArray[np.float32]
    missing: list[int]
    items: list[Item]


class Drafts(Generic[Item]):
    """Collects drafts, embeds what they lack together, writes them as shards in the order in which they came."""

    def __init__(
        self,
        store: ShardStore,
        embed: Callable[[Sequence[Item]], NDArray[np.float32]],
        clock: StageClock,
        enough: int,
        most: int = MOST_DRAFTS,
    ) -> None:
        self._store = store
        self._embed = embed
        self._clock = clock
        self._enough = enough
        self._most = most
        self._waiting: list[Draft[Item]] = []

    def add(self, draft: Draft[Item]) -> list[Shard]:
        """Take a draft; the shards that could be finished with it. `enough` items to embed are not kept waiting."""
        self._waiting.append(draft)
        items = sum(len(waiting.items) for waiting in self._waiting)
        return self.finish() if 2 * items >= self._enough or len(self._waiting) >= self._most else []

    def finish(self) -> list[Shard]:
        """The shards of all drafts taken."""
        waiting, self._waiting = self._waiting, []
        if any(draft.items for draft in waiting):
            made = self._embed([item for draft in waiting for item in draft.items])
            start = 0
            for draft in waiting:
                draft.vectors[draft.missing] = made[start : start + len(draft.items)]
                start += len(draft.items)
        with self._clock.measure("write"):
            return [self._write(draft) for draft in waiting]

    def _write(self, draft: Draft[Item]) -> Shard:
        arrays = {"vectors": draft.vectors, **draft.arrays}
        return self._store.write(draft.number, draft.entries, draft.rejects, arrays, draft.summary)
