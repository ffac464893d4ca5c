"""Corpus rows in chunks, parsed some chunks ahead of the one that is being embedded."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice

from indexer.corpus import CorpusFile, Reject, Row
from indexer.parsing import Parsed, ParsedBatch
from indexer.report import StageClock
from indexer.shards import FileTally, Shard, ShardStore
from indexer.workers import ParsePool

# Chunks parsed while another is embedded; each holds the features of `shard_rows` molecules (about 5 kB a molecule).
_AHEAD = 2
# Structures in one message to a worker.
_TASK = 128


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows number `number * shard_rows` and following of the corpus: a shard in the making."""

    number: int
    rows: list[Row | Reject]


@dataclass(frozen=True, slots=True)
class Pending:
    """A chunk on its way: its shard if an earlier run has finished it, else its structures being parsed."""

    chunk: Chunk
    shard: Shard | None
    tasks: list[Future[ParsedBatch]]

    def parsed(self, clock: StageClock) -> Iterator[tuple[Row | Reject, Parsed]]:
        """Each row with its parsed structure (None for a reject, and for a row without a structure)."""
        results: list[Parsed] = []
        for task in self.tasks:
            batch = task.result()
            clock.add("parse", batch.parse_seconds)
            clock.add("featurise", batch.featurise_seconds)
            results += batch.results
        return zip(self.chunk.rows, results, strict=True)


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


def parse_ahead(
    chunks: Iterable[Chunk], store: ShardStore, pool: ParsePool, whole: bool, clock: StageClock
) -> Iterator[Pending]:
    """The chunks in order, each with its finished shard or its parsing started some chunks before it is needed."""
    waiting: deque[Pending] = deque()
    for chunk in chunks:
        shard = store.find(chunk.number)
        if shard is not None:
            clock.resumed_shards += 1
        waiting.append(Pending(chunk, shard, [] if shard else _submit(chunk, pool, whole)))
        if len(waiting) > _AHEAD:
            yield waiting.popleft()
    yield from waiting


def _submit(chunk: Chunk, pool: ParsePool, whole: bool) -> list[Future[ParsedBatch]]:
    structures = [row.structure if isinstance(row, Row) else None for row in chunk.rows]
    return [pool.submit(structures[start : start + _TASK], whole) for start in range(0, len(structures), _TASK)]


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
