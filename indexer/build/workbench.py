"""What the two sides of a build share."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tqdm import tqdm

from indexer.build.embedding import Embedder
from indexer.build.lookup import Lookup
from indexer.build.ray_driver import RayEmbedder, RayPool
from indexer.build.report import StageClock
from indexer.build.reuse import Earlier
from indexer.build.workers import ParsePool
from indexer.tags import TagCounts


@dataclass(frozen=True, slots=True)
class Workbench:
    """Parsing, embedding and lookups of one build, what it can take over, and where it writes down time and tags.

    `ahead`: chunks of `shard_rows` rows that are parsed while another is embedded.
    """

    pool: ParsePool | RayPool
    embedder: Embedder | RayEmbedder
    lookup: Lookup
    earlier: Earlier | None
    clock: StageClock
    tags: TagCounts
    shard_rows: int
    ahead: int
    progress: bool

    @property
    def text_rows(self) -> int:
        """Texts that are worth being embedded at once."""
        return self.shard_rows if isinstance(self.pool, ParsePool) else self.shard_rows * self.ahead

    @contextmanager
    def bar(self, what: str, total: int | None) -> Iterator["tqdm[Any]"]:
        """A progress bar over corpus rows, on standard error; silent if not wanted."""
        with tqdm(total=total, desc=what, unit=" rows", smoothing=0.05, disable=not self.progress) as bar:
            yield bar
