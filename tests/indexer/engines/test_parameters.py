"""Which kind of index is chosen for a corpus, and which parameters a kind takes."""

from __future__ import annotations

import pytest

from indexer.engines import AUTO, IndexSpec
from indexer.engines.parameters import choose, default_lists, padded, resolve, usable_memory

GIB = 1 << 30


@pytest.mark.parametrize(
    ("count", "memory", "chosen"),
    [
        (33_000, 16 * GIB, ("flat", "float32")),
        (2_000_000, 16 * GIB, ("flat", "float16")),
        (10_000_000, 64 * GIB, ("ivf", "float16")),
        (100_000_000, 64 * GIB, ("ivfpq", "float16")),
        (1_000_000, GIB, ("ivfpq", "float16")),
    ],
)
def test_auto_searches_exactly_while_that_is_cheap(count: int, memory: int, chosen: tuple[str, str]) -> None:
    assert choose(count, 300, memory) == chosen


def test_small_sides_are_flat_whatever_is_asked_for() -> None:
    assert resolve(IndexSpec(kind="hnsw"), 1_999, 300).kind == "flat"
    assert resolve(IndexSpec(kind="hnsw"), 2_000, 300).kind == "hnsw"


def test_auto_leaves_out_parameters_that_the_chosen_kind_lacks() -> None:
    spec = resolve(IndexSpec(kind=AUTO, parameters={"probes": 4}), 5_000, 300, 16 * GIB)
    assert (spec.kind, spec.parameters) == ("flat", {})


def test_lists_and_training_rows_follow_the_number_of_rows() -> None:
    spec = resolve(IndexSpec(kind="ivf"), 1_000_000, 300)
    assert spec.parameters["lists"] == default_lists(1_000_000) == 2048
    assert spec.parameters["train_rows"] == 64 * 2048
    assert resolve(IndexSpec(kind="ivf", parameters={"lists": 4096}), 2_000, 300).parameters["lists"] == 2_000


@pytest.mark.parametrize(("dim", "width"), [(1, 16), (256, 256), (300, 304)])
def test_vectors_are_padded_to_groups_of_sixteen(dim: int, width: int) -> None:
    assert padded(dim) == width


@pytest.mark.parametrize(
    ("kind", "parameters", "complaint"),
    [
        ("flat", {"bias": 1}, "kind flat has no parameter 'bias'"),
        ("ivf", {"links": 3}, "kind ivf has no parameter 'links'; known: .*probes"),
        ("hnsw", {"links": 1}, "parameter links of kind hnsw"),
        ("ivfpq", {"code_bytes": 7}, "code_bytes of kind ivfpq must divide 304"),
    ],
)
def test_wrong_parameters_are_named(kind: str, parameters: dict[str, int], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        resolve(IndexSpec.model_validate({"kind": kind, "parameters": parameters}), 5_000, 300)


def test_there_is_memory() -> None:
    assert usable_memory() > 1 << 20
