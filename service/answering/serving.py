"""What answers are made from, as one immutable snapshot, and the slot in which it is exchanged under load."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from indexer.engines import MilvusSettings
from indexer.release import Release, ReleaseError, open_release
from model.checkpoint import Checkpoint
from model.inputs.structure import parse_structure

_log = logging.getLogger("molseek.service")

_WARM_TEXT = "an alcohol"
_WARM_SMILES = "CCO"


class NotReadyError(RuntimeError):
    """There is no release to answer from yet."""


@dataclass(frozen=True)
class Serving:
    """A checkpoint and a release that belong together. Safe to read from many threads."""

    checkpoint: Checkpoint
    release: Release
    since: datetime = field(default_factory=lambda: datetime.now(UTC))

    def close(self) -> None:
        self.release.close()


def open_serving(
    path: Path, checkpoint: Checkpoint, *, verify: bool, device: str = "cpu", milvus: MilvusSettings | None = None
) -> Serving:
    """Open the release at `path`, check that it was built with `checkpoint`, and use each part of it once.

    Raises:
        ReleaseError: it cannot be opened, is damaged, or was built with another checkpoint.
    """
    release = open_release(path, verify=verify, device=device, guard=True, milvus=milvus)
    try:
        built_with = release.manifest.checkpoint
        if built_with.digest != checkpoint.digest:
            raise ReleaseError(
                f"release {release.name} was built with checkpoint {built_with.name} ({_short(built_with.digest)}), "
                f"but the service runs {checkpoint.name} ({_short(checkpoint.digest)})"
            )
        if release.manifest.dim != checkpoint.encoder.dim:
            raise ReleaseError(
                f"release {release.name} has vectors of {release.manifest.dim} dimensions, "
                f"the checkpoint makes {checkpoint.encoder.dim}"
            )
        _ = release.manifest.standardization  # structures standardised in a way not known here are no release to serve
        serving = Serving(checkpoint, release)
        _warm(serving)
    except BaseException:
        release.close()
        raise
    return serving


def _warm(serving: Serving) -> None:
    """One search each way, so that the first client does not wait for lazy loading, and damage shows here."""
    encoder, release = serving.checkpoint.encoder, serving.release
    if release.molecules.count:
        hits = release.molecules.search(encoder.encode_text([_WARM_TEXT]), 1)
        release.records.molecules([int(row) for row in hits.rows[0] if row >= 0])
    if release.descriptions.count:
        hits = release.descriptions.search(encoder.encode_molecules([parse_structure(_WARM_SMILES)]), 1)
        release.records.descriptions([int(row) for row in hits.rows[0] if row >= 0])


def _short(digest: str) -> str:
    return digest[:19]


class _Lent:
    """A snapshot with the number of requests that use it."""

    def __init__(self, serving: Serving) -> None:
        self.serving = serving
        self.users = 0
        self.retired = False


class ServingSlot:
    """Holds the snapshot in service. Requests lease it; a swap closes the old one after its last request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lent: _Lent | None = None
        self._closed = False

    @property
    def current(self) -> Serving | None:
        """The snapshot in service, for a look at what does not change; use `lease` to search in it."""
        lent = self._lent
        return lent.serving if lent is not None else None

    @contextmanager
    def lease(self) -> Iterator[Serving]:
        """The snapshot in service, kept open until the block ends even if another one takes its place.

        Raises:
            NotReadyError: there is none.
        """
        with self._lock:
            lent = self._lent
            if lent is None:
                raise NotReadyError
            lent.users += 1
        try:
            yield lent.serving
        finally:
            with self._lock:
                lent.users -= 1
                unused = lent.retired and lent.users == 0
            if unused:
                _close(lent.serving)

    def swap(self, serving: Serving | None) -> None:
        """Put `serving` in service; requests that began before finish on the old one."""
        with self._lock:
            if self._closed and serving is not None:
                old, unused = _Lent(serving), True  # the service is stopping; nothing would use it
            else:
                old_lent = self._lent
                self._lent = _Lent(serving) if serving is not None else None
                if old_lent is None:
                    return
                old, unused = old_lent, old_lent.users == 0
                old.retired = True
        if unused:
            _close(old.serving)

    def close(self) -> None:
        """Take the snapshot out of service for good."""
        with self._lock:
            self._closed = True
        self.swap(None)


def _close(serving: Serving) -> None:
    try:
        serving.close()
    except Exception:
        _log.exception("release %s could not be closed", serving.release.name)
