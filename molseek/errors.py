"""Errors that callers of `molseek` meet, under one name."""

from indexer.errors import ReleaseError
from model.checkpoint import CheckpointError
from model.inputs.structure import StructureError

__all__ = ["CheckpointError", "ReleaseError", "StructureError"]
