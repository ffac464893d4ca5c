"""Every kind of index over the same vectors, beside default FAISS, a bare matrix product and Milvus Lite."""

from __future__ import annotations

import importlib.util
import math
import multiprocessing
import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeVar

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.memory import PeakMemory
from benchmarks.million_results import Kind
from benchmarks.search import bare, plain_faiss
from benchmarks.timing import interleave
from indexer.engines import IndexSpec, VectorIndex, engine_for
from indexer.engines.approximate import ApproximateIndex
from indexer.engines.base import Rows, Vectors
from indexer.engines.files import open_vectors
from indexer.engines.recall import tune

OURS = {
    "flat float32": IndexSpec(kind="flat"),
    "flat float16": IndexSpec(kind="flat", parameters={"precision": "float16"}),
    "hnsw": IndexSpec(kind="hnsw"),
    "ivf": IndexSpec(kind="ivf"),
    "ivfpq": IndexSpec(kind="ivfpq"),
}
BATCHES = (1, 64, 256)
_K = 10
_ONE_BY_ONE = 32  # queries of the case of one at a time
_MOST_SECONDS = 60.0
_INSERT_ROWS = 5000

_Result = TypeVar("_Result")
_Search = Callable[[Vectors], Rows]


def in_a_process(call: Callable[[], _Result]) -> _Result:
    """What `call` returns, run in a new process, so that its memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(call).result()


def measure(vectors: Path, queries: Vectors, directory: Path, rounds: int, log: Callable[[str], None]) -> list[Kind]:
    """Build all kinds over `vectors` in `directory`, where those that an earlier run has made are taken from; search.

    `queries` `(n, dim)`: the first 256 are searched for, by the others searches are tuned.
    """
    made: dict[str, Kind] = {}
    for name, spec in OURS.items():
        place = directory / name.replace(" ", "-")
        done = place / "made.json"
        if not done.exists():
            log(f"  making {name}")
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            kind = in_a_process(partial(_make, name, spec, vectors, queries[BATCHES[-1] :], place))
            done.write_text(kind.model_dump_json(), encoding="utf-8")
        made[name] = Kind.model_validate_json(done.read_bytes())
    log("  searching")
    kinds = in_a_process(partial(_search_all, made, vectors, queries[: BATCHES[-1]], directory, rounds))
    if importlib.util.find_spec("milvus_lite") is None:
        log("  Milvus Lite is left out: pip install -e '.[milvus]'")
        return kinds
    log("  Milvus Lite")
    return [*kinds, in_a_process(partial(_milvus_lite, vectors, queries[: BATCHES[-1]], directory))]


def _make(name: str, spec: IndexSpec, vectors: Path, queries: Vectors, place: Path) -> Kind:
    engine = engine_for(spec)
    count, dim = open_vectors(vectors).shape
    resolved = engine.resolve(spec, count, dim)
    with PeakMemory() as memory:
        start = perf_counter()
        engine.build(vectors, place, resolved)
        seconds = perf_counter() - start
    index = engine.open(vectors, place, resolved)
    effort, parameters = "all", resolved.parameters
    if isinstance(index, ApproximateIndex):
        found = tune(index, queries)
        parameters = index.parameters.with_effort(found.effort).as_dict()
        effort = f"{found.effort} candidates" if resolved.kind == "hnsw" else f"{found.effort} lists"
    (place / "spec.json").write_text(resolved.model_copy(update={"parameters": parameters}).model_dump_json())
    stats = index.stats()
    index.close()
    return Kind(
        name=name,
        ours=True,
        build_seconds=seconds,
        build_mib=memory.mib,
        index_bytes=stats.index_bytes or stats.vector_bytes,
        recall_at_10=0.0,
        effort=effort,
        speeds={},
    )


def _search_all(made: dict[str, Kind], vectors: Path, queries: Vectors, directory: Path, rounds: int) -> list[Kind]:
    """All in the same rounds, so that what others do on the machine is the same for all."""
    indexes = {name: _opened(vectors, directory / name.replace(" ", "-")) for name in made}
    rows = open_vectors(vectors)
    kinds = dict(made)
    searches: dict[str, _Search] = {name: partial(_ours, index) for name, index in indexes.items()}
    for kind, search in _rivals(rows):
        kinds[kind.name], searches[kind.name] = kind, search
    found = {name: search(queries) for name, search in searches.items()}
    best = found["flat float32"]
    seconds: dict[str, dict[int, float]] = {name: {} for name in kinds}
    for batch in BATCHES:
        cases = {name: partial(_run, search, queries, batch) for name, search in searches.items()}
        timings = interleave(cases, rounds, perf_counter)
        for name in kinds:
            seconds[name][batch] = max(batch, _ONE_BY_ONE if batch == 1 else 0) / timings.seconds(name)
    return [
        kind.model_copy(update={"speeds": seconds[name], "recall_at_10": _recall(found[name], best)})
        for name, kind in kinds.items()
    ]


def _opened(vectors: Path, place: Path) -> VectorIndex:
    spec = IndexSpec.model_validate_json((place / "spec.json").read_bytes())
    return engine_for(spec).open(vectors, place, spec)


def _ours(index: VectorIndex, queries: Vectors) -> Rows:
    return index.search(queries, _K).rows


def _run(search: _Search, queries: Vectors, batch: int) -> None:
    if batch > 1:
        search(queries[:batch])
        return
    for position in range(_ONE_BY_ONE):
        search(queries[position : position + 1])


def _rivals(rows: Vectors) -> list[tuple[Kind, _Search]]:
    """FAISS as its documentation begins, and NumPy."""
    flat, flat_seconds, flat_mib = _built(partial(_plain_flat, rows))
    clusters, seconds, mib = _built(partial(_plain_clusters, rows))
    rivals: list[tuple[Kind, _Search]] = []

    def add(name: str, build: tuple[float, float], size: int, effort: str, search: _Search) -> None:
        kind = Kind(
            name=name,
            ours=False,
            build_seconds=build[0],
            build_mib=build[1],
            index_bytes=size,
            recall_at_10=0.0,
            effort=effort,
            speeds={},
        )
        rivals.append((kind, search))

    search = partial(_plain, flat, None)
    add("FAISS IndexFlatIP", (flat_seconds, flat_mib), rows.nbytes, "all", search)
    size = rows.nbytes + 8 * len(rows) + clusters.nlist * rows.shape[1] * 4
    for probes in (1, 16):
        search = partial(_plain, clusters, faiss.SearchParametersIVF(nprobe=probes))  # type: ignore[call-arg]
        effort = f"{probes} of {clusters.nlist} lists"
        add(f"FAISS IndexIVFFlat, nprobe {probes}", (seconds, mib), size, effort, search)
    add("NumPy, bare product", (0.0, 0.0), rows.nbytes, "all", partial(_product, rows))
    return rivals


def _built(build: Callable[[], _Result]) -> tuple[_Result, float, float]:
    with PeakMemory() as memory:
        start = perf_counter()
        index = build()
        seconds = perf_counter() - start
    return index, seconds, memory.mib


def _plain_flat(rows: Vectors) -> faiss.IndexFlatIP:
    index = faiss.IndexFlatIP(rows.shape[1])
    index.add(rows)
    return index


def _plain_clusters(rows: Vectors) -> faiss.IndexIVFFlat:
    """With four times the root of the rows as lists, the least that FAISS recommends, and all else as it comes."""
    dim = rows.shape[1]
    coarse = faiss.IndexFlatIP(dim)
    index = faiss.IndexIVFFlat(coarse, dim, max(1, round(4 * math.sqrt(len(rows)))), faiss.METRIC_INNER_PRODUCT)
    index.train(rows)
    index.add(rows)
    return index


def _plain(index: faiss.Index, params: faiss.SearchParameters | None, queries: Vectors) -> Rows:
    return plain_faiss(index, queries, _K, params)


def _product(rows: Vectors, queries: Vectors) -> Rows:
    return bare(rows, queries, _K)


def _recall(found: Rows, best: Rows) -> float:
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), best.tolist(), strict=True)]))


def _milvus_lite(vectors: Path, queries: Vectors, directory: Path) -> Kind:
    """As its documentation begins: a file, a collection with its automatic index, rows inserted, searched."""
    from pymilvus import MilvusClient

    rows = open_vectors(vectors)
    place = directory / "milvus"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    client = MilvusClient(str(place / "vectors.db"))
    with PeakMemory() as memory:
        start = perf_counter()
        client.create_collection("vectors", dimension=rows.shape[1], metric_type="IP")
        for first in range(0, len(rows), _INSERT_ROWS):
            part = np.asarray(rows[first : first + _INSERT_ROWS])
            client.insert("vectors", [{"id": first + i, "vector": vector} for i, vector in enumerate(part)])
        client.search("vectors", data=[queries[0].tolist()], limit=_K)
        seconds = perf_counter() - start

    def search(batch: Vectors) -> NDArray[np.int64]:
        found = client.search("vectors", data=batch.tolist(), limit=_K)
        return np.asarray([[hit["id"] for hit in hits] for hits in found], np.int64)

    hits = search(queries)
    best = faiss.knn(queries, rows, _K, metric=faiss.METRIC_INNER_PRODUCT)[1]
    speeds = {batch: batch / _call_seconds(partial(search, queries[:batch])) for batch in BATCHES}
    client.close()
    size = sum(path.stat().st_size for path in place.rglob("*") if path.is_file())
    shutil.rmtree(place)
    return Kind(
        name="Milvus Lite",
        ours=False,
        build_seconds=seconds,
        build_mib=memory.mib,
        index_bytes=size,
        recall_at_10=_recall(hits, best),
        effort="as it comes",
        speeds=speeds,
    )


def _call_seconds(call: Callable[[], object]) -> float:
    """Median of ten calls, or of as many as go into a minute, three at least."""
    taken: list[float] = []
    while len(taken) < 3 or (len(taken) < 10 and sum(taken) < _MOST_SECONDS):
        start = perf_counter()
        call()
        taken.append(perf_counter() - start)
    return median(taken)


def sizes_up_to(count: int, sizes: Sequence[int] = (10_000, 30_000, 100_000, 300_000)) -> list[int]:
    """Corpus sizes to measure: those below `count`, and `count`."""
    return [size for size in sizes if size < count] + [count]
