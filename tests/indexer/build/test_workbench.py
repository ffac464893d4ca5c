"""What a build works with: opened as its job asks, closed together."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from indexer.build.job import Job, load, make_job, open_files
from indexer.build.options import BuildOptions
from indexer.build.parsing import StructureParser
from indexer.build.report import StageClock
from indexer.build.workbench import Workbench, open_workbench
from tests.indexer.conftest import Build


def job_for(checkpoint: Path, molecules: Path, **changes: object) -> Job:
    values = {"checkpoint": checkpoint, "molecules": (molecules,), "out": molecules.parent / "index", "workers": 0}
    options = BuildOptions.model_validate(values | changes)
    job = make_job(options, open_files(options), load(options))
    job.work.mkdir(parents=True, exist_ok=True)
    return job


def opened(stack: ExitStack, job: Job) -> Workbench:
    parser = StructureParser(job.options.limits.structure, job.checkpoint.encoder.featurizer)
    return open_workbench(stack, job, parser, StageClock())


def test_a_served_release_of_the_same_checkpoint_is_reused(
    build: Build, tiny_checkpoint: Path, molecules_file: Path
) -> None:
    with ExitStack() as stack:
        first = opened(stack, job_for(tiny_checkpoint, molecules_file))
        assert first.previous is None
    report = build(molecules_file)
    with ExitStack() as stack:
        bench = opened(stack, job_for(tiny_checkpoint, molecules_file))
        assert bench.previous is not None and bench.not_reused is None
        assert bench.previous.name == report.release
        other = opened(stack, job_for(tiny_checkpoint, molecules_file, standardize="parent"))
        assert other.previous is None and other.not_reused
        unwanted = opened(stack, job_for(tiny_checkpoint, molecules_file, reuse=False))
        assert (unwanted.previous, unwanted.not_reused) == (None, None)


def test_the_stack_closes_what_was_opened(tiny_checkpoint: Path, molecules_file: Path) -> None:
    with ExitStack() as stack:
        bench = opened(stack, job_for(tiny_checkpoint, molecules_file, shard_rows=5))
        assert (bench.shard_rows, bench.text_rows) == (5, 5)
        assert bench.lookup.add_molecule("a", None, "")
    with pytest.raises(Exception, match="closed"):
        bench.lookup.add_molecule("b", None, "")
