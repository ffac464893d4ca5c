"""Gradient caching gives the gradients of the whole batch, dropout and critic included."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from tests.support.recipes import compounds, fresh, recipe, without_dropout, write_vectors
from training.config import LossConfig
from training.loop.gradient_cache import backward_through, forward_without_graph
from training.loop.trainer import Trainer
from training.losses.objective import Objective, TowerOutput

INFONCE = {
    "contrastive": {"kind": "infonce"},
    "adversarial": {"weight": 0},
    "second_order": {"u2u_weight": 0, "u2c_weight": 0},
}
LOSSES = {
    "the paper's four": {"adversarial": {"weight": 0.5, "critic_hidden_dim": 8}},
    "without adversarial": {"adversarial": {"weight": 0}},
    "infonce": INFONCE,
}


def trained(tmp_path: Path, loss: object, micro: int | None, *, dropout: bool, steps: int = 1) -> Trainer:
    """A trainer after some steps over one network's seed."""
    chosen = compounds(24)
    vectors = write_vectors(tmp_path / "vectors.npz", chosen)
    config = recipe(vectors, loss=loss, micro_batch_size=micro, batch_size=8)
    config = config if dropout else without_dropout(config)
    encoder, dataset = fresh(config, chosen)
    if not dropout:
        for module in encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
    trainer = Trainer(config, encoder, dataset, tmp_path / "run")
    for step in range(steps):
        trainer.train_step(step)
    return trainer


def gradients(trainer: Trainer) -> dict[str, Tensor]:
    named = [*trainer.encoder.named_parameters(), ("scale", trainer.objective.log_scale)]
    return {name: parameter.grad for name, parameter in named if parameter.grad is not None}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("micro", [1, 3, 4])
def test_gradients_equal_those_of_the_whole_batch(tmp_path: Path, loss: object, micro: int) -> None:
    whole = trained(tmp_path, loss, None, dropout=False)
    cached = trained(tmp_path, loss, micro, dropout=False)
    expected, found = gradients(whole), gradients(cached)
    assert expected.keys() == found.keys() and len(expected) > 20
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-4, atol=1e-6, msg=name)
    assert max(float(gradient.abs().max()) for gradient in expected.values()) > 1e-3
    for name, weight in whole.objective.state_dict().items():
        torch.testing.assert_close(cached.objective.state_dict()[name], weight, rtol=1e-4, atol=1e-6, msg=name)


@pytest.mark.parametrize("loss", [LOSSES["the paper's four"], INFONCE], ids=["four", "infonce"])
def test_with_dropout_a_step_is_repeatable(tmp_path: Path, loss: object) -> None:
    first, second = (trained(tmp_path, loss, 3, dropout=True, steps=2) for _ in range(2))
    for name, gradient in gradients(first).items():
        assert gradient.equal(gradients(second)[name]), name


def test_with_dropout_the_second_pass_is_the_first() -> None:
    """Gradients of cached micro-batches equal those of one graph over the same dropout masks."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 4))
    inputs = [torch.randn(size, 5) for size in (3, 3, 2)]
    made = Objective(LossConfig.model_validate({"adversarial": {"weight": 0.5}}), 4)
    groups = torch.arange(8)

    def forward(index: int) -> tuple[TowerOutput, TowerOutput]:
        torch.manual_seed(100 + index)
        text, molecule = network(inputs[index]), network(-inputs[index])
        normalize = nn.functional.normalize
        return TowerOutput(normalize(text, dim=1), text.tanh()), TowerOutput(
            normalize(molecule, dim=1), molecule.tanh()
        )

    parts = [forward(index) for index in range(3)]
    whole = [
        TowerOutput(
            torch.cat([part[side].embedding for part in parts]),
            torch.cat([pooled for part in parts if (pooled := part[side].pooled) is not None]),
        )
        for side in range(2)
    ]
    made(whole[0], whole[1], groups)["total"].backward()
    expected = {
        name: parameter.grad.clone() for name, parameter in network.named_parameters() if parameter.grad is not None
    }
    network.zero_grad()

    text, molecule = forward_without_graph(forward, 3)
    torch.testing.assert_close(text.embedding, whole[0].embedding, rtol=0, atol=0)
    made(text, molecule, groups)["total"].backward()
    backward_through(forward, [3, 3, 2], text, molecule, contextlib.nullcontext)
    for name, parameter in network.named_parameters():
        torch.testing.assert_close(parameter.grad, expected[name], rtol=1e-5, atol=1e-7, msg=name)


def test_a_batch_within_the_micro_batch_is_not_cached(tmp_path: Path) -> None:
    whole = trained(tmp_path, INFONCE, None, dropout=True)
    large = trained(tmp_path, INFONCE, 64, dropout=True)
    for name, gradient in gradients(whole).items():
        assert gradient.equal(gradients(large)[name]), name
