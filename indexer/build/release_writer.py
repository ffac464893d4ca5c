"""Shards become a release: data, indexes and manifest, put together under a partial name and sealed."""

from datetime import UTC, datetime
from pathlib import Path

from indexer.build.assemble import count_entries, write_data
from indexer.build.index_stage import build_indexes
from indexer.build.job import Corpus, Job
from indexer.build.lexicon_writer import write_lexicon
from indexer.build.options import library_versions
from indexer.build.outcome import Outcome
from indexer.build.seal import seal
from indexer.errors import ReleaseError
from indexer.release.diff import changes_since
from indexer.release.manifest import SCHEMA_VERSION, ChangesSince, CorpusReference, Counts, Manifest
from indexer.release.names import PARTIAL, new_stamp
from indexer.release.opened import RECORDS, RELEASES, current_release
from indexer.tags import split_set


def write_release(job: Job, outcome: Outcome) -> tuple[Path, Manifest]:
    """Write, verify and name a release; its directory and manifest. Raises ReleaseError or BuildError."""
    options, root, dim = job.options, job.options.out, job.checkpoint.encoder.dim
    created = datetime.now(UTC)
    stamp = new_stamp(root, created)
    partial = root / RELEASES / f"{stamp}-{job.work.name[:8]}{PARTIAL}"
    partial.mkdir(parents=True)
    standardized = write_data(partial, outcome.molecules, outcome.descriptions, dim)
    lexicon = write_lexicon(
        partial,
        partial / RECORDS,
        lambda: (entry.synonyms for shard in outcome.molecules for entry in shard.molecules()),
        earlier=current_release(root),
    )
    sides = build_indexes(partial, options.index, options.device, options.memory, options.milvus)
    corpora = tuple(_reference(corpus, outcome) for corpus in job.corpora)
    unsealed = Manifest(
        schema_version=SCHEMA_VERSION,
        release="",
        created=f"{created:%Y-%m-%dT%H:%M:%SZ}",
        digest="",
        corpora=corpora,
        checkpoint=job.reference,
        counts=Counts(
            molecules=count_entries(outcome.molecules),
            descriptions=count_entries(outcome.descriptions),
            rejected=sum(corpus.rejected for corpus in corpora),
            dropped_texts=sum(outcome.tally(corpus.file.label).dropped_texts for corpus in job.corpora),
            standardized=standardized,
        ),
        tags=outcome.tags.by_tag(),
        engine=options.index.engine,
        kind=sides["molecules"].kind,
        parameters=sides["molecules"].parameters,
        sides=sides,
        metric="cosine",
        dim=dim,
        options=options.content_options(),
        versions=library_versions(options.standardize),
        files={},
        sizes={},
        changes=_changes(root, partial),
        lexicon=lexicon,
    )
    return seal(root, partial, stamp, unsealed, options.milvus)


def _reference(corpus: Corpus, outcome: Outcome) -> CorpusReference:
    tally = outcome.tally(corpus.file.label)
    return CorpusReference(
        role=corpus.file.role,
        file=corpus.file.label,
        format=corpus.file.format,
        sha256=corpus.sha256,
        rows=tally.rows,
        accepted=tally.accepted,
        rejected=tally.rejected,
        tags=split_set(corpus.file.tags),
    )


def _changes(root: Path, partial: Path) -> ChangesSince | None:
    """What the release changes against the one that is served, if that can be read."""
    served = current_release(root)
    try:
        return changes_since(served, partial) if served is not None else None
    except ReleaseError:
        return None
