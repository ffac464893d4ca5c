"""A build's structures, parsed in worker processes of `indexer.chemistry`.

A worker that dies, is late or runs out of memory is replaced, the rest of what it had is done again row by row, and the
structure that does it twice costs its own row.
"""

import os
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import cast

from indexer.build.parsing import Failure, ParsedBatch, StructureParser
from indexer.chemistry.pool import (
    WorkerCrashedError,
    WorkerLateError,
    WorkerLostError,
    WorkerPool,
    WorkerStartError,
)
from indexer.corpus.rows import RejectCode
from indexer.errors import BuildError

# What a worker may have beyond its libraries: a batch of the largest structures takes a tenth of it.
_MEMORY_MIB = 2048

_CODES: dict[type[WorkerLostError], RejectCode] = {WorkerCrashedError: "worker_crashed", WorkerLateError: "timed_out"}


class ParsePool:
    """Parses batches of structures, in `workers` processes or, with 0, here and at once.

    Processes start with the first batch. `row_seconds`: how long one structure may take in a worker. Here (with 0
    workers) nothing guards against a structure that crashes or hangs.
    """

    # Chunks parsed while another is embedded; each holds the features of its molecules (about 5 kB a molecule).
    ahead = 2

    def __init__(
        self, parser: StructureParser, workers: int, row_seconds: float = 60.0, memory_mib: int = _MEMORY_MIB
    ) -> None:
        self._parser = parser
        self._row_seconds = row_seconds
        self._pool = WorkerPool(parser, workers, memory_mib=memory_mib) if workers else None
        # A batch that fails is taken apart by a thread of these, which waits for its rows.
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="parse") if workers else None

    @property
    def replaced(self) -> int:
        """Workers that died, were late or ran out of memory, and were replaced."""
        return self._pool.replaced if self._pool is not None else 0

    def submit(self, structures: Sequence[str | None], whole: bool) -> "Future[ParsedBatch]":
        """Parse a batch some time; the result is in the order of the structures."""
        if self._pool is None or self._threads is None:
            done: Future[ParsedBatch] = Future()
            done.set_result(self._parser(structures, whole))
            return done
        return self._threads.submit(self._parse, self._pool, list(structures), whole)

    def _parse(self, pool: WorkerPool, structures: list[str | None], whole: bool) -> ParsedBatch:
        """A batch that takes longer than one row may is not given up: its rows get their time one by one."""
        try:
            try:
                return self._ask(pool, structures, whole)
            except WorkerLostError:
                return _joined([self._parse_one(pool, structure, whole) for structure in structures])
        except WorkerStartError as error:
            raise BuildError(f"{error}; finished parts are kept, run the same command again to continue") from error

    def _parse_one(self, pool: WorkerPool, structure: str | None, whole: bool) -> ParsedBatch:
        try:
            return self._ask(pool, [structure], whole)
        except WorkerLostError as error:
            code = _CODES.get(type(error), "structure_too_complex")
            return ParsedBatch([Failure(code, f"RDKit cannot process this structure: {error}.")], 0.0, 0.0)

    def _ask(self, pool: WorkerPool, structures: list[str | None], whole: bool) -> ParsedBatch:
        call = pool.submit("__call__", structures, whole, seconds=self._row_seconds, tries=1)
        return cast("ParsedBatch", call.result())

    def __enter__(self) -> "ParsePool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is None or self._threads is None:
            return
        if kind is not None:  # do not wait for batches that nobody wants any more
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._pool.close(kill=True)
        self._threads.shutdown(wait=True)
        self._pool.close()


def default_workers() -> int:
    """One process per core that this process may use, less one for the encoder in the main process; at least one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores - 1)


def _joined(parts: Sequence[ParsedBatch]) -> ParsedBatch:
    return ParsedBatch(
        [result for part in parts for result in part.results],
        sum(part.parse_seconds for part in parts),
        sum(part.featurise_seconds for part in parts),
    )
