"""What a build prints at its end: what was built, what was rejected, and where the time went."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from indexer.build.report import BuildReport
from model.counts import counted

_TAGS = 10


def summary(report: BuildReport, out: Path) -> str:
    """The summary of a build into the index directory `out`, some twenty lines."""
    counts = report.counts
    lines = [
        f"release       {report.release}{'' if report.published else ' (not published)'}",
        f"digest        {report.digest}",
        f"molecules     {counts.molecules:,}",
        f"descriptions  {counts.descriptions:,} ({report.linked_descriptions:,} of them linked to a molecule)",
        *(f"{'columns' if number == 0 else '':<14}{line}" for number, line in enumerate(report.columns)),
        *_index(report),
        *_rejects(report, out / "releases" / report.release / "rejects.tsv"),
    ]
    if report.link_conflicts:
        lines.append(f"conflicts     {counted(report.link_conflicts, 'description')} whose id and structure disagree")
    if report.tags:
        shown = ", ".join(f"{tag} {number:,}" for tag, number in islice(report.tags.items(), _TAGS))
        more = f" and {len(report.tags) - _TAGS:,} more" if len(report.tags) > _TAGS else ""
        lines.append(f"tags          {shown}{more}")
    if counts.standardized:
        lines.append(f"standardised  {counted(counts.standardized, 'molecule')} whose structure changed")
    lines += [*_changes(report), *_reuse(report), "", *_times(report)]
    return "\n".join(lines)


def _index(report: BuildReport) -> Iterator[str]:
    sides = []
    for name, side in report.sides.items():
        found = "exact" if side.recall_at_10 is None else f"recall@10 {side.recall_at_10:.3f}"
        fewer = f"too few for {report.kind}; " if report.kind not in ("auto", side.kind) else ""
        sides.append(f"{name} {side.kind} ({fewer}{found})")
    yield f"index         {', '.join(sides)}"


def _rejects(report: BuildReport, file: Path) -> Iterator[str]:
    counts = report.counts
    left_out = (
        f"{counted(counts.dropped_texts, 'description or CID', 'descriptions or CIDs')} of kept molecules left out"
    )
    yield f"rejected      {counted(counts.rejected, 'row')}; {left_out}"
    for example in report.reject_examples:
        yield f"              {report.rejected_by_code[example.code]:>11,}  {example.code}, such as {example}"
    if rest := len(report.rejected_by_code) - len(report.reject_examples):
        yield f"              and {counted(rest, 'other reason')}"
    if report.rejected_by_code:
        yield f"              see {file}"


def _changes(report: BuildReport) -> Iterator[str]:
    if report.changes is None:
        return
    for what, side in (("molecules", report.changes.molecules), ("descriptions", report.changes.descriptions)):
        yield (
            f"{'changes' if what == 'molecules' else '':<14}{what}: {side.added:,} added, {side.removed:,} removed, "
            f"{side.changed:,} changed, {side.unchanged:,} unchanged since {report.changes.release}"
        )


def _reuse(report: BuildReport) -> Iterator[str]:
    if report.taken_from is not None:
        yield (
            f"reused        {counted(report.reused_molecules, 'molecule')} and "
            f"{counted(report.reused_descriptions, 'description')} of {report.taken_from}"
        )
    elif report.not_taken_over is not None:
        yield f"reused        nothing: {report.not_taken_over}"


def _times(report: BuildReport) -> Iterator[str]:
    yield f"{'stage':<12}{'seconds':>10}{'share':>8}"
    for stage in report.stages:
        yield f"{stage.stage:<12}{stage.seconds:>10.2f}{stage.share:>8.1%}"
    yield ""
    workers = counted(report.workers, "RDKit worker process", "RDKit worker processes")
    resumed = f", {counted(report.resumed_shards, 'shard')} resumed" if report.resumed_shards else ""
    yield (
        f"{counted(report.embedded_molecules, 'molecule')} and {counted(report.embedded_descriptions, 'description')} "
        f"embedded in {report.wall_seconds:.1f} s with {workers}{resumed}"
    )
    yield (
        f"{report.molecules_per_second:,.0f} molecules/s; checkpoint loaded in {report.load_seconds:.1f} s; "
        f"peak memory {report.peak_memory_mib:,.0f} MiB"
    )
