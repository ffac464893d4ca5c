"""The molecules most like one by its Morgan fingerprint: exact Tanimoto at the speed of memory.

Rows are visited by popcount, from that of the query outwards: of two fingerprints with a and b bits the similarity is
at most min(a, b) / max(a, b) (Swamidass and Baldi, J. Chem. Inf. Model. 2007), so the search ends where nothing further
out can be among the best.
"""

import numpy as np
from numpy.typing import NDArray

from model.inputs.fingerprint import FINGERPRINT_BITS

_ROWS = 16_384  # looked at at once: what fits into a processor's cache


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
        rows, similarities = np.empty(0, np.int64), np.empty(0, np.float64)
        waiting: list[NDArray[np.int32]] = []
        size = 0
        there = np.flatnonzero(np.diff(self._starts))  # popcounts that some row has
        visited: list[int] = there[np.argsort(-bounds[there], kind="stable")].tolist()
        for place, number in enumerate(visited):
            part = self._order[self._starts[number] : self._starts[number + 1]]
            waiting.append(part if allowed is None else part[allowed[part]])
            size += len(waiting[-1])
            last = place + 1 == len(visited)
            if size < _ROWS and not last and not (len(rows) >= k and bounds[visited[place + 1]] < similarities[k - 1]):
                continue
            found = np.concatenate(waiting).astype(np.int64)
            waiting, size = [], 0
            for start in range(0, len(found), _ROWS):
                some = found[start : start + _ROWS]
                rows = np.concatenate([rows, some])
                similarities = np.concatenate([similarities, self._similarities(words, bits, some)])
                best = np.lexsort((rows, -similarities))[:k]
                rows, similarities = rows[best], similarities[best]
            if not last and len(rows) >= k and bounds[visited[place + 1]] < similarities[-1]:
                break
        return rows, similarities.astype(np.float32)

    def _similarities(self, query: NDArray[np.uint64], bits: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        common = np.bitwise_count(self._words[rows] & query).sum(axis=1, dtype=np.int64)
        similarity: NDArray[np.float64] = common / np.maximum(self._counts[rows] + bits - common, 1)
        return similarity


def _bits(words: NDArray[np.uint64]) -> NDArray[np.int16]:
    bits: NDArray[np.int16] = np.bitwise_count(words).sum(axis=1, dtype=np.int16)
    return bits
