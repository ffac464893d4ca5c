"""Learning rates: of each part of the network, and over the steps of a run."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from tests.support.tiny import tiny_encoder
from training.config import OptimizerConfig
from training.loop.optimizers import encoder_optimizer, learning_rate_factor, set_learning_rates

RATES = OptimizerConfig(
    name="adamw",
    learning_rate=0.1,
    text_learning_rate=0.2,
    bag_learning_rate=0.3,
    weight_decay=0.01,
    bag_weight_decay=0,
)


def test_every_parameter_has_the_rate_and_decay_of_its_part() -> None:
    encoder, own = tiny_encoder(), nn.Parameter(torch.zeros(()))
    optimizer = encoder_optimizer(RATES, encoder, [own])
    groups = {id(one): group for group in optimizer.param_groups for one in group["params"]}
    trained = {name: one for name, one in encoder.named_parameters() if one.requires_grad}
    assert groups.keys() == {id(own), *map(id, trained.values())}
    for name, parameter in trained.items():
        is_bag = name.startswith(("text_bag.", "molecule_bag."))
        group = groups[id(parameter)]
        if not name.startswith("text_encoder.backbone."):
            assert (group["lr"], group["weight_decay"]) == ((0.3, 0) if is_bag else (0.1, 0.01)), name
    assert groups[id(own)]["lr"] == 0.1


def test_rates_are_scaled_from_their_own_base_each_time() -> None:
    optimizer = encoder_optimizer(RATES, tiny_encoder(), [])
    for factor in (0.5, 0.1):
        set_learning_rates(optimizer, factor)
        assert all(group["lr"] == pytest.approx(factor * group["base_lr"]) for group in optimizer.param_groups)


@given(st.sampled_from(["constant", "cosine", "linear"]), st.floats(0, 0.9), st.integers(1, 200))
def test_rates_warm_up_and_then_never_rise(schedule: str, warmup: float, total: int) -> None:
    config = OptimizerConfig.model_validate({"schedule": schedule, "warmup_share": warmup})
    factors = [learning_rate_factor(config, step, total) for step in range(total)]
    assert all(0 < factor <= 1 for factor in factors)
    first = next((step for step in range(total) if step >= warmup * total), total)
    assert factors[:first] == sorted(factors[:first])
    assert factors[first:] == sorted(factors[first:], reverse=True)


def test_schedules_halfway() -> None:
    halfway = {
        schedule: learning_rate_factor(OptimizerConfig.model_validate({"schedule": schedule}), 50, 100)
        for schedule in ("constant", "cosine", "linear")
    }
    assert halfway == pytest.approx({"constant": 1, "cosine": 0.5, "linear": 0.5})
