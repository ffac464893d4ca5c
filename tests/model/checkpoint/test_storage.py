"""Weights as stored: exact in float32, within stated bounds below."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from model.checkpoint.storage import StoragePrecision, as_stored, from_storage, to_storage
from tests.support.tiny import TEXTS, tiny_encoder


def module() -> nn.ModuleDict:
    torch.manual_seed(0)
    made = nn.ModuleDict({"table": nn.EmbeddingBag(50, 16), "linear": nn.Linear(16, 8), "norm": nn.BatchNorm1d(8)})
    weight = made["table"].weight
    assert isinstance(weight, nn.Parameter)
    weight.data[3] = 0  # a row that no training example touched
    weight.data[4] *= 100
    weight.data[5] *= 1e-4
    return made


def test_float32_is_exact() -> None:
    made = module()
    state = from_storage(to_storage(made, "float32"))
    assert state.keys() == made.state_dict().keys()
    assert all(torch.equal(value, state[name]) for name, value in made.state_dict().items())


def test_float16_keeps_eleven_bits() -> None:
    made = module()
    for name, value in from_storage(to_storage(made, "float16")).items():
        original = made.state_dict()[name]
        assert value.dtype == original.dtype
        torch.testing.assert_close(value, original, rtol=2**-11, atol=2**-24)


def test_int8_tables_are_within_half_a_step_of_their_row() -> None:
    made = module()
    state = from_storage(to_storage(made, "int8"))
    table = made.state_dict()["table.weight"]
    largest = table.abs().amax(dim=1, keepdim=True)
    step = largest / 127 * (1 + 2**-9) + 2**-23  # the scale is a float16, rounded up
    assert ((state["table.weight"] - table).abs() <= 0.5 * step).all()
    assert (state["table.weight"][3] == 0).all()
    torch.testing.assert_close(state["linear.weight"], made.state_dict()["linear.weight"], rtol=2**-11, atol=2**-24)


def test_int8_takes_a_byte_a_weight_in_tables() -> None:
    stored = to_storage(module(), "int8")
    assert stored["table.weight.int8"].dtype == torch.int8
    assert stored["table.weight.scale"].dtype == torch.float16
    assert len(save(stored)) < 50 * 16 + 50 * 2 + 2 * (16 * 8 + 8 + 4 * 8) + 1200
    state = from_storage(load(save(stored)))
    assert state["norm.num_batches_tracked"].dtype == torch.int64


def test_an_8_bit_table_without_scale_is_an_error() -> None:
    stored = to_storage(module(), "int8")
    del stored["table.weight.scale"]
    with pytest.raises(KeyError):
        from_storage(stored)


@pytest.mark.parametrize(("precision", "cosine"), [("float16", 1 - 1e-5), ("int8", 1 - 2e-3)])
def test_embeddings_hardly_move(precision: str, cosine: float) -> None:
    encoder, stored = tiny_encoder(), tiny_encoder(seed=1)
    stored.load_state_dict(from_storage(to_storage(encoder, precision)))  # type: ignore[arg-type]
    similarity = (encoder.encode_text(TEXTS) * stored.encode_text(TEXTS)).sum(axis=1)
    assert similarity.min() > cosine


@pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
def test_as_stored_is_what_is_loaded_back_and_leaves_the_module(precision: StoragePrecision) -> None:
    made = module()
    before = {name: value.clone() for name, value in made.state_dict().items()}
    stored = as_stored(made, precision).state_dict()
    loaded = from_storage(to_storage(made, precision))
    assert stored.keys() == loaded.keys() == before.keys()
    assert all(stored[name].equal(loaded[name]) for name in stored)
    assert all(value.equal(before[name]) for name, value in made.state_dict().items())
