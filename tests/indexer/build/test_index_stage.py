"""Indexes as a build makes them: each side its own kind, recall measured and tuned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.build.index_stage import build_indexes
from indexer.engines import IndexSpec
from indexer.release import current_release, open_release
from tests.indexer.conftest import Build
from tests.support.engines import unit


def sides(directory: Path, molecules: int, descriptions: int) -> None:
    np.save(directory / "molecules.npy", unit(0, molecules, 16))
    np.save(directory / "descriptions.npy", unit(1, descriptions, 16))


@pytest.mark.parametrize("kind", ["hnsw", "ivf", "ivfpq"])
def test_recall_is_measured_with_the_other_side_and_tuned(kind: str, tmp_path: Path) -> None:
    sides(tmp_path, 3000, 100)
    options = {"lists": 64, "probes": 1} if kind != "hnsw" else {"ef_search": 8, "links": 8}
    found = build_indexes(tmp_path, IndexSpec(kind=kind, parameters={**options, "target_recall": 0.9}))
    molecules, descriptions = found["molecules"], found["descriptions"]
    assert (molecules.kind, descriptions.kind) == (kind, "flat")
    assert molecules.recall_at_10 is not None
    assert molecules.recall_at_10 >= 0.9
    assert (molecules.recall_queries, molecules.recall_queries_from) == (100, "other side")
    effort = molecules.parameters["probes" if kind != "hnsw" else "ef_search"]
    assert isinstance(effort, int)
    assert effort > (1 if kind != "hnsw" else 7)
    assert descriptions.recall_at_10 is None
    again = tmp_path / "again"
    again.mkdir()
    sides(again, 3000, 100)
    spec = IndexSpec(kind=kind, parameters={**options, "target_recall": 0.9})
    assert build_indexes(again, spec) == found
    assert (again / "molecules.faiss").read_bytes() == (tmp_path / "molecules.faiss").read_bytes()


def test_without_a_target_nothing_is_tuned_and_without_another_side_the_own_rows_measure(tmp_path: Path) -> None:
    sides(tmp_path, 3000, 1)
    np.save(tmp_path / "descriptions.npy", np.empty((0, 16), np.float32))
    spec = IndexSpec(kind="ivf", parameters={"lists": 64, "probes": 1, "target_recall": 0})
    molecules = build_indexes(tmp_path, spec)["molecules"]
    assert molecules.parameters["probes"] == 1
    assert molecules.recall_queries_from == "own side"
    assert molecules.recall_at_10 is not None
    assert molecules.recall_at_10 < 0.9


def test_a_release_says_how_each_side_is_indexed(build: Build, molecules_file: Path, tmp_path: Path) -> None:
    build(molecules_file, index={"kind": "auto", "parameters": {"precision": "float16"}})
    path = current_release(tmp_path / "index")
    assert path is not None
    release = open_release(path)
    assert release.manifest.kind == "flat"
    assert {side.kind for side in release.manifest.sides.values()} == {"flat"}
    release.close()
