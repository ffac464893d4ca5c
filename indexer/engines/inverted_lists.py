"""Inverted lists on disk, filled block by block: an index of clusters larger than memory.

A side has two files: `<side>.faiss` with the centroids and the table of lists, and `<side>.ivfdata` with the lists
(`faiss.OnDiskInvertedLists`). The first stores the name of the second, which is replaced by its path when it is opened,
so a release can be moved.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Vectors

_ID_BYTES = 8


def lists_file(index: Path) -> Path:
    """Where the lists of an index file are kept."""
    return index.with_suffix(".ivfdata")


def write_lists(index: faiss.IndexIVF, blocks: Callable[[], Iterator[Vectors]], path: Path) -> None:
    """Add the rows of all blocks `(rows, width)` to `index`, which is trained and empty, and write its two files.

    `blocks()` is called twice: to learn the length of each list, and to write each row into its place. The same blocks
    give the same bytes.
    """
    with TemporaryFile(dir=path.parent) as assigned:
        sizes = np.zeros(index.nlist, np.uint64)
        for block in blocks():
            lists = index.quantizer.assign(block, 1).reshape(-1)
            sizes += np.bincount(lists, minlength=index.nlist).astype(np.uint64)
            assigned.write(lists.astype(np.int32).tobytes())
        assigned.seek(0)
        on_disk = _allocate(index, sizes, lists_file(path))
        if sizes.any():
            _fill(index, on_disk, blocks(), assigned)
    index.replace_invlists(on_disk, True)
    on_disk.this.disown()  # type: ignore[attr-defined]
    index.ntotal = int(sizes.sum())
    on_disk.filename = lists_file(path).name
    faiss.write_index(index, str(path))


def map_lists(index: faiss.IndexIVF, path: Path) -> None:
    """Map the lists of an index that was read with IO_FLAG_SKIP_IVF_DATA. ValueError if the file has another size."""
    on_disk = faiss.downcast_InvertedLists(index.invlists)  # type: ignore[arg-type]
    file = lists_file(path)
    if not isinstance(on_disk, faiss.OnDiskInvertedLists):
        raise ValueError(f"{path.name} does not belong to {file.name}")
    if file.stat().st_size != on_disk.totsize:
        raise ValueError(f"{file.name} has {file.stat().st_size:,} bytes; {path.name} says {on_disk.totsize:,}")
    on_disk.filename = str(file)
    on_disk.read_only = True
    on_disk.prefetch_nthread = 0  # else each query starts threads that touch the pages of its lists
    if on_disk.totsize:
        on_disk.do_mmap()


def _allocate(index: faiss.IndexIVF, sizes: NDArray[np.uint64], path: Path) -> faiss.OnDiskInvertedLists:
    """Lists of these sizes `(lists,)`, mapped and not yet filled."""
    on_disk = faiss.OnDiskInvertedLists(index.nlist, index.code_size, str(path))
    on_disk.set_all_lists_sizes(faiss.swig_ptr(sizes))
    on_disk.totsize = int(sizes.sum()) * (index.code_size + _ID_BYTES)
    with path.open("wb") as stream:
        stream.truncate(on_disk.totsize)
    if on_disk.totsize:
        on_disk.do_mmap()
    return on_disk


def _fill(
    index: faiss.IndexIVF, on_disk: faiss.OnDiskInvertedLists, blocks: Iterator[Vectors], assigned: IO[bytes]
) -> None:
    """Write codes and row numbers into the lists, in row order."""
    filled = np.zeros(index.nlist, np.int64)
    first_row = 0
    for block in blocks:
        lists = np.frombuffer(assigned.read(4 * len(block)), np.int32).astype(np.int64)
        order = np.argsort(lists, kind="stable")
        lists, rows = lists[order], np.ascontiguousarray(block[order])
        codes = np.empty((len(block), index.code_size), np.uint8)
        index.encode_vectors(len(rows), faiss.swig_ptr(rows), faiss.swig_ptr(lists), faiss.swig_ptr(codes), False)
        ids = order + first_row
        starts = np.flatnonzero(np.diff(lists, prepend=-1))
        for start, stop in zip(starts, [*starts[1:], len(lists)], strict=True):
            number, count = int(lists[start]), int(stop - start)
            on_disk.update_entries(
                number,
                int(filled[number]),
                count,
                faiss.swig_ptr(ids[start:stop]),
                faiss.swig_ptr(codes[start:stop]),
            )
            filled[number] += count
        first_row += len(block)
