"""Inverted lists filled on disk hold what FAISS would hold in memory, and can be moved with their release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.engines import IndexSpec, engine_for
from indexer.engines.files import read_faiss
from indexer.engines.inverted_lists import lists_file, write_lists
from tests.support.engines import DIM, make, unit

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


def contents(index: faiss.IndexIVF, number: int) -> tuple[list[int], bytes]:
    """Row numbers and codes of one list."""
    lists = index.invlists
    count = lists.list_size(number)
    if not count:
        return [], b""
    ids = faiss.rev_swig_ptr(lists.get_ids(number), count)
    codes = faiss.rev_swig_ptr(lists.get_codes(number), count * lists.code_size)
    return ids.tolist(), codes.tobytes()


@pytest.mark.parametrize("rows", [0, 3, ROWS])
@pytest.mark.parametrize("kind", ["float32", "float16", "pq"])
def test_lists_hold_what_faiss_would_hold_in_memory(tmp_path: Path, kind: str, rows: int) -> None:
    path = tmp_path / "written" / "side.faiss"
    path.parent.mkdir()
    write_lists(trained(kind, 16), lambda: blocks(rows), path)
    assert sorted(file.name for file in path.parent.iterdir()) == ["side.faiss", "side.ivfdata"]
    moved = path.parent.rename(tmp_path / "moved") / path.name
    found = read_faiss(moved, rows, WIDTH)
    expected = trained(kind, 16)
    for block in blocks(rows):
        expected.add(block)
    assert isinstance(found, faiss.IndexIVF)
    assert [contents(found, number) for number in range(16)] == [contents(expected, number) for number in range(16)]
    assert bytes(str(tmp_path), "utf-8") not in moved.read_bytes()


def test_an_index_with_its_lists_in_one_file_still_opens(tmp_path: Path) -> None:
    """What versions before this one wrote."""
    vectors, queries = unit(0, 3000), unit(1, 20)
    spec = IndexSpec(kind="ivf", parameters={"lists": 16, "probes": 16})
    now = make(tmp_path, spec, vectors)
    path = tmp_path / "side.faiss"
    index = read_faiss(path, 3000, 32)
    assert isinstance(index, faiss.IndexIVF)
    in_memory = faiss.ArrayInvertedLists(index.nlist, index.code_size)
    _copy(index, in_memory)
    index.replace_invlists(in_memory, False)
    lists_file(path).unlink()
    faiss.write_index(index, str(path))
    resolved = engine_for(spec).resolve(spec, 3000, DIM)
    before = engine_for(spec).open(tmp_path / "side.npy", tmp_path, resolved)
    assert before.search(queries, 10).rows.tolist() == now.search(queries, 10).rows.tolist()


def _copy(index: faiss.IndexIVF, target: faiss.ArrayInvertedLists) -> None:
    for number in range(index.nlist):
        ids, codes = contents(index, number)
        if ids:
            rows, raw = np.asarray(ids, np.int64), np.frombuffer(codes, np.uint8).copy()
            target.add_entries(number, len(ids), faiss.swig_ptr(rows), faiss.swig_ptr(raw))


def test_lists_of_another_size_are_refused(tmp_path: Path) -> None:
    spec = IndexSpec(kind="ivf", parameters={"lists": 16})
    make(tmp_path, spec, unit(2, 3000)).close()
    resolved = engine_for(spec).resolve(spec, 3000, DIM)
    lists = tmp_path / "side.ivfdata"
    lists.write_bytes(lists.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"side\.ivfdata has .* bytes; side\.faiss says"):
        engine_for(spec).open(tmp_path / "side.npy", tmp_path, resolved)
    lists.unlink()
    with pytest.raises((ValueError, OSError), match=r"side\.(faiss|ivfdata)"):
        engine_for(spec).open(tmp_path / "side.npy", tmp_path, resolved)
