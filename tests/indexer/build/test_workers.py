"""Parsing processes: the same results as in this process; what crashes or hangs them costs its own row."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from indexer.build.parsing import Failure, Identity, StructureParser
from indexer.build.workers import ParsePool, default_workers
from indexer.errors import BuildError
from model.inputs.structure import StructureLimits
from tests.indexer.conftest import Build
from tests.support.parsers import CRASHES, HANGS, HOARDS, KILLED, Mortal, Slowly, Stillborn


def worker_processes() -> list[str]:
    """Children of this process that are parsing workers, by their command lines."""
    children = (Path("/proc/self/task") / str(os.getpid()) / "children").read_text().split()
    lines = [(Path("/proc") / child / "cmdline").read_bytes().decode().replace("\0", " ") for child in children]
    return [line for line in lines if "indexer.chemistry.worker" in line]


@pytest.mark.parametrize(
    ("bad", "code", "word"),
    [
        (CRASHES, "worker_crashed", "SIGABRT"),
        (KILLED, "worker_crashed", "SIGKILL"),
        pytest.param(HANGS, "timed_out", "within 2 s", marks=pytest.mark.slow),  # a minute
        (HOARDS, "structure_too_complex", "2,048 MiB of memory"),
    ],
)
def test_a_structure_that_crashes_or_hangs_its_worker_costs_its_own_row(bad: str, code: str, word: str) -> None:
    parser = Mortal(StructureLimits(), featurizer=None)
    with ParsePool(parser, workers=1, row_seconds=2) as pool:
        batches = [["OCC", bad, None, "C1"], ["CCN", bad, bad], ["CCC"]]
        tasks = [pool.submit(batch, whole=False) for batch in batches]
        first, second, third = (task.result(timeout=120).results for task in tasks)
        assert pool.replaced == 5  # once a batch, once a bad row
    assert not worker_processes()
    ethanol, failure, nothing, unparsable = first
    assert isinstance(failure, Failure)
    assert failure.code == code
    assert word in failure.reason
    assert second[1:] == [failure, failure]
    healthy = parser(["OCC", None, "C1"], whole=False).results
    assert [ethanol, nothing, unparsable] == healthy
    assert isinstance(ethanol, Identity)
    assert (ethanol.smiles, ethanol.inchikey) == ("CCO", "LFQSCWFLJHTTHZ-UHFFFAOYSA-N")
    assert isinstance(unparsable, Failure)
    assert unparsable.code == "unparsable_structure"
    assert [third[0], second[0]] == parser(["CCC", "CCN"], whole=False).results


def test_a_slow_batch_of_quick_rows_loses_none() -> None:
    parser = Slowly(StructureLimits(), featurizer=None)
    with ParsePool(parser, workers=1, row_seconds=1.5) as pool:
        results = pool.submit(["CCO"] * 4, whole=False).result(timeout=120).results
    assert all(isinstance(result, Identity) for result in results)


def test_a_crash_and_a_hang_cost_a_build_one_reject_line_each(
    build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer.build import pipeline as building

    monkeypatch.setattr(building, "StructureParser", Mortal)
    molecules = tmp_path / "m.tsv"
    molecules.write_text("\n".join(["id\tsmiles", "a\tCCO", f"b\t{CRASHES}", "c\tCCN", f"d\t{HANGS}", "e\tCCC"]) + "\n")
    report = build(molecules, workers=1, row_seconds=3)
    assert report.rejected_by_code == {"worker_crashed": 1, "timed_out": 1}
    assert (report.counts.molecules, report.counts.rejected, report.replaced_workers) == (3, 2, 3)
    rejects = (tmp_path / "index" / "releases" / report.release / "rejects.tsv").read_text().splitlines()[1:]
    assert [line.split("\t")[1:4] for line in rejects] == [
        ["3", "smiles", "worker_crashed"],
        ["5", "smiles", "timed_out"],
    ]


def test_a_build_that_died_while_parsing_by_itself_goes_on_with_a_worker(
    build: Build, molecules_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from indexer.build.embedding import Embedder

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Embedder, "molecules", dies)
        with pytest.raises(KeyboardInterrupt):
            build(molecules_file)
    assert build(molecules_file).workers >= 1
    assert build(molecules_file).workers == 0


def test_workers_that_cannot_start_are_a_clear_error() -> None:
    with (
        ParsePool(Stillborn(StructureLimits(), None), workers=1) as pool,
        pytest.raises(BuildError, match=r"cannot be started \(exit code 3\)"),
    ):
        pool.submit(["CCO"], whole=False).result(timeout=120)
    assert not worker_processes()


def test_giving_up_does_not_wait_for_a_structure_that_hangs() -> None:
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt), ParsePool(Mortal(StructureLimits(), None), 1, row_seconds=500) as pool:
        pool.submit(["CCO"], whole=False).result(timeout=120)
        pool.submit([HANGS], whole=False)
        time.sleep(0.3)
        raise KeyboardInterrupt
    assert time.monotonic() - start < 100
    assert not worker_processes()


def test_an_error_in_a_row_costs_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    from indexer.build import parsing

    def broken(*_: object) -> None:
        raise RuntimeError("Pre-condition\nViolation")

    monkeypatch.setattr(parsing, "parse_structure", broken)
    (failure,) = StructureParser(StructureLimits(), None)(["CCO"], whole=True).results
    assert failure == Failure(
        "featurisation_failed", "RDKit cannot compute what is needed (RuntimeError: Pre-condition Violation)."
    )


def test_there_is_always_a_worker() -> None:
    assert default_workers() >= 1
