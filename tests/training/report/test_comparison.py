"""Tables of systems and sweeps over the second-order weights, from directories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from training.report.comparison import read_comparison, read_sweep
from training.report.errors import ReportError
from training.runs.comparison import Comparison, Measured, System


def run(
    directory: Path, u2u: float, u2c: float, mrr: float, *, seed: int = 0, batch: int = 32, epochs: int = 2
) -> None:
    directory.mkdir(parents=True)
    weights = {"u2u_weight": u2u, "u2c_weight": u2c, "temperature": 1.0}
    config = {
        "name": directory.name,
        "seed": seed,
        "batch_size": batch,
        "epochs": epochs,
        "loss": {"second_order": weights},
    }
    (directory / "config.yaml").write_text(yaml.safe_dump({"config": config, "data": {}}), encoding="utf-8")
    lines = [
        {"kind": "validation", "step": step, "epoch": step, "seconds": 1, "text2mol/mrr": value}
        for step, value in ((1, mrr), (2, mrr - 0.1))
    ]
    (directory / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_a_sweep_takes_the_best_validation_averages_seeds_and_leaves_gaps(tmp_path: Path) -> None:
    run(tmp_path / "a", 0, 0, 0.3)
    run(tmp_path / "deep" / "b", 1, 0, 0.4, seed=0)
    run(tmp_path / "deep" / "c", 1, 0, 0.5, seed=1)
    run(tmp_path / "d", 1, 2, 0.6)
    run(tmp_path / "another-batch", 2, 2, 0.9, batch=64)  # not comparable
    sweep = read_sweep(tmp_path)
    assert sweep is not None
    assert (sweep.u2u, sweep.u2c, sweep.runs) == ((0, 1), (0, 2), 4)
    assert sweep.values[0] == (0.3, None)
    assert sweep.values[1] == pytest.approx((0.45, 0.6))


def test_unfinished_runs_are_counted_and_left_out(tmp_path: Path) -> None:
    run(tmp_path / "a", 0, 0, 0.3)
    run(tmp_path / "b", 1, 0, 0.4)
    run(tmp_path / "c", 1, 0, 0.9, seed=1, epochs=3)
    sweep = read_sweep(tmp_path)
    assert sweep is not None
    assert (sweep.runs, sweep.unfinished) == (2, 1)
    assert sweep.values == ((0.3,), (0.4,))


def test_runs_that_differ_in_nothing_are_no_sweep(tmp_path: Path) -> None:
    run(tmp_path / "a", 1, 1, 0.3, seed=0)
    run(tmp_path / "b", 1, 1, 0.4, seed=1)
    assert read_sweep(tmp_path) is None
    assert read_comparison(tmp_path) is None


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
