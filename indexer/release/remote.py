"""What engines with a server of their own do when a release is published or removed; others have nothing there."""

from collections.abc import Sequence
from pathlib import Path

from indexer.engines.milvus_engine import MilvusEngine
from indexer.errors import ReleaseError


def switch(release: Path) -> None:
    """Let servers know that a release is published. Nothing happens for one that is in files alone.

    Raises ReleaseError if a server is away or has not what the release needs.
    """
    try:
        MilvusEngine().switch(release)
    except OSError as error:
        raise ReleaseError(f"{release.name} cannot be published: {error}") from error


def forget(removed: Sequence[Path], kept: Sequence[Path]) -> list[str]:
    """Remove what removed and unfinished releases have on servers, unless one that is kept needs it too.

    Returns what was removed there. Raises ReleaseError if a server is away.
    """
    try:
        return MilvusEngine().forget(removed, kept)
    except OSError as error:
        names = ", ".join(path.name for path in removed)
        raise ReleaseError(f"what these had on a server is still there, run prune again ({names}): {error}") from error
