"""What a record tells of ancestors: each of them once, after its own parents."""

from __future__ import annotations

from pathlib import Path

from pydantic import JsonValue

from model import Checkpoint, load_checkpoint, save_checkpoint
from tests.support.tiny import tiny_encoder
from training.runs.averaging import average_checkpoints
from training.runs.lineage import lineage_of, reference, trained_on

FIRST: dict[str, JsonValue] = {"sources": ["first.tsv"]}
LEG: dict[str, JsonValue] = {"sources": ["second.tsv"]}


def _made(path: Path, training: dict[str, JsonValue]) -> Checkpoint:
    save_checkpoint(path, tiny_encoder(), name=path.name, training=training)
    return load_checkpoint(path)


def test_an_ancestor_of_both_parents_is_told_of_once(tmp_path: Path) -> None:
    start = _made(tmp_path / "start", {"data": FIRST, "config": {}, "notice": "CC BY 4.0"})
    record: dict[str, JsonValue] = {"data": {**LEG, "init": reference(start)}, "lineage": lineage_of([start])}
    leg = _made(tmp_path / "leg", record)
    average_checkpoints([str(tmp_path / "start"), str(tmp_path / "leg")], tmp_path / "mean", shares=[1, 1])
    mean = load_checkpoint(tmp_path / "mean")
    tuned = lineage_of([mean])
    assert list(tuned) == [start.digest, leg.digest, mean.digest]
    assert tuned[start.digest] == {"name": "start", "data": FIRST}
    assert tuned[leg.digest] == {"name": "leg", "data": {**LEG, "init": {"name": "start", "digest": start.digest}}}
    assert tuned[mean.digest] == {"name": "start", "averaged": mean.info.training["averaged"]}
    card = (tmp_path / "mean" / "README.md").read_text(encoding="utf-8")
    assert f"- lineage:\n  - {start.digest}:\n    - name: start\n    - data:\n      - sources: first.tsv\n" in card


def test_data_is_that_of_the_nearest_training(tmp_path: Path) -> None:
    start = _made(tmp_path / "start", {"data": FIRST})
    leg = _made(tmp_path / "leg", {"data": LEG, "lineage": lineage_of([start])})
    assert trained_on(leg.info.training) == LEG
    tuned: dict[str, JsonValue] = {"tuned": {"from": leg.digest}, "lineage": lineage_of([leg])}
    assert trained_on(tuned) == LEG
    assert trained_on({"lineage": lineage_of([start])}) == FIRST
    assert trained_on({"preset": "x"}) == {}
