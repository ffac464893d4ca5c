"""The candidate pool of several splits."""

from __future__ import annotations

from pathlib import Path

from training.pairs import read_candidates
from training.published.candidates import write_candidates

GOOD_TABLE = "CID\tSMILES\tdescription\n1\tC\tA gas.\n2\tCC\tAnother.\n"


def test_candidates_are_all_molecules_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(GOOD_TABLE)
    (tmp_path / "b").write_text("CID\tSMILES\tdescription\n2\tCC\tAgain.\n3\tCCC\tMore.\n")
    assert write_candidates([tmp_path / "a", tmp_path / "b"], tmp_path / "candidates.tsv") == 3
    assert [(one.id, one.smiles) for one in read_candidates(tmp_path / "candidates.tsv")] == [
        ("1", "C"),
        ("2", "CC"),
        ("3", "CCC"),
    ]
