"""A build from end to end: corpora and a checkpoint in, a published release out.

    Row → Chunk (parsed some chunks ahead) → PartialShard (vectors missing) → Shard (on disk) → release

Shards go into `work/<key>/`; the next build of the same corpora with the same checkpoint and options resumes after
them. The release is put together under another name, verified by opening it, and only then renamed and published: a
kill at any moment leaves the served release as it was.
"""

import shutil
from contextlib import ExitStack
from time import perf_counter

from indexer.build.description_shards import build_description_shards
from indexer.build.disk import write_limits_reported
from indexer.build.job import Job, load, make_job, open_files
from indexer.build.lexicon_writer import check_fts
from indexer.build.molecule_shards import build_molecule_shards
from indexer.build.options import BuildOptions
from indexer.build.outcome import Outcome, check_not_empty
from indexer.build.parsing import StructureParser
from indexer.build.release_writer import write_release
from indexer.build.report import BuildReport, StageClock
from indexer.build.reporting import make_report
from indexer.build.workbench import open_workbench
from indexer.durable import write_text
from indexer.engines import engine_for
from indexer.errors import BuildError
from indexer.locks import exclusive
from indexer.policy import missing_package
from indexer.release.manifest import REPORT
from indexer.release.publish_rules import PublishRules
from indexer.release.publishing import publish, remove_partial_releases

__all__ = ["BuildOptions", "BuildReport", "build_release"]


def build_release(options: BuildOptions) -> BuildReport:
    """Build a release, verify and (unless told otherwise) publish it.

    A release that lost more rows than `options.max_rejects` is not published; `BuildReport.not_published` says so.

    Raises:
        CorpusError: a corpus file cannot be used as a whole.
        ReleaseError: the release is built, but fails a check beside the one that is served, so it was not published.
        BuildError: no row was left to index, a worker died, the disk is full, or a package for the policy of
            standardisation is not installed; nothing was published.
        LockedError: another build into the same directory is running.
        CheckpointError: the checkpoint cannot be loaded.
        ValueError: an unknown engine or kind.
    """
    engine_for(options.index)
    if missing := missing_package(options.standardize):
        raise BuildError(f"--standardize {options.standardize} {missing}")
    check_fts()
    files = open_files(options)
    with exclusive(options.out, "build"):
        remove_partial_releases(options.out)
        start = perf_counter()
        checkpoint = load(options)
        load_seconds = perf_counter() - start
        job = make_job(options, files, checkpoint)
        with write_limits_reported(job):
            return _run(job, load_seconds)


def _run(job: Job, load_seconds: float) -> BuildReport:
    start, clock = perf_counter(), StageClock()
    outcome = _make_shards(job, clock)
    check_not_empty(job, outcome)
    with clock.measure("write"):
        path, manifest = write_release(job, outcome)
    report = make_report(job, outcome, manifest, clock, load_seconds, perf_counter() - start)
    write_text(path / REPORT, report.model_dump_json(indent=2) + "\n")
    shutil.rmtree(job.work, ignore_errors=True)
    if report.published:
        rules = None if job.options.force else PublishRules()
        publish(job.options.out, path.name, verified=True, rules=rules, milvus=job.options.milvus)
    return report


def _make_shards(job: Job, clock: StageClock) -> Outcome:
    """Work all rows into shards, molecules first."""
    job.work.mkdir(parents=True, exist_ok=True)
    if job.workers == 0:
        job.parsing_here.touch()
    options = job.options
    parser = StructureParser(options.limits.structure, job.checkpoint.encoder.featurizer, options.standardize)
    with ExitStack() as stack:
        bench = open_workbench(stack, job, parser, clock)
        molecules = build_molecule_shards(bench, job)
        descriptions = build_description_shards(bench, job, molecules)
        outcome = Outcome(
            molecules=molecules,
            descriptions=descriptions,
            tags=bench.tags,
            reused=bench.previous.name if bench.previous is not None else None,
            not_reused=bench.not_reused,
            replaced_workers=bench.pool.replaced,
        )
    job.parsing_here.unlink(missing_ok=True)
    return outcome
