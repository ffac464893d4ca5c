"""Partial shards wait for each other, are embedded together, and are written in order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from indexer.build.partial_shards import EmbeddingQueue, PartialShard
from indexer.build.report import StageClock
from indexer.build.shards import DescriptionEntry, ShardStore, ShardSummary


def partial(number: int, missing: Sequence[bool]) -> PartialShard[int]:
    """A shard of which some vectors are there (-1) and others are to be made of 100 × number + row."""
    rows = [row for row, lacks in enumerate(missing) if lacks]
    return PartialShard(
        number=number,
        entries=[DescriptionEntry(str(row), None, None, None, "text", None) for row in range(len(missing))],
        rejects=[],
        summary=ShardSummary(entries=len(missing), tallies={}),
        arrays={},
        vectors=np.full((len(missing), 1), -1, np.float32),
        missing=rows,
        items=[100 * number + row for row in rows],
    )


def embed(items: Sequence[int]) -> NDArray[np.float32]:
    return np.asarray(items, np.float32)[:, None]


@settings(max_examples=25, deadline=None)
@given(shards=st.lists(st.lists(st.booleans(), max_size=6), max_size=8), enough=st.integers(1, 12))
def test_every_vector_arrives_at_its_row(
    tmp_path_factory: pytest.TempPathFactory, shards: list[list[bool]], enough: int
) -> None:
    store = ShardStore(tmp_path_factory.mktemp("store"), DescriptionEntry)
    queue = EmbeddingQueue(store, embed, StageClock(), enough, most=3)
    written = [shard for number, missing in enumerate(shards) for shard in queue.add(partial(number, missing))]
    written += queue.finish()
    assert [int(shard.path.name) for shard in written] == list(range(len(shards)))
    for number, (shard, missing) in enumerate(zip(written, shards, strict=True)):
        expected = [100 * number + row if lacks else -1 for row, lacks in enumerate(missing)]
        assert shard.array("vectors")[:, 0].tolist() == expected


def test_what_is_enough_or_waits_long_is_written_at_once(tmp_path: Path) -> None:
    store = ShardStore(tmp_path, DescriptionEntry)
    queue = EmbeddingQueue(store, embed, StageClock(), enough=8, most=3)
    assert len(queue.add(partial(0, [True] * 4))) == 1
    assert [len(queue.add(partial(number, [True]))) for number in (1, 2, 3)] == [0, 0, 3]
