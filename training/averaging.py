"""Several networks of one origin as one: the weighted mean of their weights.

Networks that went on from one start, each with texts, batches or a seed of its own, mostly lie in one basin of the
loss: between them is a network that has what each learned, at the cost of one, where the mean of scores costs as many
as there are (Wortsman et al. 2022, arXiv:2109.01903 and arXiv:2203.05482). Between networks of different starts there
is nothing, and no check can tell: measure what comes out.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from pydantic import JsonValue
from torch import Tensor

from model import Checkpoint, CheckpointError, DualEncoder
from training.starting import origin


def average_networks(checkpoints: Sequence[Checkpoint], shares: Sequence[float]) -> DualEncoder:
    """A network with the mean of the checkpoints' weights, in proportion to `shares`.

    Raises:
        CheckpointError: one of them is an ensemble, or not of the same network with the same vocabularies.
        ValueError: there is not one share above 0 for each.
    """
    if len(shares) != len(checkpoints) or not all(0 < share < float("inf") for share in shares):
        raise ValueError(f"{len(checkpoints)} checkpoints need as many shares above 0, not {list(shares)}")
    first, *others = checkpoints
    for other in others:
        if (difference := _difference(first.network, other.network)) is not None:
            raise CheckpointError(f"{first.name} and {other.name} cannot be averaged: they differ in {difference}")
    states = [checkpoint.network.state_dict() for checkpoint in checkpoints]
    parts = [share / sum(shares) for share in shares]
    mean = {name: _mean([state[name] for state in states], parts) for name in states[0]}
    network = copy.deepcopy(first.network)
    network.load_state_dict(mean)
    return network


def record_of(checkpoints: Sequence[Checkpoint], shares: Sequence[float]) -> dict[str, JsonValue]:
    """What the mean's checkpoint says of its training: whose mean it is, and the recipe they have in common.

    The recipe is that of the last with one: a later `tune` asks it how to store weights.
    """
    averaged: list[JsonValue] = [
        {**origin(one), "share": share / sum(shares)} for one, share in zip(checkpoints, shares, strict=True)
    ]
    trained = [one.info.training for one in checkpoints]
    record: dict[str, JsonValue] = {"averaged": averaged}
    for values in trained:
        record |= {key: values[key] for key in ("preset", "config") if key in values}
    if notices := dict.fromkeys(str(values["notice"]) for values in trained if values.get("notice")):
        record["notice"] = "\n\n".join(notices)
    return record


def _mean(tensors: Sequence[Tensor], parts: Sequence[float]) -> Tensor:
    if not tensors[0].is_floating_point():
        return tensors[0]
    return torch.stack([part * tensor for part, tensor in zip(parts, tensors, strict=True)]).sum(0)


def _difference(one: DualEncoder, other: DualEncoder) -> str | None:
    """What keeps rows and units of two networks from standing for the same, or None."""
    if one.config != other.config:
        return "what the network is"
    if one.vocabularies != other.vocabularies:
        return "the features that rows stand for"
    tokens = [None if net.tokenizer is None else net.tokenizer.get_vocab() for net in (one, other)]
    return None if tokens[0] == tokens[1] else "the tokens of the text encoder"
