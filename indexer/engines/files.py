"""Opening the files of a side: vectors and biases as mapped arrays, FAISS's own files mapped as far as FAISS can."""

from pathlib import Path

import faiss
import numpy as np

from indexer.engines.base import Vectors, bias_file

# Cosines are within 1; a bias beyond this says nothing more, and float16 cannot hold every number.
MOST_BIAS = 100.0


def open_vectors(path: Path) -> Vectors:
    """Map a float32 `(count, dim)` `.npy` file into memory: pages are read when touched and shared by processes."""
    return _open(path, 2, "(count, dim)")


def open_bias(vectors: Path, count: int) -> Vectors:
    """Map the biases of a side's rows: float32 `(count,)`. ValueError if there are not as many, or one is too large."""
    path = bias_file(vectors)
    bias = _open(path, 1, "(count,)")
    if len(bias) != count:
        raise ValueError(f"{path.name} has {len(bias)} biases for {count} rows")
    if not np.abs(bias).max(initial=0) <= MOST_BIAS:
        raise ValueError(f"{path.name} has biases that are not numbers from -{MOST_BIAS:g} to {MOST_BIAS:g}")
    return bias


def _open(path: Path, dimensions: int, shape: str) -> Vectors:
    header = np.lib.format.open_memmap(path, mode="r") if _has_rows(path) else np.load(path, allow_pickle=False)
    if header.dtype != np.float32 or header.ndim != dimensions:
        raise ValueError(f"{path.name} holds {header.dtype} of shape {header.shape}, not float32 {shape}")
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


def read_faiss(path: Path, count: int, width: int) -> faiss.Index:
    """Open a FAISS file of `count` vectors of `width` dimensions. ValueError if it is not one.

    `IO_FLAG_MMAP_IFC` maps the codes of a scan, the inverted lists of ivf and ivfpq and the links and codes of a graph
    (FAISS 1.15; `IO_FLAG_MMAP` only the lists). What it reads whole is in `resident_bytes`.
    """
    try:
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY)
    except RuntimeError as error:
        raise ValueError(f"{path.name} is no index that FAISS can read: {str(error).splitlines()[0]}") from error
    if (index.ntotal, index.d) != (count, width):
        raise ValueError(f"{path.name} has shape ({index.ntotal}, {index.d}), not ({count}, {width})")
    return index


def resident_bytes(index: faiss.Index) -> int:
    """What opening the index reads into memory of the process: 12 bytes a row of a graph, the centroids of clusters."""
    if isinstance(index, faiss.IndexHNSW):
        return int(index.ntotal) * 12
    if isinstance(index, faiss.IndexIVF):
        return int(index.nlist) * int(index.d) * 4
    return 0
