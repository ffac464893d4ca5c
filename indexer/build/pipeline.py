"""A build from end to end: corpora and a checkpoint in, a published release out.

Work goes into `work/<key>/` shard by shard and is taken up again by the next build of the same corpora with the same
checkpoint and options. The release is put together under another name, verified by opening it, and only then renamed
and published; a kill at any moment leaves whatever was served before.
"""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from indexer.build.assemble import count_entries, write_data, write_rejects
from indexer.build.description_side import build_description_shards
from indexer.build.embedding import Embedder
from indexer.build.index_stage import build_indexes
from indexer.build.lookup import Lookup
from indexer.build.molecule_side import build_molecule_shards
from indexer.build.options import BuildOptions, library_versions, work_key
from indexer.build.parsing import StructureParser
from indexer.build.ray_driver import EncoderRecipe, RayCluster, RayEmbedder, RayPool, absolute_source
from indexer.build.report import BuildReport, StageClock, peak_memory_mib
from indexer.build.reuse import Earlier, Recipe, open_earlier
from indexer.build.seal import seal
from indexer.build.shards import DescriptionEntry, FileTally, MoleculeEntry, Shard, ShardStore
from indexer.build.workbench import Workbench
from indexer.build.workers import ParsePool, default_workers
from indexer.corpus import CorpusFile, Role, open_corpus
from indexer.durable import write_text
from indexer.engines import engine_for
from indexer.errors import BuildError, ReleaseError
from indexer.locks import exclusive
from indexer.release.diff import changes_since
from indexer.release.manifest import (
    REPORT,
    SCHEMA_VERSION,
    ChangesSince,
    CheckpointReference,
    CorpusReference,
    Counts,
    Manifest,
)
from indexer.release.opened import REJECTS, RELEASES, current_release
from indexer.release.publish_rules import PublishRules
from indexer.release.publishing import PARTIAL, new_stamp, publish, remove_partial_releases
from indexer.tags import TagCounts, split_set
from model.checkpoint import Checkpoint, load_checkpoint
from model.checkpoint.info import CheckpointError
from model.inputs.features import FEATURE_VERSION

__all__ = ["BuildOptions", "BuildReport", "build_release"]

# A worker takes a second or more to start; below this many corpus bytes it never pays.
_WORKERS_FROM_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class _Corpus:
    """A corpus file with its digest and roughly how many rows it has."""

    file: CorpusFile
    sha256: str
    rows: int | None


def build_release(options: BuildOptions) -> BuildReport:
    """Build a release, verify and (unless told otherwise) publish it.

    Raises:
        CorpusError: a corpus file cannot be used as a whole.
        ReleaseError: the release is there, but does not fit beside the one that is served, so it was not published.
        BuildError: nothing was left to index, or a worker died; nothing was published.
        LockedError: another build into the same directory is under way.
        CheckpointError: the checkpoint cannot be loaded.
        ValueError: an engine or a kind that there is not.
    """
    engine_for(options.index)
    files = _open_files(options)
    with exclusive(options.out, "build"):
        remove_partial_releases(options.out)
        start = perf_counter()
        checkpoint = _load(options)
        load_seconds = perf_counter() - start
        return _Build(options, files, checkpoint, load_seconds).run()


def _load(options: BuildOptions) -> Checkpoint:
    try:
        return load_checkpoint(options.checkpoint, device=options.device)
    except CheckpointError:
        raise
    except (AssertionError, RuntimeError) as error:  # what torch raises for a device that it does not have
        raise BuildError(f"device {options.device!r} cannot be used: {error}") from error


def _open_files(options: BuildOptions) -> list[CorpusFile]:
    """All corpus files, looked at before anything costly is done; those with the same base name told apart."""
    opened: list[CorpusFile] = []
    tags = options.tags or ((),) * len(options.molecules)
    sources: list[tuple[Role, str | Path, tuple[str, ...]]]
    sources = [("molecules", source, own) for source, own in zip(options.molecules, tags, strict=True)]
    sources += [("descriptions", source, ()) for source in options.descriptions]
    for role, source, own in sources:
        file = open_corpus(source, role, options.limits, options.columns, tags=own)
        same = sum(other.path.name == file.path.name for other in opened)
        opened.append(replace(file, label=f"{file.label}#{same + 1}") if same else file)
    return opened


class _Build:
    """One run of one build; holds what its steps share."""

    def __init__(
        self, options: BuildOptions, files: Sequence[CorpusFile], checkpoint: Checkpoint, load_seconds: float
    ) -> None:
        self._options = options
        self._root = options.out
        self._checkpoint = checkpoint
        self._load_seconds = load_seconds
        # The version that texts and structures are read with now: a checkpoint may be of an earlier one.
        self._reference = CheckpointReference(
            name=checkpoint.name, digest=checkpoint.digest, feature_version=FEATURE_VERSION
        )
        self._corpora = [_Corpus(file, *file.digest_and_count()) for file in files]
        corpora = [(c.file.role, c.file.label, c.sha256, c.file.tags) for c in self._corpora]
        key = work_key(options, self._reference, corpora)
        self._work = options.out / "work" / key
        # There while this process parses by itself. Found by the next run: a structure may have crashed this one.
        self._parsing_here = self._work / "parsing-here"
        self._clock = StageClock()
        self._tags = TagCounts()
        self._workers = self._choose_workers()
        self._taken_from: str | None = None
        self._not_taken_over: str | None = None
        self._replaced_workers = 0

    def run(self) -> BuildReport:
        start = perf_counter()
        self._work.mkdir(parents=True, exist_ok=True)
        if self._workers == 0:
            self._parsing_here.touch()
        molecules, descriptions = self._make_shards()
        self._parsing_here.unlink(missing_ok=True)
        shards = [*molecules, *descriptions]
        self._check_not_empty(molecules, descriptions, shards)
        with self._clock.measure("write"):
            path, manifest = self._write_release(molecules, descriptions, shards)
        report = self._report(manifest, descriptions, shards, perf_counter() - start)
        write_text(path / REPORT, report.model_dump_json(indent=2) + "\n")
        shutil.rmtree(self._work, ignore_errors=True)
        if self._options.publish:
            publish(self._root, path.name, verified=True, rules=None if self._options.force else PublishRules())
        return report

    def _choose_workers(self) -> int:
        if self._options.workers is not None:
            return self._options.workers
        size = sum(corpus.file.path.stat().st_size for corpus in self._corpora)
        return default_workers() if size >= _WORKERS_FROM_BYTES or self._parsing_here.exists() else 0

    def _make_shards(self) -> tuple[list[Shard], list[Shard]]:
        encoder = self._checkpoint.encoder
        parser = StructureParser(self._options.limits.structure, encoder.featurizer, self._options.standardize)
        lookup = Lookup(self._work / "lookup.sqlite")
        earlier = self._open_earlier(parser)
        try:
            pool, embedder = self._driver(parser)
            with pool:
                bench = Workbench(
                    pool=pool,
                    embedder=embedder,
                    lookup=lookup,
                    earlier=earlier,
                    clock=self._clock,
                    tags=self._tags,
                    shard_rows=self._options.shard_rows,
                    ahead=pool.ahead,
                    progress=self._options.progress,
                )
                molecules = build_molecule_shards(
                    bench,
                    self._files("molecules"),
                    ShardStore(self._work / "molecules", MoleculeEntry),
                    self._total("molecules"),
                )
                descriptions = build_description_shards(
                    bench,
                    molecules,
                    self._files("descriptions"),
                    ShardStore(self._work / "descriptions", DescriptionEntry),
                    self._total("descriptions"),
                )
                self._replaced_workers = pool.replaced
        finally:
            lookup.close()
            if earlier is not None:
                earlier.close()
        return molecules, descriptions

    def _driver(self, parser: StructureParser) -> tuple[ParsePool, Embedder] | tuple[RayPool, RayEmbedder]:
        """Who parses and embeds: processes of this machine and this one, or a Ray cluster."""
        options, checkpoint = self._options, self._checkpoint
        if options.driver == "local":
            return ParsePool(parser, self._workers, options.row_seconds), self._embedder(self._clock)
        import torch

        recipe = EncoderRecipe(
            source=absolute_source(options.checkpoint),
            digest=checkpoint.digest,
            batch_size=options.batch_size,
            device=options.device,
            threads=torch.get_num_threads(),
        )
        cluster = RayCluster(parser, options.row_seconds, recipe, self._clock)
        return RayPool(cluster, options.shard_rows), RayEmbedder(cluster, checkpoint.encoder.dim, self._clock)

    def _embedder(self, clock: StageClock) -> Embedder:
        return Embedder(self._checkpoint.encoder, self._options.batch_size, clock, self._options.device)

    def _open_earlier(self, parser: StructureParser) -> Earlier | None:
        """The release that unchanged rows are taken over from, if there is one that fits."""
        if not self._options.reuse:
            return None
        recipe = Recipe.of(
            self._reference.digest,
            self._reference.feature_version,
            self._checkpoint.encoder.dim,
            self._options.content_options(),
            library_versions(),
        )
        with self._clock.measure("reuse"):
            earlier, self._not_taken_over = open_earlier(self._root, recipe, parser, self._embedder(StageClock()))
        self._taken_from = earlier.name if earlier is not None else None
        return earlier

    def _files(self, role: Role) -> list[CorpusFile]:
        return [corpus.file for corpus in self._corpora if corpus.file.role == role]

    def _total(self, role: Role) -> int | None:
        """Rows to expect for the progress bar, if all files tell."""
        counts = [corpus.rows for corpus in self._corpora if corpus.file.role == role]
        known = [count for count in counts if count is not None]
        return sum(known) if known and len(known) == len(counts) else None

    def _tally(self, shards: Sequence[Shard], label: str) -> FileTally:
        total = FileTally()
        for shard in shards:
            total = total.plus(shard.summary.tallies.get(label, FileTally()))
        return total

    def _check_not_empty(
        self, molecules: Sequence[Shard], descriptions: Sequence[Shard], shards: Sequence[Shard]
    ) -> None:
        """Raise a BuildError if no molecule, or nothing of the description files, can be used."""
        described = self._files("descriptions")
        of_files = sum(self._tally(descriptions, file.label).accepted for file in described)
        repeated = any(r.code == "duplicate_description" for shard in descriptions for r in shard.rejects())
        if count_entries(molecules) and (of_files or repeated or not described):
            return
        role: Role = "descriptions" if count_entries(molecules) else "molecules"
        files = self._files(role)
        names = ", ".join(str(file.path) for file in files)
        rows = sum(self._tally(shards, file.label).rows for file in files)
        if rows == 0:
            raise BuildError(f"{names}: there are no rows, only a header")
        rejects = self._work / REJECTS
        write_rejects(rejects, (reject for shard in shards for reject in shard.rejects()))
        reasons = Counter(reject.code for shard in shards for reject in shard.rejects()).most_common(3)
        shown = ", ".join(f"{count:,} × {code}" for code, count in reasons)
        raise BuildError(f"{names}: all {rows:,} rows were rejected ({shown}); see {rejects}")

    def _write_release(
        self, molecules: Sequence[Shard], descriptions: Sequence[Shard], shards: Sequence[Shard]
    ) -> tuple[Path, Manifest]:
        """Put the release together under a partial name, verify it, and give it its own name."""
        created = datetime.now(UTC)
        stamp = new_stamp(self._root, created)
        partial = self._root / RELEASES / f"{stamp}-{self._work.name[:8]}{PARTIAL}"
        partial.mkdir(parents=True)
        standardized = write_data(partial, molecules, descriptions, self._checkpoint.encoder.dim)
        sides = build_indexes(
            partial, self._options.index, self._options.device, self._options.memory, self._options.biases
        )
        corpora = tuple(self._reference_of(corpus, shards) for corpus in self._corpora)
        counts = Counts(
            molecules=count_entries(molecules),
            descriptions=count_entries(descriptions),
            rejected=sum(corpus.rejected for corpus in corpora),
            dropped_texts=sum(self._tally(shards, corpus.file.label).dropped_texts for corpus in self._corpora),
            standardized=standardized,
        )
        draft = Manifest(
            schema_version=SCHEMA_VERSION,
            release="",
            created=f"{created:%Y-%m-%dT%H:%M:%SZ}",
            digest="",
            corpora=corpora,
            checkpoint=self._reference,
            counts=counts,
            tags=self._tags.by_tag(),
            engine=self._options.index.engine,
            kind=sides["molecules"].kind,
            parameters=sides["molecules"].parameters,
            sides=sides,
            metric="cosine",
            dim=self._checkpoint.encoder.dim,
            options=self._options.content_options(),
            versions=library_versions(),
            files={},
            sizes={},
            changes=self._changes(partial),
        )
        return seal(self._root, partial, stamp, draft)

    def _changes(self, partial: Path) -> ChangesSince | None:
        """What the release changes against the one that is served, if that can be read."""
        served = current_release(self._root)
        try:
            return changes_since(served, partial) if served is not None else None
        except ReleaseError:
            return None

    def _reference_of(self, corpus: _Corpus, shards: Sequence[Shard]) -> CorpusReference:
        tally = self._tally(shards, corpus.file.label)
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

    def _report(
        self, manifest: Manifest, descriptions: Sequence[Shard], shards: Sequence[Shard], wall: float
    ) -> BuildReport:
        embedded = self._clock.embedded
        return BuildReport(
            release=manifest.release,
            digest=manifest.digest,
            published=self._options.publish,
            counts=manifest.counts,
            tags=manifest.tags,
            corpora=manifest.corpora,
            rejected_by_code=dict(Counter(r.code for shard in shards for r in shard.rejects()).most_common()),
            linked_descriptions=sum(e.molecule_row is not None for shard in descriptions for e in shard.descriptions()),
            link_conflicts=sum(shard.summary.link_conflicts for shard in descriptions),
            workers=self._workers,
            resumed_shards=self._clock.resumed_shards,
            embedded_molecules=embedded["molecules"],
            embedded_descriptions=embedded["descriptions"],
            taken_from=self._taken_from,
            not_taken_over=self._not_taken_over,
            reused_molecules=self._clock.reused["molecules"],
            reused_descriptions=self._clock.reused["descriptions"],
            reused_structures=self._clock.reused["structures"],
            changes=manifest.changes,
            standardized=manifest.counts.standardized,
            replaced_workers=self._replaced_workers,
            load_seconds=round(self._load_seconds, 3),
            wall_seconds=round(wall, 3),
            stages=self._clock.stages(),
            molecules_per_second=round(embedded["molecules"] / wall, 1) if wall else 0.0,
            peak_memory_mib=peak_memory_mib(),
        )
