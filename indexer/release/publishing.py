"""Which release is served: publish, roll back, list, verify, prune. Every change is one atomic rename."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from indexer.durable import replace_symlink, sync_directory, sync_file
from indexer.engines import all_engines
from indexer.errors import ReleaseError
from indexer.locks import exclusive
from indexer.release.manifest import MANIFEST, Manifest, read_manifest
from indexer.release.opened import CURRENT, RELEASES, current_release, open_release
from indexer.release.publish_rules import PublishRules, check_fitness

PARTIAL = ".partial"
_LOG = "publications.log"
_STAMP = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """One release under an index directory; `problem` says why it cannot be used (then there is no manifest)."""

    path: Path
    current: bool
    manifest: Manifest | None
    problem: str | None = None

    @property
    def name(self) -> str:
        return self.path.name


def release_names(root: Path) -> list[str]:
    """Names of all whole releases, oldest first (names begin with the time of the build)."""
    directory = root / RELEASES
    if not directory.is_dir():
        return []
    return sorted(path.name for path in directory.iterdir() if path.is_dir() and not path.name.endswith(PARTIAL))


def new_stamp(root: Path, now: datetime | None = None) -> str:
    """UTC time for the name of a new release, to the millisecond; later than that of any release that is there."""
    stamp = _format_stamp(now or datetime.now(UTC))
    newest = max((name.split("-")[0] for name in release_names(root)), default="")
    if stamp <= newest:  # a clock that was set back, or two builds in one millisecond
        try:
            latest = datetime.strptime(newest[:-4], _STAMP) + timedelta(milliseconds=int(newest[-4:-1]) + 1)
        except ValueError:
            return stamp
        stamp = _format_stamp(latest)
    return stamp


def _format_stamp(time: datetime) -> str:
    return f"{time:{_STAMP}}{time.microsecond // 1000:03d}Z"


def verify_release(path: Path) -> Manifest:
    """Open a release with every digest checked, and close it again. Raises ReleaseError."""
    release = open_release(path, verify=True)
    release.close()
    return release.manifest


def verify(directory: Path) -> list[ReleaseSummary]:
    """Verify one release directory, or all releases of an index directory; problems are in the summaries.

    Raises ReleaseError if there is nothing to verify, or `current` points to a release that is not there.
    """
    if (directory / MANIFEST).exists():
        return [_verified(directory, current=False)]
    current = current_release(directory)
    names = release_names(directory)
    if not names:
        raise ReleaseError(f"{directory} has no releases")
    if current is not None and current.name not in names:
        raise ReleaseError(f"{directory / CURRENT} points to {current.name}, which is not there")
    return [
        _verified(directory / RELEASES / name, current=current is not None and name == current.name) for name in names
    ]


def _verified(path: Path, current: bool) -> ReleaseSummary:
    try:
        return ReleaseSummary(path, current, verify_release(path))
    except ReleaseError as error:
        return ReleaseSummary(path, current, None, str(error))


def list_releases(root: Path) -> list[ReleaseSummary]:
    """All releases of an index directory, oldest first, by their manifests alone."""
    current = current_release(root)
    summaries = []
    for name in release_names(root):
        path, served = root / RELEASES / name, current is not None and name == current.name
        try:
            summaries.append(ReleaseSummary(path, served, read_manifest(path)))
        except ReleaseError as error:
            summaries.append(ReleaseSummary(path, served, None, str(error)))
    return summaries


def publish(root: Path, name: str, verified: bool = False, rules: PublishRules | None = None) -> Path:
    """Verify a release (unless that has just been done) and point `current` at it; returns its directory.

    With `rules`, a release that does not fit them beside the current one is refused. Raises ReleaseError, changing
    nothing.
    """
    path = root / RELEASES / name
    if name not in release_names(root):
        known = ", ".join(release_names(root)) or "none"
        raise ReleaseError(f"{root} has no release {name!r}; there are: {known}")
    if not verified:
        verify_release(path)
    with exclusive(root, "publish"):
        if rules is not None:
            check_fitness(root, path, rules)
        _tell_servers(path)
        _switch(root, name)
    return path


def rollback(root: Path) -> Path:
    """Point `current` at the release that was served before: the newest older one that was ever published.

    Releases that are damaged are passed over. Raises ReleaseError if there is none to go back to.
    """
    with exclusive(root, "publish"):
        current = current_release(root)
        if current is None:
            raise ReleaseError(f"{root} has no published release to roll back from")
        published = _published(root)
        older = [name for name in release_names(root) if name < current.name and name in published]
        problems = []
        for name in reversed(older):
            try:
                verify_release(root / RELEASES / name)
                _tell_servers(root / RELEASES / name)
            except ReleaseError as error:
                problems.append(str(error))
                continue
            _switch(root, name)
            return root / RELEASES / name
    reason = "; ".join(problems) or "no older release was ever published"
    raise ReleaseError(f"{root}: there is no release before {current.name} to roll back to ({reason})")


def prune(root: Path, keep: int, older_than: timedelta | None = None, now: datetime | None = None) -> list[str]:
    """Remove all but the `keep` newest releases and the current one, and what unfinished builds left behind.

    With `older_than`, releases built less long ago (before `now`) stay too. Returns the names of the releases removed.
    Raises LockedError while a build runs.
    """
    if keep < 1:
        raise ValueError(f"keep must be at least 1, not {keep}")
    with exclusive(root, "build"), exclusive(root, "publish"):
        current = current_release(root)
        names = release_names(root)
        limit = None if older_than is None else _format_stamp((now or datetime.now(UTC)) - older_than)
        removed = [
            name
            for name in names[:-keep]
            if (current is None or name != current.name) and (limit is None or name.split("-")[0] < limit)
        ]
        for name in removed:
            path = root / RELEASES / name
            path.rename(path.with_name(name + PARTIAL))  # first out of the list: a kill leaves no half release in it
        doomed = sorted((root / RELEASES).glob(f"*{PARTIAL}"))
        _discard_on_servers(doomed, [root / RELEASES / name for name in release_names(root)])
        remove_partial_releases(root)
        shutil.rmtree(root / "work", ignore_errors=True)
    return removed


def remove_partial_releases(root: Path) -> None:
    """Remove what killed builds left under releases/. Only for the holder of the build lock."""
    directory = root / RELEASES
    if directory.is_dir():
        for path in directory.glob(f"*{PARTIAL}"):
            shutil.rmtree(path)


def _switch(root: Path, name: str) -> None:
    """Logged first: a release that was served without being in the log could not be rolled back to."""
    log = root / _LOG
    with log.open("a", encoding="utf-8") as stream:
        stream.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\t{name}\n")
    sync_file(log)
    replace_symlink(root / CURRENT, f"{RELEASES}/{name}")
    sync_directory(root)


def _tell_servers(release: Path) -> None:
    """Let engines with a server publish there first. ReleaseError if a server is unavailable or lacks the vectors."""
    try:
        for engine in all_engines():
            engine.publish(release)
    except OSError as error:
        raise ReleaseError(f"{release.name} cannot be published: {error}") from error


def _discard_on_servers(removed: Sequence[Path], kept: Sequence[Path]) -> None:
    """Delete what removed and unfinished releases have on servers. ReleaseError if a server is unavailable."""
    try:
        for engine in all_engines():
            engine.discard(removed, kept)
    except OSError as error:
        names = ", ".join(path.name for path in removed)
        raise ReleaseError(
            f"these releases still have vectors on a server; run prune again ({names}): {error}"
        ) from error


def _published(root: Path) -> set[str]:
    log = root / _LOG
    if not log.exists():
        return set(release_names(root))
    return {line.split("\t")[-1] for line in log.read_text(encoding="utf-8").splitlines()}
