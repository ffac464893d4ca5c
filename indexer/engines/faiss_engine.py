"""The embedded engine: FAISS. This file has its `flat` kind, an exact scan that needs no index file."""

from pathlib import Path

import numpy as np

from indexer.engines.base import EngineStats, Hits, IndexSpec, Rows, VectorIndex, Vectors
from indexer.engines.exact import check_queries, empty_hits, exact_scores, put_best
from indexer.engines.scan import scan

# Rows fetched beyond k, so that a tie at the k-th place can be seen and settled by row number.
_OVERFETCH = 16
# Largest difference between a float32 scan's score and the exact cosine of two unit vectors (seen: 4e-7 at d=300).
_SCAN_ERROR = 1e-5


class FaissEngine:
    """FAISS in this process."""

    name = "faiss"
    kinds: tuple[str, ...] = ("flat",)

    def build(self, vectors: Path, directory: Path, spec: IndexSpec) -> list[Path]:
        """`flat` searches the vector file itself, so there is nothing to write."""
        self._check(spec)
        return []

    def open(self, vectors: Path, directory: Path, spec: IndexSpec) -> VectorIndex:
        self._check(spec)
        return FlatIndex(open_vectors(vectors))

    def _check(self, spec: IndexSpec) -> None:
        if spec.kind not in self.kinds:
            raise ValueError(f"engine faiss has no kind {spec.kind!r}; known: {', '.join(self.kinds)}")


def open_vectors(path: Path) -> Vectors:
    """Map a float32 `(count, dim)` `.npy` file into memory: pages are read when touched and shared by processes."""
    header = np.lib.format.open_memmap(path, mode="r") if _has_rows(path) else np.load(path, allow_pickle=False)
    if header.dtype != np.float32 or header.ndim != 2:
        raise ValueError(f"{path.name} holds {header.dtype} of shape {header.shape}, not float32 (count, dim)")
    # A plain array over the same mapping: indexing a np.memmap subclass costs several times as much.
    return np.asarray(header)


def _has_rows(path: Path) -> bool:
    """An array without rows cannot be mapped (there are no bytes to map)."""
    with path.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ValueError(f"{path.name} is in .npy format {version}, not (1, 0)")
        shape, _, _ = np.lib.format.read_array_header_1_0(stream)
    return 0 not in shape


class FlatIndex:
    """Exact search by scanning every vector.

    A float32 scan (`indexer.engines.scan`) proposes a few rows more than asked; those are scored exactly, so results
    do not depend on the path taken.
    """

    def __init__(self, vectors: Vectors) -> None:
        self._vectors = vectors
        self.count = int(vectors.shape[0])
        self.dim = int(vectors.shape[1])

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None) -> Hits:
        queries = check_queries(queries, k, self.dim)
        vectors = self._vectors  # held here, so that `close` in another thread does not end this search
        hits = empty_hits(len(queries), k)
        available = len(vectors) if allowed is None else len(allowed)
        pending = np.arange(len(queries)) if available else np.empty(0, dtype=np.int64)
        width = k + _OVERFETCH
        while len(pending):
            width = min(width, available)
            scan_scores, scan_rows = scan(vectors, queries[pending], width, allowed)
            unsettled = []
            for i, position in enumerate(pending):
                query, rows = queries[position], scan_rows[i]
                scores = exact_scores(vectors, query, rows)
                if width < available and _may_miss(scores, float(scan_scores[i].min()), k, query):
                    unsettled.append(position)
                else:
                    put_best(hits, int(position), scores, rows)
            pending = np.asarray(unsettled, dtype=np.int64)
            width *= 4
        return hits

    def stats(self) -> EngineStats:
        return EngineStats("faiss", "flat", self.count, self.dim, vector_bytes=self._vectors.nbytes, index_bytes=0)

    def close(self) -> None:
        """Let go of the mapping; it ends when the last search that uses it has returned."""
        self._vectors = np.empty((0, self.dim), dtype=np.float32)
        self.count = 0


def _may_miss(scores: Vectors, worst_fetched: float, k: int, query: Vectors) -> bool:
    """Whether a row that was not fetched could equal or beat the k-th best of those that were."""
    kth = float(np.partition(scores, len(scores) - k)[len(scores) - k])
    return kth <= worst_fetched + _SCAN_ERROR * float(np.linalg.norm(query))
