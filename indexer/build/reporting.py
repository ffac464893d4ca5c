"""The report of a build, made of what it did."""

from collections import Counter

from indexer.build.job import Job
from indexer.build.outcome import Outcome
from indexer.build.report import BuildReport, RejectExample, StageClock, peak_memory_mib
from indexer.release.manifest import Manifest
from model.counts import counted

_EXAMPLES = 3


def make_report(
    job: Job, outcome: Outcome, manifest: Manifest, clock: StageClock, load_seconds: float, wall: float
) -> BuildReport:
    """The report; `published` says whether the release may be published, as far as the build itself can tell."""
    codes = Counter(reject.code for reject in outcome.rejects())
    too_many = _too_many_rejects(job, manifest)
    return BuildReport(
        release=manifest.release,
        digest=manifest.digest,
        columns=tuple(corpus.file.columns_line() for corpus in job.corpora),
        published=job.options.publish and too_many is None,
        not_published=too_many,
        counts=manifest.counts,
        kind=job.options.index.kind,
        sides=manifest.sides,
        tags=manifest.tags,
        corpora=manifest.corpora,
        rejected_by_code=dict(codes.most_common()),
        reject_examples=_examples(outcome, [code for code, _ in codes.most_common(_EXAMPLES)]),
        linked_descriptions=sum(
            entry.molecule_row is not None for shard in outcome.descriptions for entry in shard.descriptions()
        ),
        link_conflicts=sum(shard.summary.link_conflicts for shard in outcome.descriptions),
        workers=job.workers,
        resumed_shards=clock.resumed_shards,
        embedded_molecules=clock.embedded["molecules"],
        embedded_descriptions=clock.embedded["descriptions"],
        taken_from=outcome.reused,
        not_taken_over=outcome.not_reused,
        reused_molecules=clock.reused["molecules"],
        reused_descriptions=clock.reused["descriptions"],
        reused_structures=clock.reused["structures"],
        changes=manifest.changes,
        standardized=manifest.counts.standardized,
        replaced_workers=outcome.replaced_workers,
        load_seconds=round(load_seconds, 3),
        wall_seconds=round(wall, 3),
        stages=clock.stages(),
        molecules_per_second=round(clock.embedded["molecules"] / wall, 1) if wall else 0.0,
        peak_memory_mib=peak_memory_mib(),
    )


def _too_many_rejects(job: Job, manifest: Manifest) -> str | None:
    """Why the release is not published, if too many rows were rejected."""
    options = job.options
    if not options.publish or options.force:
        return None
    rows, rejected = sum(corpus.rows for corpus in manifest.corpora), manifest.counts.rejected
    if rejected <= options.max_rejects * rows:
        return None
    return (
        f"{manifest.release} is built, but not published: rejected {rejected:,} of {counted(rows, 'row')} "
        f"({rejected / rows:.0%}; --max-rejects allows {options.max_rejects:.0%}). To serve it anyway: "
        f"molseek-index publish {options.out} {manifest.release}"
    )


def _examples(outcome: Outcome, codes: list[str]) -> tuple[RejectExample, ...]:
    """The first reject of each of these codes."""
    found: dict[str, RejectExample] = {}
    for one in outcome.rejects():
        if len(found) == len(codes):
            break
        if one.code in codes and one.code not in found:
            found[one.code] = RejectExample(
                code=one.code, file=one.file, line=one.line, reason=one.reason, excerpt=one.excerpt
            )
    return tuple(found[code] for code in codes)
