"""What the rows of a build have become: its shards, counted."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from indexer.build.assemble import count_entries, write_rejects
from indexer.build.job import Job
from indexer.build.shards import FileTally, Shard
from indexer.corpus import Reject, Role
from indexer.errors import BuildError
from indexer.release.opened import REJECTS
from indexer.tags import TagCounts

_MOST_REASONS = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """All shards of a build. `reused`: name of the release that unchanged rows come from, or `not_reused`: why none."""

    molecules: Sequence[Shard]
    descriptions: Sequence[Shard]
    tags: TagCounts
    reused: str | None
    not_reused: str | None
    replaced_workers: int

    @property
    def shards(self) -> list[Shard]:
        return [*self.molecules, *self.descriptions]

    def rejects(self) -> Iterator[Reject]:
        return (reject for shard in self.shards for reject in shard.rejects())

    def tally(self, label: str) -> FileTally:
        """How the rows of one corpus file fared."""
        total = FileTally()
        for shard in self.shards:
            total = total.plus(shard.summary.tallies.get(label, FileTally()))
        return total


def check_not_empty(job: Job, outcome: Outcome) -> None:
    """Raise a BuildError if no molecule, or nothing of the description files, can be used."""
    described = job.files("descriptions")
    accepted = sum(outcome.tally(file.label).accepted for file in described)
    repeated = any(r.code == "duplicate_description" for shard in outcome.descriptions for r in shard.rejects())
    if count_entries(outcome.molecules) and (accepted or repeated or not described):
        return
    role: Role = "descriptions" if count_entries(outcome.molecules) else "molecules"
    files = job.files(role)
    names = ", ".join(str(file.path) for file in files)
    rows = sum(outcome.tally(file.label).rows for file in files)
    if rows == 0:
        raise BuildError(f"{names}: there are no rows, only a header")
    rejects = job.work / REJECTS
    write_rejects(rejects, outcome.rejects())
    reasons = Counter(reject.code for reject in outcome.rejects()).most_common(_MOST_REASONS)
    shown = ", ".join(f"{count:,} × {code}" for code, count in reasons)
    columns = "; ".join(file.columns_line() for file in files)
    all_rows = "the only row was" if rows == 1 else f"all {rows:,} rows were"
    raise BuildError(f"{names}: {all_rows} rejected ({shown}); see {rejects}. Columns of {columns}")
