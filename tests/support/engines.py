"""Sides of vectors and every kind of index over them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.engines import IndexSpec, VectorIndex, engine_for

Vectors = NDArray[np.float32]

COUNT, DIM = 3000, 20
SPECS = {
    "flat": IndexSpec(kind="flat"),
    "flat16": IndexSpec(kind="flat", parameters={"precision": "float16"}),
    "hnsw": IndexSpec(kind="hnsw", parameters={"links": 16, "ef_construction": 40}),
    "hnsw32": IndexSpec(kind="hnsw", parameters={"links": 16, "ef_construction": 40, "precision": "float32"}),
    "ivf": IndexSpec(kind="ivf", parameters={"lists": 32, "probes": 8}),
    "ivf32": IndexSpec(kind="ivf", parameters={"lists": 32, "probes": 8, "precision": "float32"}),
    "ivfpq": IndexSpec(kind="ivfpq", parameters={"lists": 32, "probes": 8, "code_bytes": 8, "iterations": 4}),
}
EXACT = ("flat", "flat16")
APPROXIMATE = tuple(name for name in SPECS if name not in EXACT)


def unit(seed: int, count: int, dim: int = DIM) -> Vectors:
    vectors = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def make(directory: Path, spec: IndexSpec, vectors: Vectors) -> VectorIndex:
    path = directory / "side.npy"
    np.save(path, vectors)
    engine = engine_for(spec)
    resolved = engine.resolve(spec, len(vectors), vectors.shape[1])
    for file in engine.build(path, directory, resolved):
        assert file.is_file()
    return engine.open(path, directory, resolved)


def best(vectors: Vectors, query: Vectors, k: int, allowed: NDArray[np.int64]) -> list[int]:
    scores = (vectors[allowed].astype(np.float64) @ query.astype(np.float64)).astype(np.float32)
    return [int(row) for row in allowed[np.lexsort((allowed, -scores))][:k]]
