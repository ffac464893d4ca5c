"""Vector files and FAISS files that are damaged or of another shape are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indexer.engines import engine_for
from indexer.engines.files import open_vectors, read_faiss
from indexer.engines.parameters import padded
from tests.support.engines import APPROXIMATE, COUNT, DIM, SPECS, make, unit


@pytest.mark.parametrize("name", ["flat16", *APPROXIMATE])
def test_damaged_and_foreign_files_are_refused(name: str, tmp_path: Path) -> None:
    make(tmp_path, SPECS[name], unit(15, COUNT)).close()
    spec = engine_for(SPECS[name]).resolve(SPECS[name], COUNT, DIM)
    vectors, file = tmp_path / "side.npy", tmp_path / "side.faiss"
    content = file.read_bytes()
    for harm in (b"", b"nonsense", content[: len(content) // 2]):
        file.write_bytes(harm)
        with pytest.raises((ValueError, OSError), match=r"side\.faiss"):
            engine_for(spec).open(vectors, tmp_path, spec)
    file.write_bytes(content)
    np.save(vectors, unit(15, COUNT + 1))
    with pytest.raises(ValueError, match=r"side\.faiss has shape"):
        engine_for(spec).open(vectors, tmp_path, spec)
    file.unlink()
    with pytest.raises((ValueError, OSError), match=r"side\.faiss"):
        engine_for(spec).open(vectors, tmp_path, spec)


@pytest.mark.parametrize("array", [np.zeros((3, 2)), np.zeros(3, np.float32), np.zeros((1, 2, 2), np.float32)])
def test_arrays_that_are_no_vectors_are_refused(array: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", array)
    with pytest.raises(ValueError, match=r"v\.npy holds .*not float32 \(count, dim\)"):
        open_vectors(tmp_path / "v.npy")


def test_a_side_without_rows_can_be_opened(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.empty((0, 7), np.float32))
    assert open_vectors(tmp_path / "v.npy").shape == (0, 7)


def test_another_npy_format_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "v.npy").open("wb") as stream:
        np.lib.format.write_array(stream, np.zeros((1, 2), np.float32), version=(2, 0))
    with pytest.raises(ValueError, match=r"format \(2, 0\), not \(1, 0\)"):
        open_vectors(tmp_path / "v.npy")


@pytest.mark.parametrize(("name", "bytes_a_side"), [("hnsw", COUNT * 12), ("ivf", 32 * 32 * 4)])
def test_what_stays_in_memory_is_a_little_of_the_index(name: str, bytes_a_side: int, tmp_path: Path) -> None:
    index = make(tmp_path, SPECS[name], unit(16, COUNT))
    stats = index.stats()
    assert stats.resident_bytes == bytes_a_side < stats.index_bytes
    assert read_faiss(tmp_path / "side.faiss", COUNT, padded(DIM)).ntotal == COUNT
