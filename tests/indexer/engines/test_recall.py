"""Recall is the share of the exact best that is found, and tuning looks at more until it suffices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.engines import IndexSpec
from indexer.engines.flat import FlatIndex
from indexer.engines.recall import TunableIndex, recall_at_10, sample_queries, tune
from tests.support.engines import make, unit


def test_exact_search_has_full_recall_and_is_not_tunable() -> None:
    index = FlatIndex(unit(0, 500))
    assert recall_at_10(index, index, unit(1, 20)) == 1
    assert not isinstance(index, TunableIndex)


def test_other_rows_of_equal_score_count_as_found() -> None:
    distinct = unit(0, 5)
    twice = FlatIndex(np.concatenate([distinct] * 20))
    reversed_rows = FlatIndex(np.concatenate([distinct] * 20)[::-1].copy())
    assert recall_at_10(reversed_rows, twice, distinct) == 1


def test_missing_rows_lower_recall() -> None:
    vectors = unit(0, 500)
    half = vectors.copy()
    half[::2] = 0
    assert 0.2 < recall_at_10(FlatIndex(half), FlatIndex(vectors), unit(1, 50)) < 0.8


@pytest.mark.parametrize("target", [0.5, 1.0])
def test_effort_grows_until_the_target_or_the_whole_index(target: float, tmp_path: Path) -> None:
    spec = IndexSpec(kind="ivf", parameters={"lists": 64, "probes": 1, "target_recall": target})
    index = make(tmp_path, spec, unit(0, 3000))
    assert isinstance(index, TunableIndex)
    recall = tune(index, unit(1, 50))
    assert recall.at_10 >= target
    assert 1 < recall.effort <= index.max_effort == 64


def test_queries_come_from_the_other_side_if_it_has_any() -> None:
    own, others = unit(0, 10), unit(1, 300)
    queries, source = sample_queries(own, others)
    assert (len(queries), source) == (200, "other side")
    queries, source = sample_queries(own, others[:0])
    assert (len(queries), source) == (10, "own side")
