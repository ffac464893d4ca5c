"""Which text each row of a release was made from: keys of texts, sorted on disk, looked up without reading them all.

This is why a rebuild costs only what changed: the next build looks its rows up here.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexer.durable import sync_file

Keys = NDArray[np.uint64]
"""`(count, 2)`, high and low half of 128 bits; a key of zeros stands for none."""

# Structure as it stands in the corpus, canonical SMILES, text as it is embedded.
KeyKind = Literal["structure", "smiles", "text"]

# Keys sorted at a time (24 bytes each): bounds memory whatever the corpus.
_PARTITION = 4_000_000
_HALF = np.uint64(32)


def keys_of(kind: KeyKind, texts: Iterable[str | None]) -> Keys:
    """One key per text: uint64 `(texts, 2)`; None has none."""
    digests = b"".join(_digest(kind, text) if text is not None else bytes(16) for text in texts)
    return np.frombuffer(digests, dtype="<u8").reshape(-1, 2).astype(np.uint64)


def _digest(kind: KeyKind, text: str) -> bytes:
    content = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=16).digest()


def write_sources(path: Path, parts: Callable[[], Iterator[Keys]], partition: int = _PARTITION) -> None:
    """Write the keys of all rows, sorted.

    `parts()` gives the keys of the rows in order, part by part: uint64 `(rows, keys a row, 2)`. It is asked several
    times: once for each `partition` keys, and once to count them. The file is `<u8` `(3, keys)`: high halves in
    ascending order, low halves, rows.
    """
    count = sum(int(keys.any(axis=2).sum()) for keys in parts())
    if count == 0:
        np.save(path, np.zeros((3, 0), dtype="<u8"), allow_pickle=False)
        sync_file(path)
        return
    table = np.lib.format.open_memmap(path, mode="w+", dtype="<u8", shape=(3, count), version=(1, 0))
    _reserve(path)
    partitions = -(-count // partition)
    start = 0
    for number in range(partitions):
        found = np.concatenate([_of_partition(*part, number, partitions) for part in _with_rows(parts())], axis=1)
        order = np.lexsort((found[2], found[1], found[0]))
        table[:, start : start + found.shape[1]] = found[:, order]
        start += found.shape[1]
    table.flush()
    del table
    sync_file(path)


def _reserve(path: Path) -> None:
    """Claim the file's blocks: writing to a mapped file on a full disk kills the process, this raises OSError."""
    if hasattr(os, "posix_fallocate"):
        with path.open("rb+") as stream:
            os.posix_fallocate(stream.fileno(), 0, path.stat().st_size)


def _with_rows(parts: Iterator[Keys]) -> Iterator[tuple[Keys, int]]:
    first_row = 0
    for keys in parts:
        yield keys, first_row
        first_row += len(keys)


def _of_partition(keys: Keys, first_row: int, number: int, partitions: int) -> NDArray[np.uint64]:
    """Keys whose high half lies in a range of its own, with their rows: uint64 `(3, found)`."""
    rows = np.repeat(np.arange(first_row, first_row + len(keys), dtype=np.uint64), keys.shape[1])
    flat = keys.reshape(-1, 2)
    chosen = flat.any(axis=1) & ((((flat[:, 0] >> _HALF) * np.uint64(partitions)) >> _HALF) == np.uint64(number))
    return np.stack([flat[chosen, 0], flat[chosen, 1], rows[chosen]])


class Sources:
    """The keys of one side of a release, mapped into memory. Raises OSError or ValueError if the file is invalid."""

    def __init__(self, path: Path) -> None:
        table = np.load(path, mmap_mode="r" if _has_keys(path) else None, allow_pickle=False)
        if table.dtype != np.dtype("<u8") or table.ndim != 2 or len(table) != 3:
            raise ValueError(f"{path.name} holds no keys")
        self._high, self._low, self._rows = (np.asarray(part) for part in table)

    def find(self, keys: Keys) -> NDArray[np.int64]:
        """The first row that was made from each key's text: int64 `(keys,)`, -1 where there is none."""
        found = np.full(len(keys), -1, dtype=np.int64)
        if len(self._high) == 0 or len(keys) == 0:
            return found
        wanted = np.flatnonzero(keys.any(axis=1))
        places = np.searchsorted(self._high, keys[wanted, 0])
        while len(wanted):  # once, but for keys that have a high half in common
            there = places < len(self._high)
            wanted, places = wanted[there], places[there]
            there = self._high[places] == keys[wanted, 0]
            wanted, places = wanted[there], places[there]
            equal = self._low[places] == keys[wanted, 1]
            found[wanted[equal]] = self._rows[places[equal]]
            wanted, places = wanted[~equal], places[~equal] + 1
        return found


def _has_keys(path: Path) -> bool:
    """A file without keys cannot be mapped."""
    with path.open("rb") as stream:
        np.lib.format.read_magic(stream)
        shape, _, _ = np.lib.format.read_array_header_1_0(stream)
    return 0 not in shape


def concatenated(parts: Sequence[Keys]) -> Keys:
    """Keys of several kinds of the same rows, side by side: uint64 `(rows, kinds, 2)`."""
    return np.stack(parts, axis=1)
