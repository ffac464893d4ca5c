"""Index files follow from vectors and parameters alone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import faiss
import numpy as np
import pytest

from indexer.engines.making import PaddedRows, make_index
from indexer.engines.parameters import FlatParameters
from tests.support.engines import APPROXIMATE, COUNT, SPECS, make, unit


@pytest.mark.parametrize("name", ["flat16", *APPROXIMATE])
def test_the_same_vectors_give_the_same_bytes_with_any_number_of_threads(name: str, tmp_path: Path) -> None:
    threads = faiss.omp_get_max_threads()
    digests = set()
    try:
        for number in (1, 2, 2):
            faiss.omp_set_num_threads(number)
            directory = tmp_path / f"{len(list(tmp_path.iterdir()))}"
            directory.mkdir()
            make(directory, SPECS[name], unit(12, COUNT))
            files = sorted(directory.glob("side.[fi]*"))
            digests.add(tuple(hashlib.sha256(file.read_bytes()).hexdigest() for file in files))
    finally:
        faiss.omp_set_num_threads(threads)
    assert len(digests) == 1


def test_rows_are_padded_and_come_in_blocks_and_samples() -> None:
    vectors = unit(0, 100)
    rows = PaddedRows(vectors)
    assert (rows.count, rows.dim, rows.width) == (100, 20, 32)
    whole = np.concatenate(list(rows.blocks()))
    np.testing.assert_array_equal(whole[:, :20], vectors)
    assert not whole[:, 20:].any()
    sample = rows.sample(30, seed=1)
    places = [int(np.flatnonzero((whole == row).all(axis=1))[0]) for row in sample]
    assert places == sorted(set(places)) and len(places) == 30
    np.testing.assert_array_equal(rows.sample(1000, seed=1), whole)


def test_exact_kinds_have_no_index_to_make(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no index file"):
        make_index(PaddedRows(unit(0, 5)), FlatParameters(), tmp_path / "side.faiss")
