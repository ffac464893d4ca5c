"""Files that survive a kill or a power cut: flushed to the disk, and named only when complete."""

import os
from pathlib import Path

CHUNK = 1 << 20


def sync_file(path: Path) -> None:
    """Flush a file to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_directory(path: Path) -> None:
    """Flush the entries of a directory (created, renamed, removed files) to the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Write and flush a small file; not atomic: for files inside a directory that is renamed when complete."""
    with path.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def replace_symlink(link: Path, target: str) -> None:
    """Point `link` at `target` (relative) by one atomic rename: readers see the old or the new, never neither."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
    sync_directory(link.parent)
