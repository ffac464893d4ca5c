"""Fingerprints of descriptions whose molecule is no part of the corpus: read once, and kept."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as LateError

import numpy as np
from numpy.typing import NDArray

from indexer.chemistry import CallExpiredError, Chemistry, ReadStructure, Want, WorkerStartError
from model.inputs.structure import StructureError

Fingerprint = NDArray[np.uint8]

_KEPT = 16_384  # of 256 bytes each
# Everyone's answers wait for these: where the workers are busy, hits go without a similarity instead.
_SECONDS = 1.0


class KeptFingerprints:
    """Reads fingerprints in worker processes. Used by one thread."""

    def __init__(self, chemistry: Chemistry) -> None:
        self._chemistry = chemistry
        self._known: dict[str, Fingerprint | None] = {}

    def of(self, structures: Sequence[str | None]) -> list[Fingerprint | None]:
        """The packed fingerprint of each SMILES; None without one, where it cannot be read, and where that would take
        too long now.
        """
        begun = time.monotonic()
        new = {smiles for smiles in structures if smiles is not None and smiles not in self._known}
        reading = {smiles: self._read(smiles, begun + _SECONDS) for smiles in new}
        for smiles, future in reading.items():
            try:
                self._known[smiles] = future.result(max(0.0, begun + _SECONDS - time.monotonic())).fingerprint
            except StructureError:
                self._known[smiles] = None
            except (CallExpiredError, LateError, WorkerStartError):
                future.cancel()
        found = [self._known.get(smiles) if smiles is not None else None for smiles in structures]
        while len(self._known) > _KEPT:  # the oldest
            del self._known[next(iter(self._known))]
        return found

    def _read(self, smiles: str, expires: float) -> Future[ReadStructure]:
        return self._chemistry.read(smiles, want=Want.FINGERPRINT, expires=expires)
