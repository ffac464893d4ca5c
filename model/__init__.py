"""What the network is, and how a structure or a text becomes its input."""

from model.checkpoint import (
    Checkpoint,
    CheckpointError,
    CheckpointInfo,
    EnsembleInfo,
    bundled_checkpoints,
    load_checkpoint,
    save_checkpoint,
    save_ensemble,
)
from model.config import ModelConfig
from model.dual_encoder import DualEncoder, Vocabularies
from model.encoder import TextMoleculeEncoder
from model.ensemble import EnsembleEncoder
from model.features import FEATURE_VERSION, Featurizer, MoleculeFeatures
from model.structure import Molecule, StructureError, StructureLimits, parse_structure
from model.vocabulary import Vocabulary

__all__ = [
    "FEATURE_VERSION",
    "Checkpoint",
    "CheckpointError",
    "CheckpointInfo",
    "DualEncoder",
    "EnsembleEncoder",
    "EnsembleInfo",
    "Featurizer",
    "ModelConfig",
    "Molecule",
    "MoleculeFeatures",
    "StructureError",
    "StructureLimits",
    "TextMoleculeEncoder",
    "Vocabularies",
    "Vocabulary",
    "bundled_checkpoints",
    "load_checkpoint",
    "parse_structure",
    "save_checkpoint",
    "save_ensemble",
]
