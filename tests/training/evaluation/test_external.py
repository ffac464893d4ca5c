"""Embeddings of external systems: put in the order of the set, and checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from training.evaluation import EvaluationError, prepare, score
from training.evaluation.external import Embeddings, embed_external, load_embeddings
from training.evaluation.metrics import Metrics
from training.pairs import Candidate, Pair

CANDIDATES = [Candidate("1", "CCO"), Candidate("2", "CC"), Candidate("3", "C"), Candidate("4", "OCC")]


def pair(smiles: str, text: str, identifier: str | None = None) -> Pair:
    return Pair(smiles, text, identifier, "test")


def vectors(*rows: Sequence[float]) -> NDArray[np.float32]:
    return np.array(rows, dtype=np.float32)


def test_external_embeddings_stand_in_the_order_of_the_set(tmp_path: Path) -> None:
    prepared = prepare([pair("C", "methane", "3"), pair("CCO", "ethanol", "1")], CANDIDATES[:3])
    np.savez(tmp_path / "mol.npz", ids=np.array([3, 2, 1]), embeddings=np.eye(3))
    np.savez(tmp_path / "text.npz", ids=np.array(["1", "3"]), embeddings=vectors([0, 0, 1], [1, 0, 0]))
    embedded = embed_external(prepared, load_embeddings(tmp_path / "text.npz"), load_embeddings(tmp_path / "mol.npz"))
    assert embedded.molecules.dtype == np.float32
    assert score(prepared, embedded)["text2mol"] == Metrics(1, 1, 1, 1, 2, 3)


def test_external_embeddings_that_do_not_cover_the_set_are_refused() -> None:
    prepared = prepare([pair("C", "methane", "3"), pair("CCO", "ethanol", "1")], CANDIDATES[:3])
    some = Embeddings(("1", "3"), np.eye(2, dtype=np.float32))
    with pytest.raises(EvaluationError, match="1 of 3 molecule ids have no embedding, for example '2'"):
        embed_external(prepared, some, some)
    twice = prepare([pair("C", "methane", "3"), pair("C", "marsh gas", "3")], CANDIDATES[:3])
    with pytest.raises(EvaluationError, match="no two alike"):
        embed_external(twice, some, some)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"ids": np.array(["1"])}, "no array embeddings"),
        ({"ids": np.array(["1", "1"]), "embeddings": np.ones((2, 2))}, "more than once"),
        ({"ids": np.array(["1"]), "embeddings": np.ones((2, 2))}, "shape"),
        ({"ids": np.array([1.5]), "embeddings": np.ones((1, 2))}, "whole numbers"),
        ({"ids": np.array(["1"]), "embeddings": np.array([[np.nan]])}, "not finite"),
        ({"ids": np.array(["1"], dtype=object), "embeddings": np.ones((1, 2))}, "cannot be read"),
    ],
)
def test_files_of_embeddings_are_checked(tmp_path: Path, arrays: dict[str, NDArray[np.generic]], message: str) -> None:
    np.savez(tmp_path / "e.npz", **arrays)  # type: ignore[arg-type]
    with pytest.raises(EvaluationError, match=message):
        load_embeddings(tmp_path / "e.npz")


def test_a_file_that_is_no_npz_is_refused(tmp_path: Path) -> None:
    (tmp_path / "e.npz").write_text("no zip")
    np.save(tmp_path / "plain.npy", np.ones(3))
    for name in ("e.npz", "plain.npy", "absent.npz"):
        with pytest.raises(EvaluationError, match="cannot be read"):
            load_embeddings(tmp_path / name)
