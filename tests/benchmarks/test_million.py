"""The benchmark of a million molecules: results survive a file, tables are whole, an interrupted run resumes."""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np
import pytest

from benchmarks import million
from benchmarks.memory import PeakMemory
from benchmarks.million import BATCHES, KINDS, Kind, Results, Size, first_rows, load, main, measure_kind, run, tables
from benchmarks.search import unit_vectors
from indexer.engines.parameters import APPROXIMATE_FROM


def a_size(molecules: int) -> Size:
    kind = Kind(
        build_seconds=1.0,
        build_mib=1.0,
        index_bytes=1024 * molecules,
        effort="all",
        recall_at_10=1.0,
        ms=dict.fromkeys(BATCHES, 10.0),
        product_ms=dict.fromkeys(BATCHES, 20.0),
    )
    return Size(
        machine="here",
        molecules=molecules,
        rejected=0,
        workers=1,
        wall_seconds=3.0,
        peak_mib=100.0,
        stages={"parse": 2.0, "reuse": 0.1},
        size_bytes=1200 * molecules,
        kinds={"flat": kind},
    )


def test_results_survive_a_file_and_print_whole_smallest_first(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    assert load(file) is None
    results = Results(checkpoint="a checkpoint", sizes={count: a_size(count) for count in (100, 10)})
    results.save(file)
    assert load(file) == results
    for table in tables(results):
        assert all(len(row) == len(table.columns) for row in table.rows)
        assert len({len(line) for line in str(table).splitlines() if line.startswith("|")}) == 1
    builds, small, large = tables(results)
    assert [row[0] for row in builds.rows] == [10, 100]
    assert builds.rows[1][builds.columns.index("parse ms")] == 20.0
    assert builds.rows[1][builds.columns.index("bytes a molecule")] == 1200
    assert "Searching 10 vectors" in small.title
    assert "Searching 100 vectors" in large.title
    assert tables(Results(checkpoint="a checkpoint")) == []


def test_another_file_is_not_overwritten(tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"title": "something else"}', encoding="utf-8")
    with pytest.raises(SystemExit, match="choose another file"):
        load(other)


def test_sizes_lie_within_the_count(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--keep", str(tmp_path), "--results", str(tmp_path / "r.json"), "--count", "10", "--sizes", "11"])


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


def test_a_kind_of_index_is_tuned_and_compared_with_exact_search(tmp_path: Path) -> None:
    vectors, queries = unit_vectors(APPROXIMATE_FROM, 16, seed=0), unit_vectors(BATCHES[-1] + 50, 16, seed=1)
    np.save(tmp_path / "vectors.npy", vectors)
    exact, ivf = (
        measure_kind(KINDS[name], tmp_path / "vectors.npy", queries, tmp_path / "kind", rounds=1)
        for name in ("flat float32", "ivf")
    )
    assert (exact.effort, exact.recall_at_10, exact.index_bytes) == ("all", 1.0, vectors.nbytes)
    assert "lists" in ivf.effort
    assert 0.8 < ivf.recall_at_10 <= 1.0
    assert all(found.keys() == set(BATCHES) for kind in (exact, ivf) for found in (kind.ms, kind.product_ms))


@pytest.mark.slow
def test_an_interrupted_run_resumes_and_a_finished_one_does_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, file = tmp_path / "keep", tmp_path / "results.json"
    lines: list[str] = []

    def stop_at_hnsw(line: str) -> None:
        lines.append(line)
        if line == "300: hnsw":
            raise KeyboardInterrupt

    def measure() -> Results:
        return run(300, [100, 300], workers=0, threads=1, keep=keep, file=file, rounds=1)

    monkeypatch.setattr(million, "log", stop_at_hnsw)
    with pytest.raises(KeyboardInterrupt):
        measure()
    interrupted = load(file)
    assert interrupted is not None
    assert list(interrupted.sizes[300].kinds) == ["flat float32", "flat float16"]

    lines.clear()
    monkeypatch.setattr(million, "log", lines.append)
    finished = measure()
    assert lines == ["300: hnsw", "300: ivf", "300: ivfpq"]
    assert finished.sizes[100] == interrupted.sizes[100]
    assert [size.molecules for size in finished.sizes.values()] == [100, 300]
    for size in finished.sizes.values():
        assert list(size.kinds) == list(KINDS)
        assert size.kinds["flat float32"].recall_at_10 > 0.99
        assert sum(size.stages.values()) > 0
        assert size.peak_mib > 0
        assert all(set(kind.ms) == set(BATCHES) for kind in size.kinds.values())

    lines.clear()
    assert measure() == finished
    assert lines == []
