"""The exact search by Tanimoto similarity, against looking at every row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.search.similarity import SimilaritySearch
from model.inputs.fingerprint import tanimoto


def fingerprints(seed: int, count: int) -> np.ndarray:  # type: ignore[type-arg]
    """Of very different popcounts, some empty, some equal."""
    random = np.random.default_rng(seed)
    density = random.choice([0.0, 0.01, 0.02, 0.05, 0.3], size=(count, 1))
    bits = random.random((count, 2048)) < density
    bits[1::7] = bits[0]
    return np.packbits(bits, axis=1)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 300), st.integers(1, 40), st.booleans())
def test_the_best_rows_are_those_of_looking_at_all(seed: int, count: int, k: int, limited: bool) -> None:
    rows = fingerprints(seed, count)
    query = fingerprints(seed + 1, 3)[seed % 3]
    allowed = np.random.default_rng(seed).random(count) < 0.5 if limited else np.ones(count, np.bool_)
    found, similarities = SimilaritySearch(rows).search(query, k, allowed if limited else None)
    every = tanimoto(query, rows)
    wanted = [row for row in np.lexsort((np.arange(count), -every.astype(np.float64))) if allowed[row]][:k]
    assert similarities.tolist() == pytest.approx(every[wanted].tolist())
    assert every[found].tolist() == pytest.approx(similarities.tolist())
    assert len(set(found.tolist())) == len(wanted)
