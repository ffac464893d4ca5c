"""The embedded engine: FAISS in this process."""

from pathlib import Path

from indexer.engines.approximate import ApproximateIndex
from indexer.engines.base import IndexSpec, VectorIndex, bias_file, index_file
from indexer.engines.files import open_bias, open_vectors, read_faiss
from indexer.engines.flat import FlatIndex, HalfScan
from indexer.engines.gpu import copy_to_gpus, flat_on_gpus, gpus_for
from indexer.engines.making import Source, make_half, make_index
from indexer.engines.parameters import KINDS, ApproximateParameters, FlatParameters, padded, read_parameters, resolve


class FaissEngine:
    """FAISS in this process.

    `device`: with `cuda`, clusters are trained on every GPU there is, and vectors (`flat`, without biases) or clusters
    are copied to them when opened and searched there; filters and graphs stay with the CPU. Without a GPU or without
    faiss-gpu all is done by the CPU, and one line of the log says so.
    """

    name = "faiss"
    kinds: tuple[str, ...] = KINDS

    def __init__(self, device: str = "cpu") -> None:
        self._device = device

    def resolve(self, spec: IndexSpec, count: int, dim: int, memory: int | None = None) -> IndexSpec:
        return resolve(spec, count, dim, memory)

    def build(self, vectors: Path, directory: Path, spec: IndexSpec) -> list[Path]:
        """`flat` in float32 searches the vector file itself, so has nothing to write; other kinds have one file."""
        parameters = read_parameters(spec)
        rows = open_vectors(vectors)
        bias = open_bias(vectors, len(rows)) if parameters.bias else None
        source, path = Source(rows, bias), index_file(vectors, directory)
        if isinstance(parameters, ApproximateParameters):
            make_index(source, parameters, path, gpus_for(self._device))
            return [path]
        if isinstance(parameters, FlatParameters) and parameters.precision == "float16" and source.count:
            make_half(source, path)
            return [path]
        return []

    def open(self, vectors: Path, directory: Path, spec: IndexSpec) -> VectorIndex:
        parameters = read_parameters(spec)
        rows = open_vectors(vectors)
        count, dim = rows.shape
        bias = open_bias(vectors, count) if parameters.bias else None
        path = index_file(vectors, directory)
        if not parameters.bias and bias_file(vectors).exists():
            raise ValueError(f"{bias_file(vectors).name} is there, but the index was made without biases")
        if isinstance(parameters, ApproximateParameters):
            index = read_faiss(path, count, padded(dim, parameters.bias))
            copy = copy_to_gpus(index) if gpus_for(self._device) else None
            return ApproximateIndex(spec.kind, index, parameters, rows, bias, path, copy)
        half = None
        if isinstance(parameters, FlatParameters) and parameters.precision == "float16" and count:
            index = read_faiss(path, count, padded(dim, parameters.bias))
            half = HalfScan(index, path)  # type: ignore[arg-type]
        on_gpus = flat_on_gpus(rows) if count and bias is None and gpus_for(self._device) else None
        return FlatIndex(rows, bias, half, on_gpus)
