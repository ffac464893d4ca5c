"""The benchmark of a million molecules: its results survive a file, its tables are whole, all of it runs when small."""

from __future__ import annotations

import io
import mmap
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.memory import PeakMemory
from benchmarks.million import first_rows, run
from benchmarks.million_picture import growth
from benchmarks.million_results import Build, Kind, Results, Search, Stage, load, tables
from benchmarks.million_search import BATCHES, sizes_up_to


def a_build(molecules: int) -> Build:
    stages = (
        Stage(stage="parse", seconds=2.0, limit="RDKit alone", limit_seconds=1.0),
        Stage(stage="reuse", seconds=0.1, limit="", limit_seconds=0.0),
    )
    return Build(
        machine="here",
        molecules=molecules,
        rejected=0,
        workers=1,
        wall_seconds=3.0,
        peak_mib=100.0,
        stages=stages,
        files={"molecules.npy": 1024 * molecules, "manifest.json": 5},
    )


def a_search(molecules: int) -> Search:
    kind = Kind(
        name="flat",
        ours=True,
        build_seconds=1.0,
        build_mib=1.0,
        index_bytes=1024 * molecules,
        recall_at_10=1.0,
        effort="all",
        speeds=dict.fromkeys(BATCHES, 10.0),
    )
    return Search(machine="here", molecules=molecules, dim=256, kinds=(kind,))


def test_results_are_kept_smallest_first_and_printed_whole(tmp_path: Path) -> None:
    assert load(tmp_path / "results.json") is None
    results = Results(title="a checkpoint")
    for count in (100, 10):
        results = results.with_build(a_build(count)).with_search(a_search(count))
    results.save(tmp_path / "results.json")
    kept = load(tmp_path / "results.json")
    assert kept == results
    assert [build.molecules for build in kept.builds] == [10, 100]
    for table in tables(kept):
        assert all(len(row) == len(table.columns) for row in table.rows)
        assert len({len(line) for line in str(table).splitlines() if line.startswith("|")}) == 1
    stages = tables(kept)[0]
    assert "Indexing 100 molecules, a checkpoint" in stages.title
    assert stages.rows[0][-1] == 2.0


def test_growth_is_drawn() -> None:
    results = Results(title="a checkpoint")
    for count in (10, 100):
        results = results.with_build(a_build(count)).with_search(a_search(count))
    with Image.open(io.BytesIO(growth(results).png())) as picture:
        assert picture.width > picture.height > 500


def test_sizes_end_with_the_count() -> None:
    assert sizes_up_to(1_000_000) == [10_000, 30_000, 100_000, 300_000, 1_000_000]
    assert sizes_up_to(30_000) == [10_000, 30_000]
    assert sizes_up_to(500) == [500]


def test_the_first_rows_of_a_corpus(tmp_path: Path) -> None:
    corpus = tmp_path / "made-5.tsv"
    corpus.write_text("id\tsmiles\n" + "".join(f"{row}\tC\n" for row in range(5)), encoding="utf-8")
    assert first_rows(corpus, 2).read_text(encoding="utf-8") == "id\tsmiles\n0\tC\n1\tC\n"


def test_peak_memory_is_what_a_block_takes() -> None:
    # Pages of its own: an array might be given what earlier tests have freed.
    with mmap.mmap(-1, 40 << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as block, PeakMemory() as memory:
        np.frombuffer(block, np.uint8)[:] = 1
    assert 35 < memory.mib < 200
    assert memory.with_children > memory.mib


@pytest.mark.slow
def test_everything_small_and_again_without_doing_it_twice(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    first = run(300, [100, 300], workers=0, threads=1, keep=tmp_path / "keep", file=file, rounds=1)
    assert [build.molecules for build in first.builds] == [100, 300]
    assert {kind.name for kind in first.searches[0].kinds} >= {"flat float32", "ivfpq", "FAISS IndexFlatIP"}
    assert all(set(kind.speeds) == set(BATCHES) for search in first.searches for kind in search.kinds)
    again = run(300, [100, 300], workers=0, threads=1, keep=tmp_path / "keep", file=file, rounds=1)
    assert again == first
