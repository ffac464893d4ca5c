"""Lineage of checkpoints: a record names its parents by digest, and describes every ancestor once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from model import Checkpoint

LINEAGE = "lineage"
_NOT_OF_THE_LINEAGE = ("config", "notice", LINEAGE)  # of an ancestor: what it was made of, and not how


def reference(checkpoint: Checkpoint) -> dict[str, JsonValue]:
    """How a record refers to a parent; `lineage_of` describes it."""
    return {"name": checkpoint.name, "digest": checkpoint.digest}


def lineage_of(parents: Iterable[Checkpoint]) -> dict[str, JsonValue]:
    """The parents and all their ancestors, by digest, each after its own parents."""
    lineage: dict[str, JsonValue] = {}
    for parent in parents:
        training = parent.info.training
        before = training.get(LINEAGE)
        lineage |= before if isinstance(before, Mapping) else {}
        own = {key: value for key, value in training.items() if key not in _NOT_OF_THE_LINEAGE}
        lineage[parent.digest] = {"name": parent.name, **own}
    return lineage


def trained_on(training: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The data of a checkpoint's last training run: its own, or that of the nearest ancestor; empty if none says so."""
    lineage = training.get(LINEAGE)
    ancestors = lineage.values() if isinstance(lineage, Mapping) else ()
    records = [one.get("data") for one in (*ancestors, training) if isinstance(one, Mapping)]
    return next((data for data in reversed(records) if isinstance(data, dict)), {})
