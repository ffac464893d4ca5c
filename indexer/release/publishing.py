"""Which release is served: publish, roll back, list, verify, prune. Every change is one atomic rename.

Where a function takes `milvus`, it may have to ask the server that a release has its vectors in; None: the one that
`MOLSEEK_MILVUS_*` variables name.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from indexer.durable import replace_symlink, sync_directory
from indexer.engines import MilvusSettings, all_engines
from indexer.errors import ReleaseError
from indexer.locks import exclusive
from indexer.release.history import read_history, record, was_served
from indexer.release.manifest import MANIFEST, Manifest, read_manifest
from indexer.release.names import (
    PARTIAL,
    RELEASE_NAME,
    WORK,
    check_index,
    find_release,
    format_stamp,
    release_names,
)
from indexer.release.opened import CURRENT, RELEASES, current_release, open_release
from indexer.release.publish_rules import PublishRules, check_fitness


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


def verify_release(path: Path, milvus: MilvusSettings | None = None) -> Manifest:
    """Open a release with every digest checked, and close it again. Raises ReleaseError."""
    release = open_release(path, verify=True, milvus=milvus)
    release.close()
    return release.manifest


def verify(directory: Path, milvus: MilvusSettings | None = None) -> list[ReleaseSummary]:
    """Verify one release directory, or all releases of an index directory; problems are in the summaries.

    Raises ReleaseError if there is nothing to verify, or `current` points to a release that is not there.
    """
    if (directory / MANIFEST).exists():
        return [_verified(directory, False, milvus)]
    check_index(directory)
    current = current_release(directory)
    names = release_names(directory)
    if not names:
        raise ReleaseError(f"{directory} has no releases")
    if current is not None and current.name not in names:
        raise ReleaseError(f"{directory / CURRENT} points to {current.name}, which is not there")
    return [
        _verified(directory / RELEASES / name, current is not None and name == current.name, milvus) for name in names
    ]


def _verified(path: Path, current: bool, milvus: MilvusSettings | None) -> ReleaseSummary:
    try:
        return ReleaseSummary(path, current, verify_release(path, milvus))
    except ReleaseError as error:
        return ReleaseSummary(path, current, None, str(error))


def list_releases(root: Path) -> list[ReleaseSummary]:
    """All releases of an index directory, oldest first, by their manifests alone. ReleaseError if there is no index."""
    check_index(root)
    current = current_release(root)
    summaries = []
    for name in release_names(root):
        path, served = root / RELEASES / name, current is not None and name == current.name
        try:
            summaries.append(ReleaseSummary(path, served, read_manifest(path)))
        except ReleaseError as error:
            summaries.append(ReleaseSummary(path, served, None, str(error)))
    return summaries


def publish(
    root: Path,
    name: str,
    verified: bool = False,
    rules: PublishRules | None = None,
    milvus: MilvusSettings | None = None,
) -> Path:
    """Verify a release (unless that has just been done) and point `current` at it; returns its directory.

    `name`: see `indexer.release.names.find_release`. With `rules`, a release that breaks them beside the current one is
    refused. Raises ReleaseError, changing nothing.
    """
    path = root / RELEASES / find_release(root, name)
    if not verified:
        verify_release(path, milvus)
    with exclusive(root, "publish"):
        _publish(root, path, rules, milvus)
    return path


def publish_new(root: Path, name: str, verified: bool, rules: PublishRules) -> bool:
    """As `publish`, unless the release was served before: then somebody chose another one since, and that stays.

    For what publishes without being asked each time. Tells whether the release was published.
    """
    path = root / RELEASES / find_release(root, name)
    if _was_served(root, path.name):
        return False
    if not verified:
        verify_release(path)
    with exclusive(root, "publish"):
        if _was_served(root, path.name):  # and rolled back from, during the verification
            return False
        _publish(root, path, rules, None)
    return True


def _publish(root: Path, path: Path, rules: PublishRules | None, milvus: MilvusSettings | None) -> None:
    """For the holder of the lock."""
    if rules is not None:
        check_fitness(root, path, rules)
    _tell_servers(path, milvus)
    _switch(root, path.name)


def _was_served(root: Path, name: str) -> bool:
    current = current_release(root)
    return was_served(root, name, current.name if current is not None else None)


def rollback(root: Path, milvus: MilvusSettings | None = None) -> Path:
    """Point `current` at the release that was served before it; another rollback goes back one more.

    Removed and damaged releases are skipped. Raises ReleaseError if there is none to go back to.
    """
    check_index(root)
    with exclusive(root, "publish"):
        current = current_release(root)
        if current is None:
            raise ReleaseError(f"{root} has no published release to roll back from")
        names = release_names(root)
        problems = []
        for name in read_history(root, current.name, names).before():
            if name not in names:
                continue
            try:
                verify_release(root / RELEASES / name, milvus)
                _tell_servers(root / RELEASES / name, milvus)
            except ReleaseError as error:
                problems.append(str(error))
                continue
            _switch(root, name, rollback=True)
            return root / RELEASES / name
    reason = "; ".join(problems) or "no other release was served before it"
    raise ReleaseError(f"{root}: there is no release before {current.name} to roll back to ({reason})")


def prune(
    root: Path,
    keep: int,
    older_than: timedelta | None = None,
    now: datetime | None = None,
    milvus: MilvusSettings | None = None,
) -> list[str]:
    """Remove all but the `keep` newest releases and the current one, and what unfinished builds left behind.

    `older_than`: remove only releases built longer before `now` than this. Directories without the name of
    a release are left alone. Returns the names removed. Raises LockedError while a build runs, ReleaseError if there is
    no index.
    """
    if keep < 1:
        raise ValueError(f"keep must be at least 1, not {keep}")
    check_index(root)
    with exclusive(root, "build"), exclusive(root, "publish"):
        current = current_release(root)
        names = [name for name in release_names(root) if RELEASE_NAME.fullmatch(name)]
        limit = None if older_than is None else format_stamp((now or datetime.now(UTC)) - older_than)
        removed = [
            name
            for name in names[:-keep]
            if (current is None or name != current.name) and (limit is None or name.split("-")[0] < limit)
        ]
        for name in removed:
            path = root / RELEASES / name
            path.rename(path.with_name(name + PARTIAL))  # a kill leaves no incomplete release listed
        unused = sorted((root / RELEASES).glob(f"*{PARTIAL}"))
        _discard_on_servers(unused, [root / RELEASES / name for name in release_names(root)], milvus)
        remove_partial_releases(root)
        shutil.rmtree(root / WORK, ignore_errors=True)
    return removed


def remove_partial_releases(root: Path) -> None:
    """Remove what killed builds left under releases/. Only for the holder of the build lock."""
    directory = root / RELEASES
    if directory.is_dir():
        for path in directory.glob(f"*{PARTIAL}"):
            shutil.rmtree(path)


def _switch(root: Path, name: str, rollback: bool = False) -> None:
    """Log first: a release served without being in the log could not be rolled back to."""
    record(root, name, rollback)
    replace_symlink(root / CURRENT, f"{RELEASES}/{name}")
    sync_directory(root)


def _tell_servers(release: Path, milvus: MilvusSettings | None) -> None:
    """Let engines with a server publish there first. ReleaseError if a server is unavailable or lacks the vectors."""
    try:
        for engine in all_engines(milvus=milvus):
            engine.publish(release)
    except OSError as error:
        raise ReleaseError(f"{release.name} cannot be published: {error}") from error


def _discard_on_servers(removed: Sequence[Path], kept: Sequence[Path], milvus: MilvusSettings | None) -> None:
    """Delete what removed and unfinished releases have on servers. ReleaseError if a server is unavailable."""
    try:
        for engine in all_engines(milvus=milvus):
            engine.discard(removed, kept)
    except OSError as error:
        names = ", ".join(path.name for path in removed)
        raise ReleaseError(
            f"these releases still have vectors on a server; run prune again ({names}): {error}"
        ) from error
