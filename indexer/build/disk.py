"""What stops a build from writing, at any moment, is one sentence: which directory, and how many bytes it needs."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from indexer.build.common_names import common_names_source
from indexer.build.job import Corpus, Job
from indexer.build.plan import make_plan
from indexer.disk import NOTHING, WriteLimit, write_limit
from indexer.engines.base import AUTO
from indexer.engines.parameters import usable_memory
from indexer.errors import BuildError
from indexer.release.names import PARTIAL
from indexer.release.opened import RELEASES

# Bytes of a row beside its vector and its texts, as measured on the bundled corpus (2026-12-01): in a shard and in a
# release, of a molecule and of a description.
_MOLECULE = 700, 730
_DESCRIPTION = 150, 50
# In the lexicon: of any molecule; of one that the package of common names knows, and how many it knows at most.
_LEXICON_ROW = 300
_COMMON_NAMES, _MOST_COMMON = 3_100, 76_000
# The words of a text, beside the text itself, and a record of an SDF file without its coordinates.
_WORDS = 2
_SDF_TEXT = 300


@contextmanager
def write_limits_reported(job: Job) -> Iterator[None]:
    """Turn what libraries raise on a full disk and the like into a BuildError.

    Finished shards stay; a partial release goes.
    """
    try:
        yield
    except (OSError, RuntimeError, sqlite3.Error) as error:
        out = job.options.out
        limit = write_limit(error, out)
        if limit is None:
            raise
        need = _need(job, limit)
        for partial in (out / RELEASES).glob(f"*{PARTIAL}"):
            shutil.rmtree(partial, ignore_errors=True)
        raise BuildError(
            f"{out}: {limit}, and the build {need}. Finished parts are kept: {limit.remedy} and run the same command "
            "again"
        ) from error


def _need(job: Job, limit: WriteLimit) -> str:
    expected = _expected(job)
    if limit.what == "file size":
        larger = limit.largest is not None and expected.largest_file > limit.largest
        return f"writes larger ones, one of about {expected.largest_file:,}" if larger else "writes larger ones"
    free = limit.free if limit.what == "disk" else 0
    missing = expected.total - _written_bytes(job) - free
    # The corpus has longer texts or more names than most, or does not tell how many rows it has.
    certain = missing > NOTHING and all(corpus.rows is not None for corpus in job.corpora)
    return f"needs {'about' if certain else 'at least'} {max(missing, NOTHING):,} more"


@dataclass(frozen=True, slots=True)
class _Expected:
    """Bytes that a build takes at its end, when shards and release are both there, and those of its largest file."""

    total: int
    largest_file: int


def _expected(job: Job) -> _Expected:
    vector = job.checkpoint.encoder.dim * 4
    molecules = sum(corpus.rows or 0 for corpus in job.corpora if corpus.file.role == "molecules")
    descriptions = sum(corpus.rows or 0 for corpus in job.corpora if "description" in corpus.file.columns)
    texts = sum(map(_text_bytes, job.corpora))
    shards, release = (
        molecules * (vector + molecule) + descriptions * (vector + description) + texts
        for molecule, description in zip(_MOLECULE, _DESCRIPTION, strict=True)
    )
    named = min(molecules, _MOST_COMMON) if common_names_source() is not None else 0
    lexicon = molecules * _LEXICON_ROW + named * _COMMON_NAMES + texts * _WORDS
    indexes = [_index_bytes(job, count) for count in (molecules, descriptions)]
    largest = max(lexicon, max(molecules, descriptions) * vector, *indexes)
    return _Expected(shards + release + lexicon + sum(indexes), largest)


def _text_bytes(corpus: Corpus) -> int:
    size = corpus.file.path.stat().st_size
    return min(size, (corpus.rows or 0) * _SDF_TEXT) if corpus.file.format == "sdf" else size


def _index_bytes(job: Job, count: int) -> int:
    """Of the file that a kind of index writes beside the vectors."""
    spec = job.options.index
    if count < 1 or spec.engine != "faiss":
        return 0
    plan = make_plan(count, job.checkpoint.encoder.dim, job.options.memory or usable_memory())
    exact, *_ = plan.kinds
    name = plan.recommended
    if spec.kind != AUTO:
        name = f"{spec.kind} {spec.parameters.get('precision', 'float32')}" if spec.kind == "flat" else spec.kind
    chosen = next((kind for kind in plan.kinds if kind.name.startswith(name)), exact)
    return int(chosen.disk - exact.disk)


def _written_bytes(job: Job) -> int:
    places = [job.work, *(job.options.out / RELEASES).glob(f"*{PARTIAL}")]
    return sum(file.stat().st_size for place in places for file in Path(place).rglob("*") if file.is_file())
