"""Names of releases: `<UTC time of the build>-<first 8 hex digits of the digest>`, and the short forms of commands."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from indexer.errors import ReleaseError
from indexer.locks import BUILD_LOCK
from indexer.release.history import read_history
from indexer.release.opened import RELEASES, current_release

PARTIAL = ".partial"
WORK = "work"
"""Below an index directory: shards of builds that are not finished."""
RELEASE_NAME = re.compile(r"[0-9]{8}T[0-9]{9}Z-[0-9a-f]{8}")
_STAMP = "%Y%m%dT%H%M%S"
_SHOWN = 20


def check_index(root: Path) -> None:
    """Raise ReleaseError where there is no index directory, before anything is looked for or locked there.

    One has releases, work of a build that did not come to one, or the lock of one that has only begun.
    """
    if not root.is_dir():
        reason = "this is a file" if root.exists() else "there is no such directory"
    elif not any((root / name).exists() for name in (RELEASES, WORK, BUILD_LOCK)):
        reason = f"the directory has no {RELEASES}/"
    else:
        return
    raise ReleaseError(f"there is no index at {root}: {reason}")


def release_names(root: Path) -> list[str]:
    """Names of all complete releases, oldest first; directories with other names come last."""
    directory = root / RELEASES
    if not directory.is_dir():
        return []
    found = (path.name for path in directory.iterdir() if path.is_dir() and not path.name.endswith(PARTIAL))
    return sorted(found, key=lambda name: (RELEASE_NAME.fullmatch(name) is None, name))


def find_release(root: Path, given: str) -> str:
    """The name of the release that `given` stands for.

    `given` is a name, a prefix that only one name has, `current` (served now), `previous` (what `rollback` serves) or
    `latest` (built last). ReleaseError, naming the releases that exist, if there is no such release.
    """
    check_index(root)
    names = release_names(root)
    if given in names:
        return given
    special = {"current": _current, "previous": _previous, "latest": _latest}.get(given)
    if special is not None:
        found = special(root, names)
        if found is None:
            raise ReleaseError(f"{root} has no {given} release; there are: {_listed(names)}")
        return found
    matching = [name for name in names if given and name.startswith(given)]
    if len(matching) > 1:
        raise ReleaseError(f"{given!r} is the beginning of several releases of {root}: {_listed(matching)}")
    if not matching:
        raise ReleaseError(f"{root} has no release {given!r}; there are: {_listed(names)}")
    return matching[0]


def new_stamp(root: Path, now: datetime | None = None) -> str:
    """UTC time for the name of a new release, to the millisecond; later than that of every existing release."""
    stamp = format_stamp(now or datetime.now(UTC))
    newest = max((name.split("-")[0] for name in release_names(root) if RELEASE_NAME.fullmatch(name)), default="")
    if stamp <= newest:  # the clock was set back, or two builds fall into one millisecond
        try:
            latest = datetime.strptime(newest[:-4], _STAMP) + timedelta(milliseconds=int(newest[-4:-1]) + 1)
        except ValueError:  # digits that are no date
            return stamp
        stamp = format_stamp(latest)
    return stamp


def format_stamp(time: datetime) -> str:
    """A UTC time as release names begin."""
    return f"{time:{_STAMP}}{time.microsecond // 1000:03d}Z"


def _current(root: Path, names: list[str]) -> str | None:
    current = current_release(root)
    return current.name if current is not None and current.name in names else None


def _previous(root: Path, names: list[str]) -> str | None:
    current = current_release(root)
    if current is None:
        return None
    return next((name for name in read_history(root, current.name, names).before() if name in names), None)


def _latest(root: Path, names: list[str]) -> str | None:
    return next((name for name in reversed(names) if RELEASE_NAME.fullmatch(name)), None)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[-_SHOWN:]) + more if names else "none"
