"""Tables of systems, from directories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.report.comparison import read_comparison
from training.report.errors import ReportError
from training.runs.comparison import Comparison, Measured, System


def measured(hits: float, seed: int) -> dict[str, object]:
    figures = {"hits@1": hits, "hits@10": 0.5, "mrr": 0.4, "mean_rank": 9.0, "queries": 3, "pool": 5}
    return {"metrics": {"text2mol": figures, "mol2text": figures}, "seed": seed}


def test_the_table_that_compare_writes_is_read_and_a_broken_one_refused(tmp_path: Path) -> None:
    runs = [Measured.model_validate(measured(hits, seed)) for seed, hits in enumerate((0.2, 0.4))]
    table = Comparison(conditions={"evaluated on": "held-out.tsv"}, systems=(System(name="paper", measured=(*runs,)),))
    (tmp_path / "comparison.json").write_text(json.dumps(table.as_json()), encoding="utf-8")
    assert read_comparison(tmp_path) == table
    for broken in ("{", "[]", '{"conditions": {}, "systems": [{"name": "paper", "measured": [{}]}]}'):
        (tmp_path / "comparison.json").write_text(broken, encoding="utf-8")
        with pytest.raises(ReportError, match=r"comparison\.json"):
            read_comparison(tmp_path)


def test_a_directory_without_a_table_is_an_error_that_says_what_to_name(tmp_path: Path) -> None:
    for directory in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ReportError, match="compare wrote"):
            read_comparison(directory)
