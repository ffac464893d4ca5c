"""Checkpoints to start training from or to evaluate."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from model import Checkpoint, DualEncoder, EnsembleEncoder, TextMoleculeEncoder, load_checkpoint
from training.config import ConfigError, TrainingConfig


def load_encoder(checkpoints: Sequence[str], device: str = "cpu") -> TextMoleculeEncoder:
    """The encoder of a checkpoint; of several, one that averages their cosines.

    Raises:
        CheckpointError: one of them cannot be loaded.
    """
    encoders = [load_checkpoint(checkpoint, device).encoder for checkpoint in checkpoints]
    return encoders[0] if len(encoders) == 1 else EnsembleEncoder(encoders)


def recipe_for(config: TrainingConfig, start: Checkpoint) -> TrainingConfig:
    """The recipe with the network of `start` in place of its own.

    Raises:
        CheckpointError: `start` is an ensemble.
        ConfigError: the recipe asks something of the network that this one cannot give.
    """
    values = config.model_dump() | {"model": start.network.config.model_dump(), "scratch_text": None}
    try:
        return TrainingConfig.model_validate(values)
    except ValidationError as error:
        raise ConfigError(f"{start.name} cannot be trained with {config.name}: {error.errors()[0]['msg']}") from None


def recipe_of(checkpoint: Checkpoint) -> TrainingConfig | None:
    """The recipe it was trained with, if it is recorded."""
    config = checkpoint.info.training.get("config")
    return TrainingConfig.model_validate(config) if config else None


def make_trainable(encoder: DualEncoder) -> DualEncoder:
    """Unfreeze a loaded network, except Mol2vec vectors that its configuration freezes."""
    encoder.requires_grad_(True)
    graph = encoder.config.graph_encoder
    if encoder.graph_encoder is not None and graph is not None:
        encoder.graph_encoder.vectors.weight.requires_grad_(not graph.freeze_atom_vectors)
    return encoder
