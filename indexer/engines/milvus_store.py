"""Collections of vectors in Milvus, through pymilvus: fill, search, point an alias at, drop.

A collection has the fields `row` (the row of the release, its primary key), `vector`, and the columns of its side if
the release has them. Vectors are compared by inner product, which for unit vectors is the cosine.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Rows, Vectors
from indexer.engines.milvus_settings import MilvusError, MilvusSettings

ROW = "row"
VECTOR = "vector"
# A server accepts messages of up to 64 MiB; one import step takes a quarter of that.
_STEP_BYTES = 16 << 20
# Maximum number of hits that Milvus returns for one query, and number requested in one message (12 bytes each).
MAX_HITS = 16_384
_HITS_PER_MESSAGE = 1 << 18
_QUERIES_PER_MESSAGE = 1024
# Interval between questions for the progress of an index.
_LITE_TRIES = 4
_INDEX_POLL_SECONDS = 0.5

# NumPy type of a column: Milvus type.
_TYPES = {"<f8": "DOUBLE", "<i2": "INT16", "<i4": "INT32"}

Read = Callable[[int, int], Mapping[str, NDArray[np.generic]]]

_log = logging.getLogger("molseek.indexer")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Rows that were found for a query, int64 `(hits,)`, and the lowest of their inner products as Milvus has it."""

    rows: Rows
    worst: float


class MilvusStore:
    """A connection. Safe to use from several threads at once."""

    def __init__(self, settings: MilvusSettings) -> None:
        """Connect. Raises MilvusError, for a missing extra too."""
        self._settings = settings
        if not settings.uri:
            raise MilvusError(
                "the engine milvus needs an address: --milvus-uri or the variable MOLSEEK_MILVUS_URI, "
                "http://host:19530 or ./file.db"
            )
        try:
            from pymilvus import MilvusClient
        except ImportError as error:
            raise MilvusError(f"the engine milvus needs an extra: pip install -e '.[milvus]' ({error})") from None
        # pymilvus logs every error with a traceback before raising it; the caller decides what is reported.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        token = settings.token.get_secret_value() if settings.token else ""
        with self._errors("cannot be reached"):
            self._client = MilvusClient(
                settings.uri, token=token, db_name=settings.database, timeout=settings.timeout_seconds
            )

    @contextmanager
    def _errors(self, problem: str) -> Iterator[None]:
        import grpc
        from pymilvus import MilvusException

        try:
            yield
        except MilvusException as error:
            raise MilvusError(self._message(problem, error.message)) from None
        except grpc.RpcError as error:  # the server accepts connections but does not answer
            reason = f"{error.code().name}, {error.details()}" if isinstance(error, grpc.Call) else str(error)
            raise MilvusError(self._message(problem, reason)) from None
        except (OSError, RuntimeError) as error:  # Milvus Lite, for an unusable file
            raise MilvusError(self._message(problem, str(error))) from None

    def _message(self, problem: str, reason: str) -> str:
        """One line, without whatever of the URI or token the reason repeats."""
        settings = self._settings
        shown = " ".join(str(reason).split()).replace(settings.uri, settings.address)
        if settings.token:
            shown = shown.replace(settings.token.get_secret_value(), "***")
        hint = " (a file is used by one process at a time)" if "local milvus failed" in shown else ""
        return f"Milvus at {settings.address} {problem}: {shown}{hint}"

    def count(self, collection: str, below: int | None = None) -> int | None:
        """Rows in a collection (numbered less than `below`); None if there is no such collection."""
        with self._errors(f"cannot count {collection}"):
            if not self._client.has_collection(collection, timeout=self._settings.timeout_seconds):
                return None
            found = self._client.query(
                collection,
                filter="" if below is None else f"{ROW} < {below}",
                output_fields=["count(*)"],
                consistency_level="Strong",
                timeout=self._settings.import_timeout_seconds,
            )
            return int(found[0]["count(*)"])

    def fill(
        self,
        collection: str,
        count: int,
        dim: int,
        index: Mapping[str, str | int],
        columns: Mapping[str, str],
        read: Read,
        advance: Callable[[int], object],
    ) -> None:
        """Import rows 0 … count - 1 in steps; resumes an interrupted import after its last complete step.

        Args:
            collection: made if missing.
            index: `index_type` and its parameters.
            columns: NumPy type of each column.
            read: returns the `vector`, float32 `(stop - start, dim)`, and the columns of rows `start` to `stop`.
            advance: called with the number of rows of each completed step, and of those found complete.
        """
        step = max(1, _STEP_BYTES // (4 * dim))
        patience = self._settings.import_timeout_seconds
        self._make(collection, dim, index, columns)
        starts = range(0, count, step)
        whole = self._whole_steps(collection, starts, count)
        if whole:
            advance(min(whole * step, count))
        with self._errors(f"cannot take over {collection}"):
            if whole < len(starts):  # part of a step may have arrived
                self._client.delete(collection, filter=f"{ROW} >= {whole * step}", timeout=patience)
            for start in starts[whole:]:
                stop = min(start + step, count)
                parts = read(start, stop)
                cells = {name: part if name == VECTOR else part.tolist() for name, part in parts.items()}
                rows = [{ROW: start + i, **{name: cells[name][i] for name in cells}} for i in range(stop - start)]
                self._client.insert(collection, rows, timeout=patience)
                advance(stop - start)
            self._client.flush(collection, timeout=patience)
            self._await_index(collection)
            if whole < len(starts):
                self._load_again(collection)
        found = self.count(collection)
        if found != count:
            raise MilvusError(f"Milvus at {self._settings.address} has {found} rows in {collection} after {count}")

    def _await_index(self, collection: str) -> None:
        """Wait until a collection is indexed; rows that are not are searched one by one, more exactly and slower."""
        left, since = -1, time.monotonic()
        while True:
            pending = self._client.describe_index(collection, VECTOR).get("pending_index_rows", 0)
            if not pending:
                return
            if pending != left:
                left, since = pending, time.monotonic()
            elif time.monotonic() - since > self._settings.import_timeout_seconds:
                _log.warning("Milvus has not indexed %s of the rows of %s; its recall may change", pending, collection)
                return
            time.sleep(_INDEX_POLL_SECONDS)

    def _load_again(self, collection: str) -> None:
        """Have the server search in the index rather than in what it made of the rows as they came.

        It goes on with the latter, which misses one in ten, for a dozen seconds, in which recall would be measured.
        Milvus Lite says only now that it has no such index; and it fails while it is still writing one, for a moment.
        """
        from pymilvus import MilvusException

        patience = self._settings.import_timeout_seconds
        self._client.release_collection(collection, timeout=patience)
        tries = _LITE_TRIES if self._settings.lite else 1
        for left in reversed(range(tries)):
            try:
                self._client.load_collection(collection, timeout=patience)
                break
            except MilvusException:
                if not left:
                    raise
                time.sleep(_INDEX_POLL_SECONDS)

    def _make(self, collection: str, dim: int, index: Mapping[str, str | int], columns: Mapping[str, str]) -> None:
        from pymilvus import DataType

        patience = self._settings.import_timeout_seconds
        with self._errors(f"cannot make {collection}"):
            if not self._client.has_collection(collection, timeout=patience):
                schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
                schema.add_field(ROW, DataType.INT64, is_primary=True)
                schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dim)
                for name, kept in columns.items():
                    schema.add_field(name, DataType[_TYPES[kept]])
                kind = dict(index)
                indexes = self._client.prepare_index_params()
                indexes.add_index(
                    VECTOR, index_name=VECTOR, index_type=kind.pop("index_type"), metric_type="IP", params=kind
                )
                self._client.create_collection(
                    collection, schema=schema, index_params=indexes, consistency_level="Strong", timeout=patience
                )
            self._client.load_collection(collection, timeout=patience)

    def _whole_steps(self, collection: str, starts: Sequence[int], count: int) -> int:
        """Number of leading steps that have all their rows, by binary search."""
        low, high = 0, len(starts)
        if not self.count(collection):
            return 0
        while low < high:
            middle = (low + high + 1) // 2
            stop = starts[middle] if middle < len(starts) else count
            if self.count(collection, below=stop) == stop:
                low = middle
            else:
                high = middle - 1
        return low

    def load(self, collection: str, count: int) -> None:
        """Make a collection ready for searches. MilvusError if it is missing or does not have `count` rows."""
        with self._errors(f"cannot load {collection}"):
            if self._client.has_collection(collection, timeout=self._settings.timeout_seconds):
                self._client.load_collection(collection, timeout=self._settings.import_timeout_seconds)
        found = self.count(collection)
        if found != count:
            state = "is not there" if found is None else f"has {found} rows instead of {count}"
            raise MilvusError(f"Milvus at {self._settings.address}: the collection {collection} {state}")

    def check(self, collection: str) -> None:
        """MilvusError if the server cannot search in the collection; loads it if it is not loaded."""
        from pymilvus.client.types import LoadState

        patience = self._settings.timeout_seconds
        with self._errors("is away"):
            state = self._client.get_load_state(collection, timeout=patience)["state"]
            if state == LoadState.NotLoad:  # the server was started again
                self._client.load_collection(collection, timeout=patience)
        if state == LoadState.NotExist:
            raise MilvusError(f"Milvus at {self._settings.address}: the collection {collection} is not there")
        with self._errors("is away"):  # a server that recovers calls a collection loaded before it can search in it
            self._client.query(collection, filter=f"{ROW} < 0", output_fields=["count(*)"], timeout=patience)

    def search(
        self,
        collection: str,
        queries: Vectors,
        width: int,
        condition: str = "",
        parameters: Mapping[str, str | int] | None = None,
    ) -> list[Proposal]:
        """For each query the `width` (at most MAX_HITS) rows of highest inner product; fewer where there are fewer.

        `condition`: a Milvus expression over the columns. `parameters`: of the kind of index.
        """
        at_once = max(1, min(_QUERIES_PER_MESSAGE, _HITS_PER_MESSAGE // width))
        found: list[Proposal] = []
        with self._errors(f"cannot search in {collection}"):
            for start in range(0, len(queries), at_once):
                answers = self._client.search(
                    collection,
                    data=list(queries[start : start + at_once]),
                    limit=width,
                    output_fields=[ROW],  # without it, Milvus Lite sends the vectors too
                    filter=condition,
                    search_params={"metric_type": "IP", "params": dict(parameters or {})},
                    # All rows were there when the collection was loaded; "Strong" would wait a fifth of a second for
                    # the server's next tick, to see rows that nobody adds.
                    consistency_level="Bounded",
                    timeout=self._settings.timeout_seconds,
                )
                for hits in answers:
                    rows = np.fromiter((hit[ROW] for hit in hits), np.int64, len(hits))
                    worst = min((float(hit["distance"]) for hit in hits), default=-np.inf)
                    found.append(Proposal(rows, worst))
        return found

    def point(self, alias: str, collection: str) -> None:
        """Point an alias at a collection, whatever it pointed at before."""
        patience = self._settings.timeout_seconds
        with self._errors(f"cannot switch {alias} to {collection}"):
            from pymilvus import MilvusException

            try:
                self._client.alter_alias(collection, alias, timeout=patience)
            except MilvusException:  # there is no such alias yet, or something that making one runs into as well
                self._client.create_alias(collection, alias, timeout=patience)

    def drop(self, collections: Iterable[str]) -> list[str]:
        """Drop the collections that exist, with their aliases; returns their names."""
        dropped = []
        patience = self._settings.timeout_seconds
        for collection in collections:
            with self._errors(f"cannot drop {collection}"):
                if not self._client.has_collection(collection, timeout=patience):
                    continue
                for alias in self._client.list_aliases(collection, timeout=patience)["aliases"]:
                    self._client.drop_alias(alias, timeout=patience)
                self._client.drop_collection(collection, timeout=patience)
                dropped.append(collection)
        return dropped

    def __enter__(self) -> "MilvusStore":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Disconnect. A search in progress in another thread may fail."""
        with self._errors("cannot be left"):
            self._client.close()
