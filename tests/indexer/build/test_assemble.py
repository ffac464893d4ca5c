"""Rejects are a table that any program reads, whatever stands in a row; vectors a file that NumPy reads."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.build.assemble import write_npy, write_rejects
from indexer.corpus import Reject


@settings(max_examples=50, deadline=None)
@given(text=st.text())
def test_a_reject_stays_one_line_of_six_cells(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("rejects") / "rejects.tsv"
    rejects = [Reject(text, 3, "smiles", "empty_structure", text, text), Reject("f", 4, "id", "duplicate_id", "r", "")]
    write_rejects(path, rejects)
    with path.open(encoding="utf-8", newline="\n") as stream:
        rows = list(csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [len(row) for row in rows] == [6, 6, 6]
    assert rows[2] == ["f", "4", "id", "duplicate_id", "r", ""]


def test_parts_become_one_array(tmp_path: Path) -> None:
    parts = [np.full((rows, 3), rows, np.float32) for rows in (2, 0, 1)]
    write_npy(tmp_path / "a.npy", "<f4", (3, 3), iter(parts))
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), np.concatenate(parts))
