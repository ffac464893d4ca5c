"""Flat search against a bare matrix product and the machine's limits: python -m benchmarks.search [--size 33000]."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import faiss
import numpy as np
from numpy.typing import NDArray

from benchmarks.limits import Limits, measure_with
from benchmarks.machine import describe, restart_with_threads
from benchmarks.table import Cell, Table, show
from benchmarks.timing import Timings, clock_for, clock_name, interleave
from indexer.engines import IndexSpec, VectorIndex, engine_for

Vectors = NDArray[np.float32]

_K = 10
# FAISS's own bound for taking a matrix product, read before our engine lowers it for the process.
_FAISS_BOUND = int(faiss.cvar.distance_compute_blas_threshold)
_COLUMNS = (
    "batch",
    "ours q/s",
    "numpy q/s",
    "IndexFlatIP q/s",
    "ours / numpy",
    "ours / IndexFlatIP",
    "of bare product",
    "GB/s",
    "GB/s limit",
    "GFLOP/s",
    "GFLOP/s limit",
    "share of limit",
    "limit",
)
# Queries multiplied at a time by the bare alternative: bounds its score matrix (128 × 300,000 × 4 bytes = 150 MB).
_BLOCK = 128


def unit_vectors(count: int, dim: int, seed: int) -> Vectors:
    """Random directions: float32 (count, dim), rows of length 1."""
    vectors = np.random.default_rng(seed).standard_normal((count, dim), np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors


def bare(vectors: Vectors, queries: Vectors, k: int) -> NDArray[np.int64]:
    """The obvious alternative: a matrix product, argpartition, a sort of k; rows int64 (queries, k)."""
    found = np.empty((len(queries), k), np.int64)
    for start in range(0, len(queries), _BLOCK):
        scores = queries[start : start + _BLOCK] @ vectors.T
        rows = np.argpartition(scores, -k, axis=1)[:, -k:]
        order = np.argsort(-np.take_along_axis(scores, rows, axis=1), axis=1)
        found[start : start + _BLOCK] = np.take_along_axis(rows, order, axis=1)
    return found


def product_alone(vectors: Vectors, queries: Vectors) -> None:
    """What no exact search can leave out: every score once."""
    out = np.empty((min(_BLOCK, len(queries)), len(vectors)), np.float32)
    for start in range(0, len(queries), _BLOCK):
        block = queries[start : start + _BLOCK]
        np.matmul(block, vectors.T, out=out[: len(block)])


def plain_faiss(
    index: faiss.Index, queries: Vectors, k: int, params: faiss.SearchParameters | None = None
) -> NDArray[np.int64]:
    """FAISS as it comes, with its own bound; rows int64 (queries, k)."""
    faiss.cvar.distance_compute_blas_threshold = _FAISS_BOUND
    return np.asarray(index.search(queries, k, params=params)[1], np.int64)


def measure(count: int, dim: int, batches: Sequence[int], rounds: int, threads: int, scale: float) -> Table:
    """One corpus size, all batch sizes; `scale` shrinks what the limits are measured with."""
    vectors = unit_vectors(count, dim, seed=0)
    limits = measure_with(scale)
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "vectors.npy"
        np.save(path, vectors, allow_pickle=False)
        index = engine_for(IndexSpec()).open(path, Path(directory), IndexSpec())
        naive = faiss.IndexFlatIP(dim)
        naive.add(vectors)
        for batch in batches:
            cases = _cases(index, naive, vectors, unit_vectors(batch, dim, seed=batch)) | limits.cases()
            timings = interleave(cases, rounds, clock_for(threads))
            rows.append(_row(timings, limits, batch, vectors.nbytes, 2.0 * batch * vectors.size))
        index.close()
    title = f"{count:,} × {dim} float32, k={_K}, {threads} thread(s), {clock_name(threads)}"
    return Table(title, _COLUMNS, rows)


def _cases(
    index: VectorIndex, naive: faiss.IndexFlatIP, vectors: Vectors, queries: Vectors
) -> dict[str, Callable[[], object]]:
    return {
        "ours": lambda: index.search(queries, _K),
        "bare": lambda: bare(vectors, queries, _K),
        "product": lambda: product_alone(vectors, queries),
        "faiss": lambda: plain_faiss(naive, queries, _K),
    }


def _row(timings: Timings, limits: Limits, batch: int, size: float, flops: float) -> tuple[Cell, ...]:
    """`size`: bytes of the vectors, which have to be read once; `flops`: of all scores."""

    def limit(index: int) -> float:
        return max(limits.reading(timings, index, size), limits.multiplying(timings, index, flops))

    by_memory = size / limits.bytes_per_second(timings) > flops / limits.flops_per_second(timings)
    ours = timings.seconds("ours")
    return (
        batch,
        batch / ours,
        batch / timings.seconds("bare"),
        batch / timings.seconds("faiss"),
        timings.ratio("bare", "ours"),
        timings.ratio("faiss", "ours"),
        timings.ratio("product", "ours"),
        size / ours / 1e9,
        limits.bytes_per_second(timings) / 1e9,
        flops / ours / 1e9,
        limits.flops_per_second(timings) / 1e9,
        timings.share("ours", limit),
        "memory" if by_memory else "arithmetic",
    )


def run(
    sizes: Sequence[int], dim: int, batches: Sequence[int], rounds: int, threads: int, scale: float = 1
) -> list[Table]:
    faiss.omp_set_num_threads(threads)
    return [measure(count, dim, batches, rounds, threads, scale) for count in sizes]


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    options.add_argument("--size", type=int, nargs="+", default=[33_000, 300_000], help="vectors")
    options.add_argument("--dim", type=int, default=256)
    options.add_argument("--batches", type=int, nargs="+", default=[1, 8, 64, 256, 1024], help="queries at once")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=1)
    chosen = options.parse_args(arguments)
    restart_with_threads(chosen.threads, "benchmarks.search", arguments)
    tables = run(chosen.size, chosen.dim, chosen.batches, chosen.rounds, chosen.threads)
    show(describe(chosen.threads), tables)


if __name__ == "__main__":
    main(sys.argv[1:])
