"""The embedded engine: FAISS in this process."""

from collections.abc import Sequence
from pathlib import Path

from indexer.engines.approximate import ApproximateIndex
from indexer.engines.base import IndexSpec, VectorIndex, index_file
from indexer.engines.files import open_vectors, read_faiss
from indexer.engines.flat import FlatIndex, HalfScan
from indexer.engines.gpu import copy_to_gpus, flat_on_gpus, gpus_for
from indexer.engines.inverted_lists import lists_file
from indexer.engines.making import PaddedRows, make_half, make_index
from indexer.engines.parameters import KINDS, ApproximateParameters, FlatParameters, padded, read_parameters, resolve


class FaissEngine:
    """FAISS in this process.

    `device`: with `cuda`, clusters are trained on all GPUs, and vectors (`flat`) or clusters are copied to them when
    opened and searched there; filters and graphs stay on the CPU. Without a GPU or faiss-gpu the CPU does everything,
    and one line of the log says so.
    """

    name = "faiss"
    kinds: tuple[str, ...] = KINDS

    def __init__(self, device: str = "cpu") -> None:
        self._device = device

    def resolve(self, spec: IndexSpec, count: int, dim: int, memory: int | None = None) -> IndexSpec:
        return resolve(spec, count, dim, memory)

    def build(self, vectors: Path, directory: Path, spec: IndexSpec) -> list[Path]:
        """`flat` in float32 searches the vector file itself and writes nothing; other kinds write files."""
        parameters = read_parameters(spec)
        source, path = PaddedRows(open_vectors(vectors)), index_file(vectors, directory)
        if isinstance(parameters, ApproximateParameters):
            make_index(source, parameters, path, gpus_for(self._device))
        elif isinstance(parameters, FlatParameters) and parameters.precision == "float16" and source.count:
            make_half(source, path)
        return [file for file in (path, lists_file(path)) if file.exists()]

    def open(self, vectors: Path, directory: Path, spec: IndexSpec) -> VectorIndex:
        parameters = read_parameters(spec)
        rows = open_vectors(vectors)
        count, dim = rows.shape
        path = index_file(vectors, directory)
        if isinstance(parameters, ApproximateParameters):
            index = read_faiss(path, count, padded(dim))
            copy = copy_to_gpus(index) if gpus_for(self._device) else None
            return ApproximateIndex(spec.kind, index, parameters, rows, path, copy)
        half = None
        if isinstance(parameters, FlatParameters) and parameters.precision == "float16" and count:
            half = HalfScan(read_faiss(path, count, padded(dim)), path)  # type: ignore[arg-type]
        on_gpus = flat_on_gpus(rows) if count and gpus_for(self._device) else None
        return FlatIndex(rows, half, on_gpus)

    def publish(self, release: Path) -> None:
        """Has no server to tell."""

    def discard(self, removed: Sequence[Path], kept: Sequence[Path]) -> list[str]:
        """Has nothing outside the releases."""
        return []
