"""Parsing and embedding on the machines of a Ray cluster, through Ray Data.

Rows are read, accepted and written into shards here, in order. Spread over the cluster is a stream of pieces, each some
hundred structures or texts: CPU actors parse and featurise structures (each in a worker process of its own, see
`indexer.build.workers`), then actors that have loaded the checkpoint once encode them. Vectors depend on the input
alone (`indexer.build.embedding`), so shards and digests are those of a build on one machine of the same kind.

Pieces go out in waves: rows that wait here are bounded by a wave, what is on its way by Ray's limits on its object
store.
"""

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from indexer.build.embedding import Embedder, Encoded, Vectors
from indexer.build.parsing import ParsedBatch, ParsedMolecule, StructureParser
from indexer.build.report import StageClock
from indexer.build.workers import ParsePool
from indexer.errors import BuildError
from model.counts import counted
from model.inputs.features import MoleculeFeatures

# Starting encoders takes seconds, rows that wait here about a kilobyte each.
_WAVE_ROWS = 262_144
_PIECE_TEXTS = 256
_NUMBER, _PAYLOAD = "number", "payload"
_Batch = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class _Parcel:
    """Something on its way; wrapped, so that Ray carries it whole instead of making a table of it."""

    content: object


@dataclass(frozen=True, slots=True)
class EncoderRecipe:
    """All that an actor needs to encode as the driver would; `digest` is that of the checkpoint that it must find."""

    source: str
    digest: str
    batch_size: int
    device: str
    threads: int


class _Parse:
    """An actor of the CPU stage: structures in, parsed and featurised molecules out."""

    def __init__(self, parser: StructureParser, row_seconds: float) -> None:
        self._pool = ParsePool(parser, 1, row_seconds)

    def __call__(self, batch: _Batch) -> _Batch:
        return _each(batch, self._parse)

    def _parse(self, task: tuple[list[str], bool]) -> ParsedBatch:
        structures, whole = task
        return self._pool.submit(structures, whole).result()


class _Encode:
    """An actor of the encoding stage; a GPU of its own if the device is one."""

    def __init__(self, recipe: EncoderRecipe) -> None:
        import torch

        from model.checkpoint import load_checkpoint

        torch.set_num_threads(recipe.threads)
        checkpoint = load_checkpoint(recipe.source, device=recipe.device)
        if checkpoint.digest != recipe.digest:
            raise BuildError(f"{recipe.source} is another checkpoint on one of the machines ({checkpoint.digest})")
        self._clock = StageClock()
        self._embedder = Embedder(checkpoint.encoder, recipe.batch_size, self._clock, recipe.device)

    def __call__(self, batch: _Batch) -> _Batch:
        return _each(batch, self._encode)

    def _encode(self, piece: ParsedBatch | list[str]) -> tuple[ParsedBatch | Vectors, float]:
        before = self._clock.seconds("encode")
        made: ParsedBatch | Vectors
        if isinstance(piece, ParsedBatch):
            results = list(piece.results)
            rows = [row for row, one in enumerate(results) if isinstance(one, ParsedMolecule)]
            features = [one.features for one in results if isinstance(one, ParsedMolecule)]
            vectors = self._embedder.molecules([one for one in features if not isinstance(one, Encoded)])
            for row, vector in zip(rows, vectors, strict=True):
                one = results[row]
                assert isinstance(one, ParsedMolecule)
                results[row] = replace(one, features=Encoded(vector.copy()))
            made = replace(piece, results=results)
        else:
            made = self._embedder.texts(piece)
        return made, self._clock.seconds("encode") - before


class RayCluster:
    """A connection to Ray, and the two pools that a build wants of it.

    Joins the cluster that the variable RAY_ADDRESS names or that this process is in; without one, starts Ray here.
    """

    def __init__(self, parser: StructureParser, row_seconds: float, recipe: EncoderRecipe, clock: StageClock) -> None:
        """Raises BuildError if Ray is not installed or cannot be joined."""
        self._ray = _import_ray()
        self._started = not self._ray.is_initialized()
        if self._started:
            try:
                self._ray.init(include_dashboard=False, log_to_driver=False, logging_level="warning")
            except (OSError, RuntimeError, ValueError) as error:
                raise BuildError(f"Ray cannot be started or joined: {_line(error)}") from error
        context = self._ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.execution_options.preserve_order = True
        nodes = [node["Resources"].get("CPU", 0) for node in self._ray.nodes() if node["Alive"]]
        self._cores = int(sum(nodes))
        if self._cores < 2:
            raise BuildError(
                f"the Ray cluster has {counted(self._cores, 'core')}; at least 2 are needed, to parse and to encode"
            )
        # As many threads as here, so that sums are taken in the same way, where a machine of the cluster has them.
        threads = max(1, min(recipe.threads, int(max(nodes)), self._cores - 1))
        self._recipe = replace(recipe, threads=threads)
        self._parser, self._row_seconds, self._clock = parser, row_seconds, clock

    @property
    def cores(self) -> int:
        """Of all machines together."""
        return self._cores

    def parse_and_encode(self, tasks: Sequence[tuple[list[str], bool]]) -> Iterator[ParsedBatch]:
        """Results of (structures, whole) in order; molecules are encoded where `whole`."""
        if not tasks:
            return
        pieces = self._dataset(tasks).map_batches(
            _Parse,
            fn_constructor_args=(self._parser, self._row_seconds),
            compute=self._ray.data.ActorPoolStrategy(min_size=1, max_size=self._cores),
            batch_size=1,
            num_cpus=1,
        )
        if not any(whole for _, whole in tasks):
            for batch in self._results(pieces):
                yield cast("ParsedBatch", batch)
            return
        for made, seconds in self._results(self._encoding(pieces)):
            self._clock.add("encode", seconds)
            yield made

    def encode(self, texts: Sequence[list[str]]) -> Iterator[Vectors]:
        """The vectors of each list of texts, in order: float32 `(texts, dim)`."""
        for made, seconds in self._results(self._encoding(self._dataset(texts))):
            self._clock.add("encode", seconds)
            yield made

    def _dataset(self, items: Sequence[object]) -> Any:
        rows = [{_NUMBER: number, _PAYLOAD: _Parcel(item)} for number, item in enumerate(items)]
        return self._ray.data.from_items(rows, override_num_blocks=len(rows))

    def _encoding(self, pieces: Any) -> Any:
        on_gpu = self._recipe.device.startswith("cuda")
        gpus = int(self._ray.cluster_resources().get("GPU", 0))
        most = max(1, gpus if on_gpu else self._cores // (self._recipe.threads + 1))
        return pieces.map_batches(
            _Encode,
            fn_constructor_args=(self._recipe,),
            compute=self._ray.data.ActorPoolStrategy(min_size=1, max_size=most),
            batch_size=1,
            num_cpus=1 if on_gpu else self._recipe.threads,
            num_gpus=1 if on_gpu else 0,
        )

    def _results(self, dataset: Any) -> Iterator[Any]:
        expected = 0
        try:
            for batch in dataset.iter_batches(batch_size=1, batch_format="numpy"):
                if int(batch[_NUMBER][0]) != expected:
                    raise BuildError(f"Ray gave piece {batch[_NUMBER][0]} where {expected} was due")
                expected += 1
                yield batch[_PAYLOAD][0].content
        except self._ray.exceptions.RayError as error:
            raise BuildError(
                f"a machine of the Ray cluster could not do its part; finished parts are kept ({_line(error)})"
            ) from error

    def close(self) -> None:
        """Leave; ends Ray if it was started for this build."""
        if self._started:
            self._ray.shutdown()


class RayPool:
    """A `ParsePool` on the cluster: batches that are waited for are sent with all that wait."""

    replaced = 0

    def __init__(self, cluster: RayCluster, shard_rows: int) -> None:
        self.ahead = max(2, _WAVE_ROWS // shard_rows)
        self._cluster = cluster
        self._waiting: deque[tuple[_Task, list[str], bool]] = deque()
        self._sent: deque[_Task] = deque()
        self._results: Iterator[ParsedBatch] = iter(())

    def submit(self, structures: Sequence[str | None], whole: bool) -> "Future[ParsedBatch]":
        """Parse a batch some time, and encode it where `whole`; the result is in the order of the structures."""
        task = _Task(self)
        self._waiting.append((task, [structure or "" for structure in structures], whole))
        return task

    def advance(self) -> None:
        """Finish the oldest batch that is not finished."""
        if not self._sent:
            self._results = self._cluster.parse_and_encode([(texts, whole) for _, texts, whole in self._waiting])
            self._sent.extend(task for task, _, _ in self._waiting)
            self._waiting.clear()
        task = self._sent.popleft()
        task.set_result(next(self._results))

    def __enter__(self) -> "RayPool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._results = iter(())  # ends what is still on its way
        self._cluster.close()


class _Task(Future[ParsedBatch]):
    """A batch that is worked on when somebody wants it."""

    def __init__(self, pool: RayPool) -> None:
        super().__init__()
        self._pool = pool

    def result(self, timeout: float | None = None) -> ParsedBatch:
        while not self.done():
            self._pool.advance()
        return super().result(timeout)


class RayEmbedder:
    """Embeds texts on the cluster; molecules come from there embedded."""

    def __init__(self, cluster: RayCluster, dim: int, clock: StageClock) -> None:
        self.dim = dim
        self._cluster = cluster
        self._clock = clock

    def molecules(self, features: Sequence[MoleculeFeatures]) -> Vectors:
        """Not needed: the cluster embeds molecules as it parses them (`Encoded`)."""
        raise NotImplementedError

    def texts(self, texts: Sequence[str]) -> Vectors:
        """float32 `(texts, dim)` in the order given."""
        self._clock.embedded["descriptions"] += len(texts)
        if not texts:
            return np.empty((0, self.dim), dtype=np.float32)
        pieces = [list(texts[start : start + _PIECE_TEXTS]) for start in range(0, len(texts), _PIECE_TEXTS)]
        return np.concatenate(list(self._cluster.encode(pieces)))


def absolute_source(source: str | Path) -> str:
    """A checkpoint's directory as other processes find it; bundled names and hub ids as they are."""
    return str(Path(source).resolve()) if Path(source).is_dir() else str(source)


def _each(batch: Mapping[str, NDArray[Any]], work: Any) -> _Batch:
    made = np.empty(len(batch[_PAYLOAD]), dtype=object)
    for row, parcel in enumerate(batch[_PAYLOAD]):
        made[row] = _Parcel(work(parcel.content))
    return {_NUMBER: batch[_NUMBER], _PAYLOAD: made}


def _import_ray() -> ModuleType:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray reports its use to its makers unless told not to
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise BuildError(f"--driver ray needs Ray: pip install -e '.[ray]' ({error})") from None
    module: ModuleType = ray
    return module


def _line(error: BaseException) -> str:
    """The last line of an error that may have a whole traceback of another machine in it."""
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[-1].strip() if lines else type(error).__name__
