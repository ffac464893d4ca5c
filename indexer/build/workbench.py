"""What the stages of a build share: who parses, who embeds, what was seen, what can be reused."""

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from indexer.build.embedding import Embedder, Embeds
from indexer.build.job import Job
from indexer.build.lookup import Lookup
from indexer.build.options import library_versions
from indexer.build.parsing import StructureParser
from indexer.build.ray_driver import EncoderRecipe, RayCluster, RayEmbedder, RayPool, absolute_source
from indexer.build.report import StageClock
from indexer.build.reuse import PreviousRelease, Recipe, find_reusable
from indexer.build.workers import ParsePool
from indexer.tags import TagCounts


@dataclass(frozen=True, slots=True)
class Workbench:
    """Parsing, embedding and lookups of one build, and where it counts time, rows and tags.

    `text_rows`: texts that are worth embedding at once. `previous`: the release that unchanged rows are reused from, if
    any; `not_reused` says why there is none.
    """

    pool: ParsePool | RayPool
    embedder: Embeds
    lookup: Lookup
    previous: PreviousRelease | None
    not_reused: str | None
    clock: StageClock
    tags: TagCounts
    shard_rows: int
    text_rows: int
    progress: bool

    @contextmanager
    def bar(self, what: str, total: int | None) -> Iterator["tqdm[Any]"]:
        """A progress bar over corpus rows, on standard error; silent if not wanted."""
        with tqdm(total=total, desc=what, unit=" rows", smoothing=0.05, disable=not self.progress) as bar:
            yield bar


def open_workbench(stack: ExitStack, job: Job, parser: StructureParser, clock: StageClock) -> Workbench:
    """Open all that a build works with; `stack` closes it."""
    lookup = stack.enter_context(closing(Lookup(job.work / "lookup.sqlite")))
    previous, not_reused = _find_reusable(job, parser, clock)
    if previous is not None:
        stack.enter_context(closing(previous))
    pool, embedder = _driver(job, parser, clock)
    stack.enter_context(pool)
    rows = job.options.shard_rows
    return Workbench(
        pool=pool,
        embedder=embedder,
        lookup=lookup,
        previous=previous,
        not_reused=not_reused,
        clock=clock,
        tags=TagCounts(),
        shard_rows=rows,
        text_rows=rows * pool.ahead if isinstance(pool, RayPool) else rows,
        progress=job.options.progress,
    )


def _find_reusable(job: Job, parser: StructureParser, clock: StageClock) -> tuple[PreviousRelease | None, str | None]:
    if not job.options.reuse:
        return None, None
    recipe = Recipe.of(
        job.reference.digest,
        job.reference.feature_version,
        job.checkpoint.encoder.dim,
        job.options.content_options(),
        library_versions(job.options.standardize),
    )
    with clock.measure("reuse"):
        return find_reusable(job.options.out, recipe, parser, _embedder(job, StageClock()))


def _embedder(job: Job, clock: StageClock) -> Embedder:
    return Embedder(job.checkpoint.encoder, job.options.batch_size, clock, job.options.device)


def _driver(job: Job, parser: StructureParser, clock: StageClock) -> tuple[ParsePool | RayPool, Embeds]:
    """Who parses and embeds: processes of this machine and this one, or a Ray cluster."""
    options = job.options
    if options.driver == "local":
        return ParsePool(parser, job.workers, options.row_seconds), _embedder(job, clock)
    import torch

    recipe = EncoderRecipe(
        source=absolute_source(options.checkpoint),
        digest=job.checkpoint.digest,
        batch_size=options.batch_size,
        device=options.device,
        threads=torch.get_num_threads(),
    )
    cluster = RayCluster(parser, options.row_seconds, recipe, clock)
    return RayPool(cluster, options.shard_rows), RayEmbedder(cluster, job.checkpoint.encoder.dim, clock)
