"""Looks for a newly published release and puts it in service, or says why not; and whether its engine answers."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from indexer.engines import MilvusSettings
from indexer.engines.base import EngineAwayError
from indexer.release import ReleaseError, current_release
from indexer.release.manifest import read_manifest
from service.answering.serving import NotReadyError, ServingSlot, open_serving
from service.running.checkpoints import Checkpoints

_log = logging.getLogger("molseek.service")

_MANIFEST = "manifest.json"
_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A published release that is not served, with a reason fit for anyone to read."""

    release: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class _Identity:
    """Tells one state of one release directory from another."""

    path: Path
    manifest: tuple[int, int] | None  # size and modification time in ns


class ReleaseWatcher:
    """Keeps `slot` at the release that is published under `index`.

    `index` is a root with `current`, which is looked at every `poll_seconds`, or one release directory. All work
    happens in a thread of its own: opening, verifying and warming never hold up a request. If the release was built
    with another of the `checkpoints`, both are exchanged at once. A release that is refused is left alone until
    something about it changes or `retry_seconds` have passed.
    """

    def __init__(
        self,
        index: Path,
        checkpoints: Checkpoints,
        slot: ServingSlot,
        *,
        poll_seconds: float,
        retry_seconds: float,
        verify: bool,
        device: str = "cpu",
        milvus: MilvusSettings | None = None,
    ) -> None:
        self._index = index
        self._checkpoints = checkpoints
        self._slot = slot
        self._poll_seconds = poll_seconds
        self._retry_seconds = retry_seconds
        self._verify = verify
        self._device = device
        self._milvus = milvus
        self._served: _Identity | None = None
        self._refused: _Identity | None = None
        self._retry_at = 0.0
        self._distrusted = False  # what was served has been written to
        self._refusal: Refusal | None = None
        self._away: str | None = None
        self._missing: str | None = "no release has been looked for yet"
        self._logged: tuple[_Identity | None, Refusal | None] = (None, None)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def refusal(self) -> Refusal | None:
        """The published release that was refused, while it is the published one."""
        return self._refusal

    @property
    def missing(self) -> str | None:
        """Why there is no published release to serve, or None if there is one."""
        return self._missing

    @property
    def engine_away(self) -> bool:
        """Whether the server that searches in the release in service need did not answer when last asked."""
        return self._away is not None

    def check_engine(self) -> None:
        """Ask once whether that server answers, if there is one; its going away and coming back are logged."""
        away = None
        try:
            with self._slot.lease() as serving:
                serving.release.check()
        except NotReadyError:
            pass
        except EngineAwayError as error:
            away = str(error)
        if away is not None and self._away is None:
            _log.error("searches cannot be answered: %s", away)
        if away is None and self._away is not None:
            _log.info("searches are answered again")
        self._away = away

    def check(self) -> None:
        """Look once, and serve what is published if it is new and good. Never raises for what it finds on disk."""
        path = self._published()
        if path is None:
            return
        self._missing = None
        found = _identity(path)
        if found == self._served:
            self._refused = self._refusal = None
            self._check_served(found)
            return
        if found == self._refused and time.monotonic() < self._retry_at:
            return
        try:
            checkpoint = self._checkpoints.of(read_manifest(path).checkpoint)
            serving = open_serving(
                path,
                checkpoint,
                verify=self._verify or self._distrusted,
                device=self._device,
                milvus=self._milvus,
            )
        except (ReleaseError, OSError) as error:
            if isinstance(error, EngineAwayError) or isinstance(error.__cause__, EngineAwayError):
                _log.error("release %s: %s", path.name, error)
                self._refuse(found, "the vector engine that it needs does not answer, or lacks its vectors")
            else:
                self._refuse(found, self._public(str(error)))
        except Exception:
            # Whatever is wrong with one release, the service lives on with the one it has.
            _log.exception("release %s could not be opened", path.name)
            self._refuse(found, "it could not be opened; the log of the service says why")
        else:
            # Cleared first: whoever sees the release in service must not read that it is refused.
            self._refused = self._refusal = None
            self._slot.swap(serving)
            self._checkpoints.served(checkpoint)
            self._served, self._distrusted = found, False

    def _check_served(self, found: _Identity) -> None:
        """Take what is served out of service if its files have been written to; the next look tries it again.

        Mapped files that are cut short would kill the process, and new contents would be answers that nobody verified.
        """
        serving = self._slot.current
        changed = serving.release.changed() if serving is not None else None
        if changed is None:
            return
        # The reason first: whoever finds nothing in service can read why.
        self._served, self._distrusted = None, True
        self._refuse(found, f"{changed}; a release must not change")
        self._retry_at = 0.0
        self._slot.swap(None)

    def start(self) -> None:
        """Look every `poll_seconds` from now on, in a thread that ends with the process. Changes are logged."""
        self._log_changes()
        if self._missing is not None:
            _log.warning("no release to serve yet: %s", self._missing)
        self._thread = threading.Thread(target=self._watch, name="molseek-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more. A release that is being verified just now is not waited for very long."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _watch(self) -> None:
        while not self._stop.wait(self._poll_seconds):
            try:
                self.check()
                self._log_changes()
                self.check_engine()
            except Exception:
                _log.exception("looking for a new release failed")

    def _published(self) -> Path | None:
        """The release directory to serve, or None with `missing` saying what there is instead."""
        try:
            if not self._index.is_dir():
                file = "an index is a directory, and this is a file"
                self._missing = file if self._index.exists() else "the index directory does not exist"
                return None
            if (self._index / _MANIFEST).is_file():
                return self._index
            path = current_release(self._index)
        except (ReleaseError, OSError) as error:
            self._missing = self._public(str(error))
            return None
        if path is None:
            self._missing = "no release is published in the index directory yet"
        return path

    def _refuse(self, found: _Identity, reason: str) -> None:
        if found != self._refused or self._refusal is None or self._refusal.reason != reason:
            self._refusal = Refusal(found.path.name, reason, datetime.now(UTC))
        self._refused = found
        self._retry_at = time.monotonic() + self._retry_seconds

    def _log_changes(self) -> None:
        """One line when another release is served, and one when one is refused; not one for every look."""
        served, refusal = self._logged
        if self._served is not None and self._served != served:
            _log.info("serving release %s", self._served.path.name)
        if self._refusal is not None and self._refusal != refusal:
            _log.error("refused release %s: %s", self._refusal.release, self._refusal.reason)
        self._logged = (self._served, self._refusal)

    def _public(self, message: str) -> str:
        """`message` without the directories of this machine, which are nobody else's business."""
        for directory in (self._index.resolve(), self._index.absolute(), self._index):
            if directory != Path():
                message = message.replace(f"{directory}/", "").replace(str(directory), "the index")
        return message


def _identity(path: Path) -> _Identity:
    resolved = path.resolve()
    try:
        status = (resolved / _MANIFEST).stat()
    except OSError:
        return _Identity(resolved, None)
    return _Identity(resolved, (status.st_size, status.st_mtime_ns))
