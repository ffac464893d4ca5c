"""One network from several of the same origin: the weighted mean of their weights.

Networks fine-tuned from one start, each with its own texts, batches or seed, mostly lie in one basin of the loss: their
mean has what each learned and costs as much as one, whereas a mean of scores costs as much as all (Wortsman et al.
2022, arXiv:2109.01903 and arXiv:2203.05482). The mean of networks from different starts is useless, and no check can
tell: measure the result.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from pathlib import Path

import torch
from pydantic import JsonValue
from torch import Tensor

from model import Checkpoint, CheckpointError, DualEncoder, load_checkpoint, save_checkpoint
from training.config import ConfigError
from training.runs.lineage import LINEAGE, lineage_of, reference
from training.runs.starting import recipe_of
from training.runs.validation import HeldOut


def average_checkpoints(
    sources: Sequence[str],
    out: Path,
    *,
    shares: Sequence[float] | None = None,
    name: str | None = None,
    held_out: HeldOut | None = None,
    workers: int = 2,
) -> dict[str, float]:
    """Write the mean of some checkpoints to `out`, with recipe and storage of the last.

    sources: as for `load_checkpoint`; shares: the weight of each (default: equal); name: of the new
    checkpoint (default: that of the first); held_out: what it is measured on and its confidences are fitted to.

    Returns:
        `text2mol/mrr` and its like; nothing where nothing is held out.

    Raises:
        CheckpointError: one cannot be loaded, they are not of one network, or `out` is no checkpoint.
        ConfigError: there is not one share above 0 for each.
        PairFileError, EvaluationError: what is held out cannot be read or measured on.
    """
    checkpoints = [load_checkpoint(source) for source in sources]
    shares = shares or [1.0] * len(checkpoints)
    network = average_networks(checkpoints, shares)
    recipe = recipe_of(checkpoints[-1])
    storage = "float32" if recipe is None else recipe.storage
    validation = None if held_out is None else held_out.validation(network.featurizer, workers)
    figures = {} if validation is None else validation.measure(network, storage)
    save_checkpoint(
        out,
        network,
        name=name or checkpoints[0].name,
        training=_record(checkpoints, shares),
        metrics={} if validation is None else validation.for_card(figures),
        precision=storage,
    )
    if validation is not None:
        validation.calibrate(out, "cpu")
    return figures


def average_networks(checkpoints: Sequence[Checkpoint], shares: Sequence[float]) -> DualEncoder:
    """A network with the mean of the checkpoints' weights, in proportion to `shares`.

    Raises:
        CheckpointError: one of them is an ensemble, or not of the same network with the same vocabularies.
        ConfigError: there is not one share above 0 for each.
    """
    if len(shares) != len(checkpoints) or not all(0 < share < float("inf") for share in shares):
        raise ConfigError(f"{len(checkpoints)} checkpoints need as many shares above 0, not {list(shares)}")
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


def _record(checkpoints: Sequence[Checkpoint], shares: Sequence[float]) -> dict[str, JsonValue]:
    """Training record of the mean: its parents, the last one's recipe, and the notices of all."""
    averaged: list[JsonValue] = [
        {**reference(one), "share": share / sum(shares)} for one, share in zip(checkpoints, shares, strict=True)
    ]
    last = checkpoints[-1].info.training
    record = {"averaged": averaged} | {key: last[key] for key in ("preset", "config") if key in last}
    record[LINEAGE] = lineage_of(checkpoints)
    notices = dict.fromkeys(str(one.info.training["notice"]) for one in checkpoints if "notice" in one.info.training)
    return record | ({"notice": "\n\n".join(notices)} if notices else {})


def _mean(tensors: Sequence[Tensor], parts: Sequence[float]) -> Tensor:
    if not tensors[0].is_floating_point():
        return tensors[0]
    return torch.stack([part * tensor for part, tensor in zip(parts, tensors, strict=True)]).sum(0)


def _difference(one: DualEncoder, other: DualEncoder) -> str | None:
    """Why rows and units of two networks do not correspond, or None."""
    if one.config != other.config:
        return "what the network is"
    if one.vocabularies != other.vocabularies:
        return "the features that rows stand for"
    tokens = [None if net.tokenizer is None else net.tokenizer.get_vocab() for net in (one, other)]
    return None if tokens[0] == tokens[1] else "the tokens of the text encoder"
