"""FAISS on GPUs: needs faiss-gpu (or faiss-gpu-cuvs) in place of faiss-cpu, and a device."""

import logging
from functools import cache
from threading import Lock

import faiss

from indexer.engines.base import Rows, Vectors

_log = logging.getLogger("molseek.indexer")

# Maximum number of rows that FAISS returns from a GPU search.
_MAX_WIDTH = 2048


@cache
def gpus_for(device: str) -> int:
    """Number of GPUs that FAISS uses: 0 if `device` is the CPU, or if GPUs cannot be used.

    In the latter case one line of the log says why, once per process.
    """
    if not device.startswith("cuda"):
        return 0
    if not hasattr(faiss, "StandardGpuResources"):
        _log.warning("FAISS runs on the CPU: %s was requested, but the installed faiss has no GPU code", device)
        return 0
    count = int(faiss.get_num_gpus())
    if count == 0:
        _log.warning("FAISS runs on the CPU: %s was requested, but FAISS sees no GPU", device)
    return count


class GpuCopy:
    """A copy of an index, sharded over all GPUs. Runs one search at a time: FAISS's GPU indexes are not thread-safe."""

    def __init__(self, index: faiss.Index) -> None:
        self._index = index
        self._lock = Lock()

    def fits(self, width: int) -> bool:
        return width <= _MAX_WIDTH

    def search(self, queries: Vectors, width: int, probes: int | None = None) -> tuple[Vectors, Rows]:
        """Scores and rows `(queries, width)`, best first, -1 where there are no more."""
        with self._lock:
            parameters = None
            if probes is not None:
                parameters = faiss.SearchParametersIVF(nprobe=probes)  # type: ignore[call-arg]
            scores, rows = self._index.search(queries, width, params=parameters)
        return scores, rows


def copy_to_gpus(index: faiss.Index) -> GpuCopy | None:
    """`index` on all GPUs; None, with one line of the log, if it does not fit or FAISS has no GPU code for it."""
    try:
        options = faiss.GpuMultipleClonerOptions()
        options.shard = True
        return GpuCopy(faiss.index_cpu_to_all_gpus(index, co=options))
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        _log.warning("FAISS searches on the CPU: %s cannot be put on the GPU (%s)", type(index).__name__, reason)
        return None


def flat_on_gpus(vectors: Vectors) -> GpuCopy | None:
    """Vectors `(rows, dim)` on all GPUs, to be scanned there."""
    index = faiss.IndexFlatIP(vectors.shape[1])
    try:
        options = faiss.GpuMultipleClonerOptions()
        options.shard = True
        moved = faiss.index_cpu_to_all_gpus(index, co=options)
        for start in range(0, len(vectors), 1 << 20):
            moved.add(vectors[start : start + (1 << 20)])
        return GpuCopy(moved)
    except RuntimeError as error:
        _log.warning("FAISS searches on the CPU: the vectors do not fit the GPU (%s)", str(error).splitlines()[0])
        return None


def clusters_on_gpus(index: faiss.IndexIVF) -> None:
    """Make `index` train its clusters on all GPUs."""
    index.clustering_index = faiss.index_cpu_to_all_gpus(faiss.IndexFlatIP(index.d))
