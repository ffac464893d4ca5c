"""The published tables as the paper prints them, and ours beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.config import ConfigError
from training.pairs import read_candidates, read_pairs
from training.reproduce.figures import mean_difference
from training.reproduce.files import find_files, write_slice
from training.reproduce.published import TABLE_1, TABLE_2
from training.reproduce.side_by_side import side_by_side
from training.runs.comparison import Comparison, Measured, System


def test_rows_that_are_in_both_tables_agree() -> None:
    """Row 1 of Table II is the model of Table I; each further row has less and is worse."""
    assert TABLE_2["paper"] == TABLE_1["paper"]
    mrr = [row["text2mol"][2] for row in TABLE_2.values()]
    assert mrr == sorted(mrr, reverse=True)
    for row in (*TABLE_1.values(), *TABLE_2.values()):
        for hits1, hits10, reciprocal, rank in row.values():
            assert 0 < hits1 < reciprocal < hits10 < 1 < rank


def test_the_difference_stands_beside_both_figures() -> None:
    figures = {"hits@1": 0.6, "hits@10": 0.9, "mrr": 0.7, "mean_rank": 10.0, "queries": 3, "pool": 5}
    system = System(name="paper", measured=(Measured(metrics={"text2mol": figures}),))
    text = side_by_side(Comparison(conditions={"seeds": [0]}, systems=(system,)), TABLE_1)
    line, without = [line for line in text.splitlines() if line.startswith("| paper | 1 ")]
    assert "| 0.600 | 0.565 | +0.035 |" in line
    assert "| 10.00 | 12.66 | -2.66 |" in line
    assert "| – | 0.523 | – |" in without  # molecule → text was not measured
    assert "| Atomas-base | – | – | 0.501 | – |" in text
    assert text.rstrip().endswith("- seeds: [0]")


def test_the_mean_difference_by_hand() -> None:
    """Two pairs: the texts are orthogonal, the molecules have a cosine of .6."""
    texts = np.array([[2.0, 0.0], [0.0, 1.0]])
    molecules = np.array([[1.0, 0.0], [0.6, 0.8]])
    assert mean_difference(texts, molecules, sample=10) == pytest.approx(0.6)
    assert mean_difference(texts, texts[::-1]) == pytest.approx(0)
    with pytest.raises(ValueError, match="two pairs"):
        mean_difference(texts[:1], molecules[:1])


def test_a_slice_holds_every_pair_once_and_all_molecules(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.tsv"
    rows = [f"{'C' * length}O\talcohol number {length}\n" for length in range(1, 41)]
    pairs.write_text("smiles\tdescription\n" + "".join(rows), encoding="utf-8")
    files = write_slice(str(pairs), tmp_path / "slice", rows=30)
    counts = [len(read_pairs(source).pairs) for source in files.texts]
    assert counts == [24, 3, 3]
    assert len(read_candidates(files.candidates)) == 30
    assert len(read_pairs(f"{files.pcdes}?pcdes_split=test").pairs) == 3
    assert find_files(tmp_path / "slice") == files


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"lacks train.txt, validation.txt, test.txt, candidates.tsv"):
        find_files(tmp_path)
