"""What the network is, and how a structure or a text becomes its input.

Names are loaded when first used: a process that only parses structures never waits for torch.
"""

from typing import TYPE_CHECKING

from model.lazy import lazy_names

if TYPE_CHECKING:
    from model.checkpoint import (
        Checkpoint,
        copy_checkpoint,
        load_checkpoint,
        save_calibration,
        save_checkpoint,
        save_ensemble,
    )
    from model.checkpoint.calibration import Calibration
    from model.checkpoint.info import CheckpointError, CheckpointInfo, EnsembleInfo
    from model.checkpoint.source import bundled_checkpoints
    from model.inputs.features import FEATURE_VERSION, Featurizer, MoleculeFeatures
    from model.inputs.structure import Molecule, StructureError, StructureLimits, parse_structure
    from model.inputs.vocabulary import Vocabulary
    from model.network.config import ModelConfig
    from model.network.dual_encoder import DualEncoder, Vocabularies
    from model.network.encoder import TextMoleculeEncoder
    from model.network.ensemble import EnsembleEncoder

_HOME = {
    "Calibration": "checkpoint.calibration",
    "Checkpoint": "checkpoint.directory",
    "CheckpointError": "checkpoint.info",
    "CheckpointInfo": "checkpoint.info",
    "DualEncoder": "network.dual_encoder",
    "EnsembleEncoder": "network.ensemble",
    "EnsembleInfo": "checkpoint.info",
    "FEATURE_VERSION": "inputs.features",
    "Featurizer": "inputs.features",
    "ModelConfig": "network.config",
    "Molecule": "inputs.structure",
    "MoleculeFeatures": "inputs.features",
    "StructureError": "inputs.structure",
    "StructureLimits": "inputs.structure",
    "TextMoleculeEncoder": "network.encoder",
    "Vocabularies": "network.dual_encoder",
    "Vocabulary": "inputs.vocabulary",
    "bundled_checkpoints": "checkpoint.source",
    "copy_checkpoint": "checkpoint.directory",
    "load_checkpoint": "checkpoint.directory",
    "parse_structure": "inputs.structure",
    "save_calibration": "checkpoint.directory",
    "save_checkpoint": "checkpoint.directory",
    "save_ensemble": "checkpoint.directory",
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

__getattr__ = lazy_names(__name__, _HOME)
