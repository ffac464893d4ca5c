"""Files written block by block have the bytes that FAISS writes for an index that it has whole."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.engines.streaming import write_codes, write_lists

ROWS, WIDTH, BLOCK = 900, 16, 256
VECTORS = np.random.default_rng(0).normal(size=(ROWS, WIDTH)).astype(np.float32)
_METRIC = faiss.METRIC_INNER_PRODUCT


def blocks(rows: int = ROWS) -> Iterator[NDArray[np.float32]]:
    for start in range(0, rows, BLOCK):
        yield VECTORS[start : min(start + BLOCK, rows)]


def trained(kind: str, lists: int) -> faiss.IndexIVF:
    coarse = faiss.IndexFlat(WIDTH, _METRIC)
    index: faiss.IndexIVF
    if kind == "float32":
        index = faiss.IndexIVFFlat(coarse, WIDTH, lists, _METRIC)
    elif kind == "float16":
        quantizer = faiss.ScalarQuantizer.QT_fp16
        index = faiss.IndexIVFScalarQuantizer(coarse, WIDTH, lists, quantizer, _METRIC, False)
    else:
        index = faiss.IndexIVFPQ(coarse, WIDTH, lists, 4, 6, _METRIC)
    index.cp.min_points_per_centroid = 1
    index.train(VECTORS)
    return index


@pytest.mark.parametrize("rows", [0, 3, ROWS])
@pytest.mark.parametrize("kind", ["float32", "float16", "pq"])
def test_lists_are_as_faiss_writes_them(tmp_path: Path, kind: str, rows: int) -> None:
    """With three rows most lists are empty, which FAISS writes in another form."""
    index = trained(kind, 16)
    write_lists(index, lambda: blocks(rows), tmp_path / "ours")
    assert index.ntotal == 0
    for block in blocks(rows):
        index.add(block)
    faiss.write_index(index, str(tmp_path / "theirs"))
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ours", "theirs"]


def test_codes_are_as_faiss_writes_them(tmp_path: Path) -> None:
    index = faiss.IndexScalarQuantizer(WIDTH, faiss.ScalarQuantizer.QT_fp16, _METRIC)
    index.train(VECTORS)
    parts = [block.astype(np.float16).view(np.uint8) for block in blocks()]
    write_codes(index, parts, ROWS, tmp_path / "ours")
    for part in parts:
        index.add_sa_codes(part)
    faiss.write_index(index, str(tmp_path / "theirs"))
    assert (tmp_path / "ours").read_bytes() == (tmp_path / "theirs").read_bytes()
