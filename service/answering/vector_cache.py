"""Vectors of the latest text queries: what is asked again is not encoded again, and scores the same to the last bit."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Known:
    """A text's vector `(dim,)`, and what its features say of it: see `TextFeatures`."""

    vector: NDArray[np.float32]
    truncated: bool
    unknown: float = 0.0


class VectorCache:
    """The `size` texts used most recently. Safe for threads; a size of 0 keeps none."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: OrderedDict[tuple[str, str], Known] = OrderedDict()
        self._lock = threading.Lock()
        self.hits = self.misses = 0  # of `get`

    def get(self, model: str, text: str) -> Known | None:
        """What the checkpoint with the digest `model` makes of a text, if it is known."""
        with self._lock:
            known = self._known.get((model, text))
            if known is None:
                self.misses += 1
            else:
                self.hits += 1
                self._known.move_to_end((model, text))
            return known

    def put(self, model: str, text: str, vector: NDArray[np.float32], truncated: bool, unknown: float = 0.0) -> None:
        """Keeps a copy of `vector`, which as a view would keep its whole batch in memory."""
        with self._lock:
            self._known[model, text] = Known(vector.copy(), truncated, unknown)
            if len(self._known) > self._size:
                self._known.popitem(last=False)
