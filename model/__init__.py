"""What the network is, and how a structure or a text becomes its input.

Names are loaded when first used: a process that only parses structures never waits for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model.calibration import Calibration
    from model.checkpoint import (
        Checkpoint,
        copy_checkpoint,
        load_checkpoint,
        save_calibration,
        save_checkpoint,
        save_ensemble,
    )
    from model.checkpoint_info import CheckpointError, CheckpointInfo, EnsembleInfo
    from model.checkpoint_source import bundled_checkpoints
    from model.config import ModelConfig
    from model.dual_encoder import DualEncoder, Vocabularies
    from model.encoder import TextMoleculeEncoder
    from model.ensemble import EnsembleEncoder
    from model.features import FEATURE_VERSION, Featurizer, MoleculeFeatures
    from model.structure import Molecule, StructureError, StructureLimits, parse_structure
    from model.vocabulary import Vocabulary

_HOME = {
    "calibration": ("Calibration",),
    "checkpoint": (
        "Checkpoint",
        "copy_checkpoint",
        "load_checkpoint",
        "save_calibration",
        "save_checkpoint",
        "save_ensemble",
    ),
    "checkpoint_info": ("CheckpointError", "CheckpointInfo", "EnsembleInfo"),
    "checkpoint_source": ("bundled_checkpoints",),
    "config": ("ModelConfig",),
    "dual_encoder": ("DualEncoder", "Vocabularies"),
    "encoder": ("TextMoleculeEncoder",),
    "ensemble": ("EnsembleEncoder",),
    "features": ("FEATURE_VERSION", "Featurizer", "MoleculeFeatures"),
    "structure": ("Molecule", "StructureError", "StructureLimits", "parse_structure"),
    "vocabulary": ("Vocabulary",),
}

__all__ = [
    "FEATURE_VERSION",
    "Calibration",
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
    "copy_checkpoint",
    "load_checkpoint",
    "parse_structure",
    "save_calibration",
    "save_checkpoint",
    "save_ensemble",
]


def __getattr__(name: str) -> object:
    for module, names in _HOME.items():
        if name in names:
            return getattr(import_module(f"model.{module}"), name)
    raise AttributeError(f"module 'model' has no attribute {name!r}")
