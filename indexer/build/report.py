"""What a build did and where its time went."""

import resource
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Literal

from pydantic import BaseModel, ConfigDict

from indexer.release.manifest import ChangesSince, CorpusReference, Counts, SideIndex, SideName

Stage = Literal["read", "reuse", "parse", "featurise", "encode", "write"]
STAGES: tuple[Stage, ...] = ("read", "reuse", "parse", "featurise", "encode", "write")


class StageTime(BaseModel):
    """Busy seconds of a stage, summed over processes, and its share of all stages' busy seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Stage
    seconds: float
    share: float


class RejectExample(BaseModel):
    """One rejected row, to stand for all that were rejected with its code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    file: str
    line: int
    reason: str
    excerpt: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason} {self.excerpt}"


class BuildReport(BaseModel):
    """Written as build_report.json beside the data of a release.

    Times are those of the last run: `resumed_shards` were finished by earlier ones, and `embedded_molecules` and
    `embedded_descriptions` count what this run embedded. `wall_seconds` is from the start of reading to the end of
    writing, without loading the checkpoint. `link_conflicts`: descriptions whose id names one molecule and whose own
    structure another (they were linked by structure).

    `columns`: for each corpus file, which of its columns was taken for what. `published`: the release was to be
    published; `not_published` says why not, if too many rows were rejected. `kind` of index was asked for; `sides` says
    what was made. `reject_examples`: one row for each of the commonest codes.

    `taken_from` is the release whose unchanged rows were reused, or `not_taken_over` says why none were;
    `reused_molecules` and `reused_descriptions` count vectors that were not computed, `reused_structures` rows whose
    structure was not even parsed. `standardized` molecules are not as the corpus has them. `tags`: molecules with each
    tag, the most frequent tag first. `replaced_workers` crashed or timed out.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    release: str
    digest: str
    columns: tuple[str, ...]
    published: bool
    not_published: str | None
    counts: Counts
    kind: str
    sides: dict[SideName, SideIndex]
    tags: dict[str, int]
    corpora: tuple[CorpusReference, ...]
    rejected_by_code: dict[str, int]
    reject_examples: tuple[RejectExample, ...]
    linked_descriptions: int
    link_conflicts: int
    workers: int
    resumed_shards: int
    embedded_molecules: int
    embedded_descriptions: int
    taken_from: str | None
    not_taken_over: str | None
    reused_molecules: int
    reused_descriptions: int
    reused_structures: int
    changes: ChangesSince | None
    standardized: int
    replaced_workers: int
    load_seconds: float
    wall_seconds: float
    stages: tuple[StageTime, ...]
    molecules_per_second: float
    peak_memory_mib: float


class StageClock:
    """Adds up the busy seconds of each stage."""

    def __init__(self) -> None:
        self._seconds: defaultdict[Stage, float] = defaultdict(float)
        self.embedded: Counter[str] = Counter()
        self.resumed_shards = 0
        self.reused: Counter[str] = Counter()

    def add(self, stage: Stage, seconds: float) -> None:
        self._seconds[stage] += seconds

    def seconds(self, stage: Stage) -> float:
        """What has been added up so far."""
        return self._seconds[stage]

    @contextmanager
    def measure(self, stage: Stage) -> Iterator[None]:
        start = perf_counter()
        try:
            yield
        finally:
            self.add(stage, perf_counter() - start)

    def stages(self) -> tuple[StageTime, ...]:
        total = sum(self._seconds.values()) or 1.0
        return tuple(
            StageTime(stage=stage, seconds=round(self._seconds[stage], 4), share=round(self._seconds[stage] / total, 4))
            for stage in STAGES
        )


def peak_memory_mib() -> float:
    """Largest resident size of this process so far, in MiB (worker processes not counted)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)
