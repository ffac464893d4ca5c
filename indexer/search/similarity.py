"""The molecules most like one by its Morgan fingerprint: exact Tanimoto at the speed of memory.

Rows are visited by popcount, from that of the query outwards: of two fingerprints with a and b bits the similarity is
at most min(a, b) / max(a, b) (Swamidass and Baldi, J. Chem. Inf. Model. 2007), so the search ends where nothing further
out can be among the best.
"""

import faiss
import numpy as np
from numpy.typing import NDArray

from model.inputs.fingerprint import FINGERPRINT_BITS

_ROWS = 4096  # looked at at once: their megabyte fits into a processor's cache


class SimilaritySearch:
    """Over packed fingerprints, uint8 `(molecules, 256)`, which may be mapped; adds 6 bytes a molecule in memory."""

    def __init__(self, fingerprints: NDArray[np.uint8]) -> None:
        self._words = np.ascontiguousarray(fingerprints).view(np.uint64)
        counts = np.empty(len(fingerprints), np.int16)
        for start in range(0, len(counts), _ROWS):
            counts[start : start + _ROWS] = _bits(self._words[start : start + _ROWS])
        self._order = np.argsort(counts, kind="stable").astype(np.int32)
        self._counts = counts
        self._starts = np.searchsorted(counts[self._order], np.arange(FINGERPRINT_BITS + 2))

    def search(
        self, query: NDArray[np.uint8], k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The k rows of highest Tanimoto similarity, best first, ties in row order, and their similarities.

        query: packed `(256,)`; allowed: which rows may be found, bool `(molecules,)`. Fewer where there are fewer.
        """
        words = query.view(np.uint64)
        bits = int(_bits(words[None])[0])
        numbers = np.arange(FINGERPRINT_BITS + 1)
        bounds = np.minimum(numbers, bits) / np.maximum(np.maximum(numbers, bits), 1)
        best = _Best(k)
        buffer = np.empty((_ROWS, self._words.shape[1]), np.uint64)
        waiting: list[NDArray[np.int32]] = []
        size = 0
        there = np.flatnonzero(np.diff(self._starts))  # popcounts that some row has
        visited: list[int] = there[np.argsort(-bounds[there], kind="stable")].tolist()
        for place, number in enumerate(visited):
            part = self._order[self._starts[number] : self._starts[number + 1]]
            waiting.append(part if allowed is None else part[allowed[part]])
            size += len(waiting[-1])
            bound = bounds[visited[place + 1]] if place + 1 < len(visited) else -2.0
            if size < _ROWS and bound >= best.least:
                continue
            found = np.concatenate(waiting).astype(np.int64)
            waiting, size = [], 0
            for start in range(0, len(found), _ROWS):
                some = found[start : start + _ROWS]
                best.add(some, self._similarities(words, bits, some, buffer))
            if bound < best.least:
                break
        return best.rows, best.similarities.astype(np.float32)

    def _similarities(
        self, query: NDArray[np.uint64], bits: int, rows: NDArray[np.int64], buffer: NDArray[np.uint64]
    ) -> NDArray[np.float64]:
        """Of some rows, by their Hamming distance, which FAISS computes as fast as memory can be read.

        buffer: memory for the rows' fingerprints; to ask for new memory takes longer than all the rest.
        """
        near, distances = buffer[: len(rows)], np.empty(len(rows), np.int32)
        np.take(self._words, rows, axis=0, out=near, mode="clip")  # the one mode that writes to `out` directly
        pointers = [faiss.swig_ptr(array) for array in (query.view(np.uint8), near.view(np.uint8), distances)]
        faiss.hammings(pointers[0], pointers[1], 1, len(rows), query.nbytes, pointers[2])  # type: ignore[attr-defined]
        total = self._counts[rows] + np.int32(bits)
        similarity: NDArray[np.float64] = (total - distances) / np.maximum(total + distances, 1)
        return similarity


class _Best:
    """The k rows of highest similarity among all that were added, best first, ties in row order."""

    def __init__(self, k: int) -> None:
        self.rows, self.similarities = np.empty(0, np.int64), np.empty(0, np.float64)
        self._k = k

    @property
    def least(self) -> float:
        """What a row needs to be among them; less than nothing while there is room."""
        return float(self.similarities[-1]) if len(self.rows) == self._k else -1.0

    def add(self, rows: NDArray[np.int64], similarities: NDArray[np.float64]) -> None:
        good = similarities >= self.least
        rows = np.concatenate([self.rows, rows[good]])
        similarities = np.concatenate([self.similarities, similarities[good]])
        order = np.lexsort((rows, -similarities))[: self._k]
        self.rows, self.similarities = rows[order], similarities[order]


def _bits(words: NDArray[np.uint64]) -> NDArray[np.int16]:
    bits: NDArray[np.int16] = np.bitwise_count(words).sum(axis=1, dtype=np.int16)
    return bits
