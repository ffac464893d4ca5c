"""What a build starts from: its options, the loaded checkpoint, its corpus files, and where its work is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from indexer.build.options import BuildOptions, work_key
from indexer.build.workers import default_workers
from indexer.corpus import CorpusFile, Role, open_corpus
from indexer.corpus.aliases import position_of
from indexer.corpus.values import printable
from indexer.errors import CorpusError
from indexer.release.manifest import CheckpointReference
from indexer.release.names import WORK
from indexer.store import is_store_url, local_copy
from model.checkpoint import Checkpoint, load_checkpoint
from model.inputs.features import FEATURE_VERSION

DOWNLOADS = "downloads"
"""Below the index directory: corpora that were fetched from object storage."""
# A worker takes a second or more to start; below this many corpus bytes it never pays.
_WORKERS_FROM_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus file with its digest and, if that is cheap to tell, about how many rows it has."""

    file: CorpusFile
    sha256: str
    rows: int | None


@dataclass(frozen=True, slots=True)
class Job:
    """One build. `work`: directory of its shards; the same job finds them again. `workers`: processes that parse."""

    options: BuildOptions
    checkpoint: Checkpoint
    reference: CheckpointReference
    corpora: tuple[Corpus, ...]
    work: Path
    workers: int

    def files(self, role: Role) -> list[CorpusFile]:
        return [corpus.file for corpus in self.corpora if corpus.file.role == role]

    def rows(self, role: Role) -> int | None:
        """Rows to expect, for the progress bar, if all files tell."""
        counts = [corpus.rows for corpus in self.corpora if corpus.file.role == role]
        known = [count for count in counts if count is not None]
        return sum(known) if known and len(known) == len(counts) else None

    @property
    def parsing_here(self) -> Path:
        """Exists while this process parses by itself. The next run finds it if a structure crashed this one."""
        return self.work / "parsing-here"


def make_job(options: BuildOptions, files: Sequence[CorpusFile], checkpoint: Checkpoint) -> Job:
    """Hash the corpus files and choose where the work goes and how many processes parse."""
    # The version that texts and structures are read with now: a checkpoint may be of an earlier one.
    reference = CheckpointReference(name=checkpoint.name, digest=checkpoint.digest, feature_version=FEATURE_VERSION)
    corpora = tuple(Corpus(file, *file.digest_and_count()) for file in files)
    key = work_key(options, reference, [(c.file.role, c.file.label, c.sha256, c.file.tags) for c in corpora])
    job = Job(options, checkpoint, reference, corpora, options.out / WORK / key, workers=0)
    return replace(job, workers=_workers(job))


def open_files(options: BuildOptions) -> list[CorpusFile]:
    """All corpus files, checked before anything costly is done; labels tell those with the same base name apart."""
    opened: list[CorpusFile] = []
    tags = options.tags or ((),) * len(options.molecules)
    sources: list[tuple[Role, str | Path, tuple[str, ...]]]
    sources = [("molecules", source, own) for source, own in zip(options.molecules, tags, strict=True)]
    sources += [("descriptions", source, ()) for source in options.descriptions]
    for role, source, own in sources:
        if is_store_url(str(source)):
            source = local_copy(str(source), options.out / DOWNLOADS)
        file = open_corpus(source, role, options.limits, options.columns, tags=own)
        same = sum(other.path.name == file.path.name for other in opened)
        opened.append(replace(file, label=f"{file.label}#{same + 1}") if same else file)
    _check_chosen(options, opened)
    return opened


def _check_chosen(options: BuildOptions, files: Sequence[CorpusFile]) -> None:
    """A column may be named for one of several files, but not for none: that is a slip."""
    for field, column in options.columns.items():
        if column and all(position_of(file.names, column) is None for file in files):
            there = printable(", ".join(dict.fromkeys(name for file in files for name in file.names if name)))
            raise CorpusError(
                f"no file has the column {column} (--column {field}={column}); their columns are: "
                f"{there[:1_000] or 'none'}"
            )


def load(options: BuildOptions) -> Checkpoint:
    """The checkpoint, on its device. Raises CheckpointError, for a device that cannot be used, too."""
    return load_checkpoint(options.checkpoint, device=options.device)


def _workers(job: Job) -> int:
    if job.options.workers is not None:
        return job.options.workers
    size = sum(corpus.file.path.stat().st_size for corpus in job.corpora)
    return default_workers() if size >= _WORKERS_FROM_BYTES or job.parsing_here.exists() else 0
