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
    """Rows number `number * shard_rows` and following of the corpus: a shard in the making."""

    number: int
    rows: list[Row | Reject]


@dataclass(frozen=True, slots=True)
class Pending:
    """A chunk on its way: its shard if an earlier run has finished it, else its structures, known or being parsed.

    `known` has one entry a row; `tasks` are the structures of the rows that have one and are not known, in order.
    """

    chunk: Chunk
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
        for row, known in zip(self.chunk.rows, self.known, strict=True):
            wanted = isinstance(row, Row) and row.structure is not None and known is None
            yield row, next(new) if wanted else known


def read_chunks(files: Sequence[CorpusFile], shard_rows: int, first: int, clock: StageClock) -> Iterator[Chunk]:
    """The rows of all files in chunks of `shard_rows`, numbered from `first`; chunks do not care for file borders."""
    number = first
    stream = (row for file in files for row in file.rows())
    while True:
        with clock.measure("read"):
            rows = list(islice(stream, shard_rows))
        if not rows:
            break
        yield Chunk(number, rows)
        number += 1
    for file in files:
        file.check_unchanged()


def parse_ahead(bench: Workbench, chunks: Iterable[Chunk], store: ShardStore, whole: bool) -> Iterator[Pending]:
    """The chunks in order, each with its finished shard or its parsing started some chunks before it is needed."""
    waiting: deque[Pending] = deque()
    for chunk in chunks:
        shard = store.find(chunk.number)
        if shard is not None:
            bench.clock.resumed_shards += 1
            waiting.append(Pending(chunk, shard, [], []))
        else:
            waiting.append(_begin(bench, chunk, whole))
        if len(waiting) > bench.ahead:
            yield waiting.popleft()
    yield from waiting


def _begin(bench: Workbench, chunk: Chunk, whole: bool) -> Pending:
    structures = [row.structure if isinstance(row, Row) else None for row in chunk.rows]
    known: list[Known | None] = [None] * len(structures)
    if bench.earlier is not None:
        with bench.clock.measure("reuse"):
            known = bench.earlier.structures(structures)
        bench.clock.reused["structures"] += sum(one is not None for one in known)
    new = [text for text, one in zip(structures, known, strict=True) if text is not None and one is None]
    return Pending(chunk, None, known, [bench.pool.submit(part, whole) for part in _parts(new)])


def _parts(structures: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(structures), _TASK):
        yield structures[start : start + _TASK]


def tally(rows: Sequence[Row | Reject], rejects: Iterable[Reject]) -> dict[str, FileTally]:
    """Counts per file of a chunk's rows, given its rejects (of whole rows, and of descriptions of kept molecules)."""
    total = Counter(row.file for row in rows)
    dropped = {id(row.dropped_text) for row in rows if isinstance(row, Row) and row.dropped_text}
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
