"""The latest texts are known, older ones are forgotten."""

from __future__ import annotations

import numpy as np

from service.answering.vector_cache import VectorCache


def test_the_texts_used_latest_are_kept() -> None:
    cache = VectorCache(2)
    batch = np.eye(3, dtype=np.float32)
    for row, text in enumerate(("first", "second")):
        cache.put("model", text, batch[row], truncated=row == 1)
    assert cache.get("model", "first") is not None
    cache.put("model", "third", batch[2], truncated=False)
    assert cache.get("model", "second") is None
    kept = cache.get("model", "third")
    assert kept is not None and kept.vector.tolist() == [0, 0, 1] and not kept.truncated
    assert kept.vector.base is None  # no view: its batch is not kept in memory


def test_a_cache_of_none_keeps_none() -> None:
    cache = VectorCache(0)
    cache.put("model", "text", np.ones(2, np.float32), truncated=False)
    assert cache.get("model", "text") is None
