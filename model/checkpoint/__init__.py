"""How a trained network is kept and found again: directory, records, model card, stored precision, confidences.

Names are loaded when first used: confidences and records are read without torch.
"""

from typing import TYPE_CHECKING

from model.lazy import lazy_names

if TYPE_CHECKING:
    from model.checkpoint.directory import (
        Checkpoint,
        copy_checkpoint,
        load_checkpoint,
        save_calibration,
        save_checkpoint,
        save_ensemble,
    )
    from model.checkpoint.info import CheckpointError, CheckpointInfo, EnsembleInfo
    from model.checkpoint.source import bundled_checkpoints

_HOME = {
    "Checkpoint": "directory",
    "CheckpointError": "info",
    "CheckpointInfo": "info",
    "EnsembleInfo": "info",
    "bundled_checkpoints": "source",
    "copy_checkpoint": "directory",
    "load_checkpoint": "directory",
    "save_calibration": "directory",
    "save_checkpoint": "directory",
    "save_ensemble": "directory",
}

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "CheckpointInfo",
    "EnsembleInfo",
    "bundled_checkpoints",
    "copy_checkpoint",
    "load_checkpoint",
    "save_calibration",
    "save_checkpoint",
    "save_ensemble",
]

__getattr__ = lazy_names(__name__, _HOME)
