"""Writing the FAISS files of a side from its vectors, block by block: same vectors and parameters, same bytes.

Memory holds one block and the training sample of the clusters, whatever the size of the side, with two exceptions: a
graph, where each row is linked by searching among all before it, and a float16 scan are built in memory and written.

FAISS is given `(rows, width)` float32: the vectors, and zeros up to a multiple of 16 dimensions.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import faiss
import numpy as np

from indexer.engines.base import Rows, Vectors
from indexer.engines.flat import padded_to
from indexer.engines.gpu import clusters_on_gpus
from indexer.engines.inverted_lists import write_lists
from indexer.engines.parameters import HnswParameters, IvfParameters, IvfpqParameters, KindParameters, padded

# Rows read, padded and handed over at a time: 65,536 × 304 × 4 bytes = 80 MiB.
_BLOCK = 65_536
_METRIC = faiss.METRIC_INNER_PRODUCT
_SQ = faiss.ScalarQuantizer


class PaddedRows:
    """The rows of a side as FAISS is given them."""

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self.count, self.dim = vectors.shape
        self.width = padded(self.dim)

    def rows(self, rows: Rows | slice) -> Vectors:
        return padded_to(np.ascontiguousarray(self._vectors[rows]), self.width)

    def blocks(self) -> Iterator[Vectors]:
        for start in range(0, self.count, _BLOCK):
            yield self.rows(slice(start, min(start + _BLOCK, self.count)))

    def sample(self, count: int, seed: int) -> Vectors:
        """`count` rows sampled without replacement, in row order."""
        chosen = np.random.default_rng(seed).choice(self.count, size=min(count, self.count), replace=False)
        return self.rows(np.sort(chosen))


def make_half(source: PaddedRows, path: Path) -> None:
    """Write all rows as float16, rounded to nearest (FAISS's own rounding depends on the processor)."""
    index = faiss.IndexScalarQuantizer(source.width, _SQ.QT_fp16, _METRIC)
    index.train(np.zeros((1, source.width), np.float32))
    for block in source.blocks():
        index.add_sa_codes(block.astype(np.float16).view(np.uint8))
    faiss.write_index(index, str(path))


def make_index(source: PaddedRows, parameters: KindParameters, path: Path, gpus: int = 0) -> None:
    """Write the files of an approximate kind. ValueError for a flat one, which needs none (or `make_half`).

    With GPUs, clusters are trained on them (their sums round otherwise than the CPU's); rows are added by the CPU.
    """
    if isinstance(parameters, HnswParameters):
        _make_graph(_empty_graph(parameters, source.width), source, path)
    elif isinstance(parameters, IvfParameters):
        write_lists(_trained_lists(parameters, source, gpus), source.blocks, path)
    else:
        raise ValueError(f"{type(parameters).__name__} has no index file")


def _make_graph(index: faiss.IndexHNSW, source: PaddedRows, path: Path) -> None:
    """Add one row after another: links depend on the order of insertion, and may lead to any earlier row."""
    with _threads(1):
        for block in source.blocks():
            index.add(block)
    faiss.write_index(index, str(path))


def _empty_graph(parameters: HnswParameters, width: int) -> faiss.IndexHNSW:
    index = (
        faiss.IndexHNSWFlat(width, parameters.links, _METRIC)
        if parameters.precision == "float32"
        else faiss.IndexHNSWSQ(width, _SQ.QT_fp16, parameters.links, _METRIC)  # type: ignore[arg-type]
    )
    index.hnsw.efConstruction = parameters.ef_construction
    index.train(np.zeros((1, width), np.float32))
    return index


def _trained_lists(parameters: IvfParameters, source: PaddedRows, gpus: int) -> faiss.IndexIVF:
    # The coarse centroids must outlive this function: FAISS's wrapper keeps a reference to them.
    coarse = faiss.IndexFlat(source.width, _METRIC)
    index: faiss.IndexIVF
    if isinstance(parameters, IvfpqParameters):
        index = faiss.IndexIVFPQ(coarse, source.width, parameters.lists, parameters.code_bytes, 8, _METRIC)
        index.pq.cp.seed = parameters.seed
        index.pq.cp.niter = parameters.iterations
        index.pq.cp.max_points_per_centroid = 64
        index.pq.cp.min_points_per_centroid = 1
    elif parameters.precision == "float16":
        index = faiss.IndexIVFScalarQuantizer(coarse, source.width, parameters.lists, _SQ.QT_fp16, _METRIC, False)
    else:
        index = faiss.IndexIVFFlat(coarse, source.width, parameters.lists, _METRIC)
    index.cp.seed = parameters.seed
    index.cp.niter = parameters.iterations
    index.cp.min_points_per_centroid = 1  # else FAISS prints warnings
    if gpus:
        clusters_on_gpus(index)
    index.train(source.sample(parameters.train_rows, parameters.seed))
    return index


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(count)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)
