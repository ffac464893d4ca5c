"""Errors that callers of `molseek` meet, under one name."""

from indexer.errors import ReleaseError
from model.checkpoint import CheckpointError
from model.inputs.structure import StructureError

__all__ = ["CheckpointError", "QueryError", "ReleaseError", "StructureError"]


class QueryError(ValueError):
    """A query that cannot be answered; the message says why, `code` is the API's."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
