"""Text2Mol's pickled dict of vectors: read as numpy would, and nothing that a pickle says is done."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from training.inputs.mol2vec import Mol2vecError, load_vectors
from training.inputs.pickled_vectors import PickledVectorsError, load_pickled_vectors


def saved(path: Path, content: object, protocol: int = 4) -> Path:
    """As `numpy.save` writes an object, with a pickle protocol of our choice."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "|O", "fortran_order": False, "shape": ()})
    path.write_bytes(file.getvalue() + pickle.dumps(np.array(content, dtype=object), protocol))
    return path


@pytest.mark.parametrize("protocol", [2, 3, 4])
@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2"])
def test_vectors_are_those_that_were_saved(tmp_path: Path, dtype: str, protocol: int) -> None:
    content = {token: np.arange(3).astype(dtype) + row for row, token in enumerate(("UNK", "864662311"))}
    found = load_pickled_vectors(saved(tmp_path / "a.npy", content, protocol))
    assert list(found) == ["UNK", "864662311"]
    assert found["864662311"].dtype == np.float32
    assert found["864662311"].tolist() == [1, 2, 3]


def test_what_numpy_saves_is_read_as_mol2vec_vectors(tmp_path: Path) -> None:
    path = tmp_path / "token_embedding_dict.npy"
    np.save(path, {"UNK": np.zeros(4, np.float32), "1": np.ones((1, 4), np.float32)}, allow_pickle=True)  # type: ignore[arg-type]
    vectors = load_vectors(path)
    assert vectors.tokens == ("UNK", "1")
    assert vectors.vectors.tolist() == [[0] * 4, [1] * 4]
    with pytest.raises(Mol2vecError, match="no token UNK"):
        load_vectors(saved(tmp_path / "b.npy", {"1": np.ones(4, np.float32)}))


class Malicious:
    def __init__(self, call: Callable[..., object], *arguments: object) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call, self.arguments


def test_nothing_is_executed(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    for call, arguments in ((os.system, (f"touch {witness}",)), (eval, (f"open({str(witness)!r}, 'w')",))):
        path = saved(tmp_path / "evil.npy", {"UNK": Malicious(call, *arguments)})
        with pytest.raises(PickledVectorsError, match=r"it names (posix|nt|builtins)"):
            load_pickled_vectors(path)
    assert not witness.exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([1, 2], "not a dict"),
        ({}, "not a dict"),
        ({1: np.ones(2)}, "a key is int"),
        ({"UNK": 1.0}, "not an array"),
        ({"UNK": np.ones(2, int)}, "not floating-point"),
        ({"UNK": np.ones((2, 2))}, "not a vector"),
        ({"UNK": np.ones(2), "1": np.ones(3)}, "differ in length"),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, content: object, reason: str) -> None:
    with pytest.raises(PickledVectorsError, match=reason):
        load_pickled_vectors(saved(tmp_path / "a.npy", content))


def test_a_plain_or_broken_file_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "plain.npy", np.ones(3))
    with pytest.raises(PickledVectorsError, match="not one object"):
        load_pickled_vectors(tmp_path / "plain.npy")
    whole = saved(tmp_path / "a.npy", {"UNK": np.ones(3)}).read_bytes()
    for content in (b"", whole[:40], whole[:-20], b"not numpy at all"):
        (tmp_path / "broken.npy").write_bytes(content)
        with pytest.raises(PickledVectorsError):
            load_pickled_vectors(tmp_path / "broken.npy")
    with pytest.raises(PickledVectorsError, match="cannot be read"):
        load_pickled_vectors(tmp_path / "missing.npy")
