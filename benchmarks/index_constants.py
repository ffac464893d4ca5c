"""The constants of `indexer.build.plan`, measured on this machine: python -m benchmarks.index_constants [--size 50000].

Prints the table to be put into `indexer/build/plan.py`, with the date and the hardware. CPU time of one thread.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

import faiss
import numpy as np

from benchmarks.machine import describe, restart_with_threads
from benchmarks.search import unit_vectors
from benchmarks.table import Table, show
from indexer.engines import IndexSpec, VectorIndex, engine_for
from indexer.engines.parameters import Parameters, padded

_QUERIES = 64


def clustered(count: int, dim: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """Unit vectors around a thousand directions, as embeddings are: structures have nothing to find in pure noise."""
    rng = np.random.default_rng(seed)
    vectors = unit_vectors(1000, dim, seed)[rng.integers(0, 1000, count)]
    vectors = vectors + unit_vectors(count, dim, seed + 1) * np.float32(0.7)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def best_of(call: Callable[[], object], rounds: int = 3) -> float:
    """Least CPU seconds of a few runs: what others do on the machine only ever adds."""
    call()
    times = []
    for _ in range(rounds):
        start = process_time()
        call()
        times.append(process_time() - start)
    return min(times)


def measure(count: int, dim: int, seed: int = 0) -> list[tuple[str, float]]:
    """Name and value of every constant."""
    vectors, queries = clustered(count, dim, seed), unit_vectors(_QUERIES, dim, seed + 2)
    width = padded(dim)
    found: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        np.save(directory / "side.npy", vectors)

        def made(kind: str, **parameters: float | str) -> tuple[VectorIndex, Parameters, float]:
            spec = engine_for(IndexSpec()).resolve(IndexSpec(kind=kind, parameters=parameters), count, dim)
            engine = engine_for(spec)
            start = process_time()
            engine.build(directory / "side.npy", directory, spec)
            seconds = process_time() - start
            return engine.open(directory / "side.npy", directory, spec), spec.parameters, seconds

        def one_by_one(index: VectorIndex) -> Callable[[], object]:
            return lambda: [index.search(queries[i : i + 1], 10) for i in range(_QUERIES)]

        index, _, _ = made("flat")
        one = best_of(lambda: index.search(queries[:1], 10))
        many = best_of(lambda: index.search(queries, 10))
        found += [("scan_bytes", count * dim * 4 / one), ("product_flops", 2.0 * _QUERIES * count * dim / many)]
        index, _, _ = made("flat", precision="float16")
        found.append(("half_scan_bytes", count * width * 2 / best_of(lambda: index.search(queries[:1], 10))))
        index, parameters, seconds = made("hnsw")
        found.append(("graph_visits", count * np.log2(count) / seconds))
        one = best_of(one_by_one(index)) / _QUERIES
        found.append(("graph_steps", float(parameters["ef_search"]) * np.log2(count) / one))
        for kind in ("ivf", "ivfpq"):
            index, parameters, seconds = made(kind)
            lists, probes = int(parameters["lists"]), int(parameters["probes"])
            trained, iterations = int(parameters["train_rows"]), int(parameters["iterations"])
            assigned = 2.0 * lists * width * (trained * iterations + count)
            one = best_of(one_by_one(index)) / _QUERIES
            if kind == "ivf":
                found.append(("assign_flops", assigned / seconds))
                found.append(("list_bytes", probes / lists * count * width * 2 / one))
            else:
                left = seconds - assigned / dict(found)["assign_flops"]
                found.append(("encode_rows", count / max(left, 1e-9)))
                found.append(("code_bytes", probes / lists * count * int(parameters["code_bytes"]) / one))
        index.close()
    return found


def main(arguments: Sequence[str]) -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.index_constants", description=__doc__)
    options.add_argument("--size", type=int, default=50_000, help="vectors")
    options.add_argument("--dim", type=int, default=300)
    chosen = options.parse_args(arguments)
    restart_with_threads(1, "benchmarks.index_constants", arguments)
    faiss.omp_set_num_threads(1)
    rows = [(name, f"{value:.3g}") for name, value in measure(chosen.size, chosen.dim)]
    show(describe(1), [Table(f"{chosen.size:,} × {chosen.dim}", ("constant", "a second, one core"), rows)])


if __name__ == "__main__":
    main(sys.argv[1:])
