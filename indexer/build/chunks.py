"""Corpus rows in chunks, parsed some chunks ahead of the one that is being embedded."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice

from indexer.build.parsing import Known, Parsed, ParsedBatch
from indexer.build.report import StageClock
from indexer.build.shards import FileTally, Shard, ShardStore
from indexer.build.workbench import Workbench
from indexer.corpus import CorpusFile, Reject, Row

# Structures in one message to a worker.
_TASK = 128


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows `number * shard_rows` and following of the corpus: a shard in the making.

    `shard` if an earlier run has finished it. Otherwise `known` has one entry a row, and `tasks` are the structures
    that are not known, in row order, being parsed.
    """

    number: int
    rows: list[Row | Reject]
    shard: Shard | None
    known: list[Known | None]
    tasks: list[Future[ParsedBatch]]

    def parsed(self, clock: StageClock) -> Iterator[tuple[Row | Reject, Parsed]]:
        """Each row with its parsed structure (None for a reject, and for a row without a structure)."""
        results: list[Parsed] = []
        for task in self.tasks:
            batch = task.result()
            clock.add("parse", batch.parse_seconds)
            clock.add("featurise", batch.featurise_seconds)
            results += batch.results
        new = iter(results)
        for row, known in zip(self.rows, self.known, strict=True):
            wanted = isinstance(row, Row) and row.structure is not None and known is None
            yield row, next(new) if wanted else known

    def tally(self, rejects: Iterable[Reject]) -> dict[str, FileTally]:
        """Counts per file, given the rejects: of whole rows, and of descriptions and CIDs of kept molecules."""
        total = Counter(row.file for row in self.rows)
        dropped = {id(remark) for row in self.rows if isinstance(row, Row) for remark in row.remarks}
        lost = Counter((reject.file, id(reject) in dropped) for reject in rejects)
        return {
            file: FileTally(
                rows=count,
                accepted=count - lost[file, False],
                rejected=lost[file, False],
                dropped_texts=lost[file, True],
            )
            for file, count in total.items()
        }


def read_chunks(
    bench: Workbench, files: Sequence[CorpusFile], store: ShardStore, first: int, whole: bool
) -> Iterator[Chunk]:
    """The rows of all files, in order, in chunks numbered from `first` that may span files.

    The parsing of a chunk starts some chunks before it is yielded. `whole`: see `StructureParser`.
    """
    waiting: deque[Chunk] = deque()
    for number, rows in enumerate(_read(bench, files), start=first):
        shard = store.find(number)
        if shard is not None:
            bench.clock.resumed_shards += 1
            waiting.append(Chunk(number, rows, shard, [], []))
        else:
            waiting.append(_begin(bench, number, rows, whole))
        if len(waiting) > bench.pool.ahead:
            yield waiting.popleft()
    yield from waiting


def _read(bench: Workbench, files: Sequence[CorpusFile]) -> Iterator[list[Row | Reject]]:
    stream = (row for file in files for row in file.rows())
    while True:
        with bench.clock.measure("read"):
            rows = list(islice(stream, bench.shard_rows))
        if not rows:
            break
        yield rows
    for file in files:
        file.check_unchanged()


def _begin(bench: Workbench, number: int, rows: list[Row | Reject], whole: bool) -> Chunk:
    structures = [row.structure if isinstance(row, Row) else None for row in rows]
    known: list[Known | None] = [None] * len(structures)
    if bench.previous is not None:
        with bench.clock.measure("reuse"):
            known = bench.previous.structures(structures)
        bench.clock.reused["structures"] += sum(one is not None for one in known)
    new = [text for text, one in zip(structures, known, strict=True) if text is not None and one is None]
    tasks = [bench.pool.submit(new[start : start + _TASK], whole) for start in range(0, len(new), _TASK)]
    return Chunk(number, rows, None, known, tasks)
