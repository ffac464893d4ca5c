"""Opening the files of a side: vectors as mapped arrays, FAISS's own files mapped as far as FAISS can."""

from pathlib import Path

import faiss
import numpy as np

from indexer.engines.base import Vectors
from indexer.engines.inverted_lists import lists_file, map_lists


def open_vectors(path: Path) -> Vectors:
    """Map a float32 `(count, dim)` `.npy` file: pages are read on demand and shared by processes."""
    array = np.lib.format.open_memmap(path, mode="r") if _has_rows(path) else np.load(path, allow_pickle=False)
    if array.dtype != np.float32 or array.ndim != 2:
        raise ValueError(f"{path.name} holds {array.dtype} of shape {array.shape}, not float32 (count, dim)")
    # A plain array over the same mapping: indexing a np.memmap subclass costs several times as much.
    return np.asarray(array)


def _has_rows(path: Path) -> bool:
    """An array without rows cannot be mapped (there are no bytes to map)."""
    with path.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ValueError(f"{path.name} is in .npy format {version}, not (1, 0)")
        shape, _, _ = np.lib.format.read_array_header_1_0(stream)
    return 0 not in shape


def read_faiss(path: Path, count: int, width: int) -> faiss.Index:
    """Open a FAISS file of `count` vectors of `width` dimensions. ValueError if it is damaged or of another shape.

    Mapped are the codes of a scan, the inverted lists of ivf and ivfpq, and the links and codes of a graph
    (`IO_FLAG_MMAP_IFC`, FAISS 1.15). What is read whole is in `resident_bytes`. Releases of before 2026-12 have their
    inverted lists in the same file, later ones in a file of their own.
    """
    apart = lists_file(path).exists()
    flags = faiss.IO_FLAG_SKIP_IVF_DATA if apart else faiss.IO_FLAG_MMAP_IFC | faiss.IO_FLAG_READ_ONLY
    try:
        index = faiss.read_index(str(path), flags)
    except RuntimeError as error:
        raise ValueError(f"{path.name} is no index that FAISS can read: {str(error).splitlines()[0]}") from error
    if (index.ntotal, index.d) != (count, width):
        raise ValueError(f"{path.name} has shape ({index.ntotal}, {index.d}), not ({count}, {width})")
    if isinstance(index, faiss.IndexIVF) and apart:
        map_lists(index, path)
    return index


def resident_bytes(index: faiss.Index) -> int:
    """Bytes read into each process on opening: 12 a row of a graph, the centroids of clusters."""
    if isinstance(index, faiss.IndexHNSW):
        return int(index.ntotal) * 12
    if isinstance(index, faiss.IndexIVF):
        return int(index.nlist) * int(index.d) * 4
    return 0
