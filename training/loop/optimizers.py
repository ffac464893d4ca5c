"""Optimizers with parameter groups, and the learning rate schedule."""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import nn

from model.network.config import SCRATCH
from model.network.dual_encoder import DualEncoder
from training.config import OptimizerConfig

_CRITIC_BETAS = (0.5, 0.9)  # those of WGAN-GP's authors: momentum makes critics swing


def encoder_optimizer(
    config: OptimizerConfig, encoder: DualEncoder, others: Iterable[nn.Parameter]
) -> torch.optim.Optimizer:
    """One optimizer over an encoder and `others` (the loss's own), in groups, each with its rate and decay.

    A pretrained text encoder has `text_learning_rate`, which preserves what it knows; bags of features, whose rows are
    rarely updated, `bag_learning_rate`; everything else, including a text encoder made from scratch, `learning_rate`.
    """
    text_encoder = encoder.config.text_encoder
    pretrained = text_encoder is not None and text_encoder.source != SCRATCH
    parts: dict[str, list[nn.Parameter]] = {"text": [], "bag": [], "rest": [*others]}
    for name, parameter in encoder.named_parameters():
        if name.startswith("text_encoder.backbone."):
            parts["text"].append(parameter)
        elif name.startswith(("text_bag.", "molecule_bag.")):
            parts["bag"].append(parameter)
        else:
            parts["rest"].append(parameter)
    rates = {
        "text": config.text_learning_rate if pretrained else config.learning_rate,
        "bag": config.bag_learning_rate or config.learning_rate,
        "rest": config.learning_rate,
    }
    bag_decay = config.bag_weight_decay
    decays = {"bag": config.weight_decay if bag_decay is None else bag_decay}
    groups = [
        {
            "params": [parameter for parameter in parameters if parameter.requires_grad],
            "lr": rates[part],
            "base_lr": rates[part],
            "weight_decay": decays.get(part, config.weight_decay),
        }
        for part, parameters in parts.items()
    ]
    kind = torch.optim.AdamW if config.name == "adamw" else torch.optim.Adam
    return kind([group for group in groups if group["params"]])


def critic_optimizer(config: OptimizerConfig, critic: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.Adam(critic.parameters(), lr=config.learning_rate, betas=_CRITIC_BETAS)


def learning_rate_factor(config: OptimizerConfig, step: int, total_steps: int) -> float:
    """Factor of the learning rates at a step, counted from 0: warm-up, then the schedule down to 0."""
    warmup = config.warmup_share * total_steps
    if step < warmup:
        return (step + 1) / (warmup + 1)
    if config.schedule == "constant":
        return 1.0
    done = (step - warmup) / max(1.0, total_steps - warmup)
    return 1 - done if config.schedule == "linear" else 0.5 * (1 + math.cos(math.pi * done))


def set_learning_rates(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Every group's own rate, times `factor`."""
    for group in optimizer.param_groups:
        group["lr"] = group["base_lr"] * factor
