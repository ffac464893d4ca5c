"""The checkpoint in service, and the one that a new release was built with: both are exchanged at once."""

from __future__ import annotations

import logging
from pathlib import Path

from indexer.chemistry import Chemistry
from indexer.errors import ReleaseError
from indexer.release.manifest import CheckpointReference
from model.checkpoint import Checkpoint, CheckpointError, load_checkpoint
from model.checkpoint.directory import checkpoint_digest
from model.checkpoint.info import INFO_FILE

_log = logging.getLogger("molseek.service")


class Checkpoints:
    """Three at most are kept: the one in service, the one before it, for a rollback, and one that is being tried.

    first: the checkpoint that the service was started with. directory: where others are looked for, each in a directory
    of its own; None: there are no others. Not for several threads at once.
    """

    def __init__(self, first: Checkpoint, chemistry: Chemistry, directory: Path | None, device: str) -> None:
        self._served = first
        self._others: list[Checkpoint] = []  # the latest first
        self._chemistry = chemistry
        self._directory = directory
        self._device = device

    def of(self, built_with: CheckpointReference) -> Checkpoint:
        """The checkpoint that a release was built with, ready to read queries: chemistry workers know its features.

        Raises:
            ReleaseError: it is not here, or cannot be loaded.
        """
        for checkpoint in (self._served, *self._others):
            if checkpoint.digest == built_with.digest:
                return checkpoint
        checkpoint = self._load(built_with)
        kept = [checkpoint, *self._others[:1]]
        self._chemistry.exchange_featurizers({one.digest: one.encoder.featurizer for one in (self._served, *kept)})
        self._others = kept
        return checkpoint

    def served(self, checkpoint: Checkpoint) -> None:
        """Note which of them is in service now."""
        if checkpoint is not self._served:
            others = [self._served, *(one for one in self._others if one is not checkpoint)]
            self._served, self._others = checkpoint, others[:1]

    def _load(self, built_with: CheckpointReference) -> Checkpoint:
        wanted = f"checkpoint {built_with.name} ({_short(built_with.digest)})"
        if self._directory is None:
            raise ReleaseError(
                f"it was built with {wanted}, but the service runs {self._served.name} ({_short(self._served.digest)}) "
                "and has no directory of checkpoints (--checkpoints)"
            )
        path = self._find(built_with.digest)
        if path is None:
            raise ReleaseError(f"it was built with {wanted}, which is not in the directory of checkpoints")
        try:
            checkpoint = load_checkpoint(path, self._device)
        except CheckpointError as error:
            raise ReleaseError(f"it was built with {wanted}, which cannot be loaded: {error}") from error
        if checkpoint.digest != built_with.digest:
            raise ReleaseError(f"it was built with {wanted}, whose files changed while they were read")
        _log.info("loaded %s", wanted)
        return checkpoint

    def _find(self, digest: str) -> Path | None:
        assert self._directory is not None
        try:
            found = sorted(path.parent for path in self._directory.glob(f"*/{INFO_FILE}"))
            return next((path for path in found if checkpoint_digest(path) == digest), None)
        except OSError as error:
            raise ReleaseError(f"the directory of checkpoints cannot be read: {error.strerror}") from error


def _short(digest: str) -> str:
    return digest[:19]
