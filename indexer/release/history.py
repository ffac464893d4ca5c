"""What was served, in order: `publications.log`, a line for each publication and each rollback.

A line is the UTC time, the name of the release and, for a rollback, the word `rollback`, separated by tabs. The history
is that of a browser: a rollback goes back in it, and a publication drops what lay ahead and adds to its end.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from indexer.durable import sync_file

_LOG = "publications.log"
_ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class History:
    """Releases in the order served; the one at `position` is served now."""

    names: tuple[str, ...]
    position: int

    def published(self, name: str) -> "History":
        """After `name` was published."""
        if self.names and self.names[self.position] == name:
            return self
        return History((*self.names[: self.position + 1], name), self.position + 1 if self.names else 0)

    def rolled_back(self, name: str) -> "History":
        """After a rollback to `name`; to one that was never served, the same as its publication."""
        for position in range(self.position - 1, -1, -1):
            if self.names[position] == name:
                return History(self.names, position)
        return self.published(name)

    def before(self) -> Iterator[str]:
        """The releases served before the current one, the latest first, each once."""
        earlier = dict.fromkeys(reversed(self.names[: self.position]))
        return (name for name in earlier if name != self.names[self.position])


def read_history(root: Path, current: str, existing: Sequence[str]) -> History:
    """The history of an index directory that serves `current`.

    Without a log (an index directory of an early version, or a copy without it) the `existing` releases, oldest first,
    count as served one after the other.
    """
    history = History((), 0)
    entries = _read_log(root)
    if entries is None:
        entries = [(name, "") for name in existing if name < current]
    for name, action in entries:
        history = history.rolled_back(name) if action == _ROLLBACK else history.published(name)
    if history.names and history.names[history.position] == current:
        return history
    # The log is written before `current` is switched: a kill in between leaves an entry that never took effect.
    for position in range(len(history.names) - 1, -1, -1):
        if history.names[position] == current:
            return History(history.names, position)
    return history.published(current)


def was_served(root: Path, name: str, current: str | None) -> bool:
    """Whether a release was ever served by an index directory that serves `current` now.

    What lay ahead of a rollback is not in the history any more, but it was served all the same.
    """
    entries = _read_log(root) or []
    # As above: a last entry other than `current` is of a publication that was killed before it took effect.
    if entries and entries[-1][0] != current:
        entries.pop()
    return any(entry == name for entry, _ in entries)


def _read_log(root: Path) -> list[tuple[str, str]] | None:
    """Name and action of each entry, in order; None without a log."""
    try:
        lines = (root / _LOG).read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return None
    parts = (line.partition("\t")[2].partition("\t") for line in lines)
    return [(name, action) for name, _, action in parts if name]


def record(root: Path, name: str, rollback: bool = False) -> None:
    """Add a publication of `name`, or a rollback to it, to the log."""
    log = root / _LOG
    action = f"\t{_ROLLBACK}" if rollback else ""
    with log.open("a", encoding="utf-8") as stream:
        stream.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\t{name}{action}\n")
    sync_file(log)
