"""FAISS files written block by block, so that what they hold need not fit into memory.

FAISS itself writes an index that it has whole. Its formats end with the codes, or with the inverted lists: here FAISS
writes an index without rows, and rows follow from the disk. The bytes are those that FAISS would have written.
"""

import os
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import faiss
import numpy as np
from numpy.typing import NDArray

from indexer.engines.base import Vectors

_ID_BYTES = 8
_COUNT = struct.Struct("<Q")
# How a file of lists without rows ends: mark, lists, bytes a code, mark of few filled lists, none of them.
_LISTS = struct.Struct("<4sQQ")
_NO_ROWS = struct.Struct("<4sQQ4sQ")


def write_codes(index: faiss.IndexFlatCodes, codes: Iterable[NDArray[np.uint8]], count: int, path: Path) -> None:
    """Write `index`, which is trained and empty, as if it held `count` rows with these codes `(rows, code size)`."""
    with path.open("wb") as stream:
        head = _head(index, count)
        stream.write(head[: -_COUNT.size] + _COUNT.pack(count * index.code_size))
        for part in codes:
            stream.write(np.ascontiguousarray(part).data)


def write_lists(index: faiss.IndexIVF, blocks: Callable[[], Iterator[Vectors]], path: Path) -> None:
    """Write `index`, which is trained and empty, as if the rows of all blocks `(rows, width)` had been added to it.

    `blocks()` is asked twice: to see how long each list gets, and to put each row into its place in the file.
    """
    with TemporaryFile(dir=path.parent) as assigned, path.open("wb") as stream:
        sizes = np.zeros(index.nlist, np.int64)
        for block in blocks():
            lists = index.quantizer.assign(block, 1).reshape(-1)
            sizes += np.bincount(lists, minlength=index.nlist)
            assigned.write(lists.astype(np.int32).tobytes())
        head = _head(index, int(sizes.sum()))
        stream.write(head[: -_NO_ROWS.size] + _LISTS.pack(b"ilar", index.nlist, index.code_size) + _sizes(sizes))
        stream.flush()
        ends = stream.tell() + np.cumsum(sizes * (index.code_size + _ID_BYTES))
        assigned.seek(0)
        _fill(index, blocks(), assigned, stream.fileno(), sizes, ends)


def _fill(
    index: faiss.IndexIVF,
    blocks: Iterator[Vectors],
    assigned: IO[bytes],
    file: int,
    sizes: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> None:
    """Put the rows into their lists: of each, first all codes, then all row numbers, which end at `ends`."""
    width = index.code_size
    next_id = ends - sizes * _ID_BYTES
    next_code = next_id - sizes * width
    first_row = 0
    for block in blocks:
        lists = np.frombuffer(assigned.read(4 * len(block)), np.int32).astype(np.int64)
        order = np.argsort(lists, kind="stable")
        lists = lists[order]
        codes = np.empty((len(block), width), np.uint8)
        rows = np.ascontiguousarray(block[order])
        index.encode_vectors(len(rows), faiss.swig_ptr(rows), faiss.swig_ptr(lists), faiss.swig_ptr(codes), False)
        ids = order + first_row
        starts = np.flatnonzero(np.diff(lists, prepend=-1))
        for start, stop in zip(starts, [*starts[1:], len(lists)], strict=True):
            place = lists[start]
            os.pwrite(file, codes[start:stop].data, int(next_code[place]))
            os.pwrite(file, ids[start:stop].data, int(next_id[place]))
            next_code[place] += (stop - start) * width
            next_id[place] += (stop - start) * _ID_BYTES
        first_row += len(block)


def _head(index: faiss.Index, count: int) -> bytes:
    """What FAISS writes for an index of `count` rows, all but empty of them: it takes their number on trust."""
    index.ntotal = count
    head = faiss.serialize_index(index).tobytes()
    index.ntotal = 0
    return head


def _sizes(sizes: NDArray[np.int64]) -> bytes:
    """The table of list sizes: of all lists, or pairs of number and size where at most half of them have rows."""
    filled = np.flatnonzero(sizes)
    if len(filled) > len(sizes) // 2:
        return b"full" + _COUNT.pack(len(sizes)) + sizes.astype("<u8").tobytes()
    pairs = np.stack([filled, sizes[filled]], axis=1)
    return b"sprs" + _COUNT.pack(pairs.size) + pairs.astype("<u8").tobytes()
