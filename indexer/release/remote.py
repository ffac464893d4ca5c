"""Releases in object storage: pushed there by the machine that builds, pulled by those that serve.

A release lies under `URL/releases/NAME/`, file by file, its manifest last: without one it is not complete, and is not
seen. What is pulled is not trusted: only files that the manifest names are fetched, each of its stated size, and the
release gets its name when every digest is right.
"""

import shutil
from pathlib import Path

from indexer.durable import sync_directory, sync_file
from indexer.errors import ReleaseError
from indexer.locks import exclusive
from indexer.release.archive import MAX_METADATA, check_foreign, naming_origin
from indexer.release.manifest import MANIFEST, REPORT, read_manifest
from indexer.release.names import PARTIAL, RELEASE_NAME, find_release
from indexer.release.opened import RELEASES, open_release
from indexer.release.publishing import verify_release
from indexer.store import Store
from model.files import sha256_file

LATEST = "latest"
_REPAIR = "push the release again from where it was built, which replaces what is damaged"


def push_release(root: Path, name: str, url: str) -> tuple[str, int]:
    """Verify a release and copy it to a store; its name, and the bytes that were copied.

    Objects that are there already are read, and replaced unless their digest is right: an interrupted call is resumed,
    and a damaged release repaired.

    Raises:
        ReleaseError: it is damaged or missing.
        StoreError: the store cannot be written.
    """
    name = find_release(root, name)
    path = root / RELEASES / name
    manifest = verify_release(path)
    there = Store.open(url).at(RELEASES, name)
    copied = 0
    for file in (*sorted(manifest.files), *([REPORT] if (path / REPORT).is_file() else []), MANIFEST):
        size = (path / file).stat().st_size
        digest = manifest.files.get(file) or sha256_file(path / file)
        if there.at(file).size() != size or there.at(file).sha256() != digest:
            there.at(file).upload(path / file)
            copied += size
    return name, copied


def remote_names(url: str) -> list[str]:
    """Names of the complete releases of a store, oldest first. Raises StoreError."""
    releases = Store.open(url).at(RELEASES)
    names = (name for name in releases.folders() if RELEASE_NAME.fullmatch(name))
    return [name for name in names if releases.at(name, MANIFEST).size() is not None]


def pull_release(url: str, given: str, root: Path) -> tuple[Path, bool]:
    """Copy a release from a store, verify it, and add it to those of `root`, unpublished.

    `given` is a name, a prefix that only one name has, or `latest`. Gives the release's directory, and whether it was
    copied: one that is there already is not copied again.

    Raises:
        ReleaseError: there is no such release, or it is damaged.
        StoreError: the store cannot be read.
        LockedError: a build into `root` is running.
    """
    name = _find(url, given)
    path = root / RELEASES / name
    if path.is_dir():
        return path, False
    there = Store.open(url).at(RELEASES, name)
    with exclusive(root, "build"):
        if path.is_dir():  # another call was quicker
            return path, False
        (root / RELEASES).mkdir(parents=True, exist_ok=True)
        partial = root / RELEASES / f"pull{PARTIAL}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            with naming_origin(partial, str(there)):
                _copy(there, partial, name)
                open_release(partial, verify=False).close()  # its digests have just been checked
            sync_directory(partial)
            partial.rename(path)
            sync_directory(path.parent)
        except OSError as error:
            raise ReleaseError(f"{there} cannot be pulled to {root}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return path, True


def _find(url: str, given: str) -> str:
    names = remote_names(url)
    matching = names[-1:] if given == LATEST else [name for name in names if given and name.startswith(given)]
    if len(matching) != 1:
        listed = ", ".join(names[-20:]) or "none"
        several = "several releases that begin with" if matching else "no release"
        raise ReleaseError(f"{Store.open(url)} has {several} {given!r}; there are: {listed}")
    return matching[0]


def _copy(there: Store, partial: Path, name: str) -> None:
    metadata = there.at(MANIFEST)
    if (metadata.size() or 0) > MAX_METADATA:
        raise ReleaseError(f"{metadata} is longer than that of any release")
    metadata.download(partial / MANIFEST)
    manifest = read_manifest(partial)
    check_foreign(manifest, name, str(there))
    for file, expected in manifest.sizes.items():
        if there.at(file).size() != expected:
            raise ReleaseError(f"{there.at(file)} does not have the {expected:,} bytes that it should have: {_REPAIR}")
        there.at(file).download(partial / file)
        sync_file(partial / file)
        if sha256_file(partial / file) != manifest.files[file]:
            raise ReleaseError(
                f"{there.at(file)} has been changed: its SHA-256 is not the one in the manifest; {_REPAIR}"
            )
    report = there.at(REPORT)
    if 0 < (report.size() or 0) <= MAX_METADATA:
        report.download(partial / REPORT)
