"""A release as one file, for another machine: `.tar`, uncompressed (vectors do not compress).

Archives are not trusted: only regular files that the manifest in the archive names are unpacked, each up to its stated
size, into a separate directory, and only a release that passes every check gets its name.
"""

import io
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from indexer.durable import CHUNK, sync_directory, sync_file
from indexer.engines import MilvusSettings
from indexer.errors import ReleaseError
from indexer.locks import exclusive
from indexer.release.manifest import MANIFEST, REPORT, Manifest, read_manifest
from indexer.release.names import PARTIAL, RELEASE_NAME, find_release
from indexer.release.opened import RELEASES
from indexer.release.publishing import verify_release

# Maximum size of the manifest and of the report; real ones are far smaller.
MAX_METADATA = 16 << 20
_MOST_READS_PAST_END = 8


class _InSmallPieces(io.RawIOBase):
    """A file that refuses to be read in pieces larger than those in which its data is copied.

    tarfile reads the headers of an entry into memory, whatever length they claim, and looks for some beyond the end of
    the file for ever.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._past_end = 0

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= CHUNK:
            raise tarfile.ReadError("a header in it is longer than that of any release")
        piece = self._stream.read(size)
        self._past_end = 0 if piece or not size else self._past_end + 1
        if self._past_end > _MOST_READS_PAST_END:
            raise tarfile.ReadError("it ends in the middle of a header")
        return piece

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def export_release(root: Path, name: str, target: Path, milvus: MilvusSettings | None = None) -> int:
    """Verify a release and write it to `target`, which appears when complete; returns its size in bytes.

    The same release gives the same bytes. Raises ReleaseError if it is damaged or missing, or `target` exists.
    """
    name = find_release(root, name)
    if target.exists():
        raise ReleaseError(f"{target} exists; it is not overwritten")
    path = root / RELEASES / name
    manifest = verify_release(path, milvus)
    names = [MANIFEST, *sorted(manifest.files), *([REPORT] if (path / REPORT).is_file() else [])]
    draft = target.with_name(f".{target.name}{PARTIAL}")
    try:
        with tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as archive:
            for file in names:
                entry = tarfile.TarInfo(f"{name}/{file}")
                entry.size = (path / file).stat().st_size
                with (path / file).open("rb") as stream:
                    archive.addfile(entry, stream)
        sync_file(draft)
        draft.rename(target)
        sync_directory(target.parent)
    except OSError as error:
        raise ReleaseError(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


@contextmanager
def naming_origin(partial: Path, origin: str) -> Iterator[None]:
    """Let a ReleaseError about a copy name what it was copied from: the copy is gone when somebody reads it."""
    try:
        yield
    except ReleaseError as error:
        raise ReleaseError(str(error).replace(str(partial), origin)) from error


def import_release(source: Path, root: Path, milvus: MilvusSettings | None = None) -> tuple[Path, bool]:
    """Unpack an archive, verify what it holds, and add it to the releases of `root`, unpublished.

    Gives the release's directory, and whether it was unpacked: one that is there already is not unpacked again.

    Raises:
        ReleaseError: the archive is damaged, or holds anything but one release.
        LockedError: a build into `root` is running.
    """
    with exclusive(root, "build"):
        (root / RELEASES).mkdir(parents=True, exist_ok=True)
        partial = root / RELEASES / f"import{PARTIAL}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        try:
            with naming_origin(partial, str(source)):
                with source.open("rb") as file, tarfile.open(fileobj=_InSmallPieces(file), mode="r:") as archive:
                    manifest = _unpack(archive, source, partial, root)
                path = root / RELEASES / manifest.release
                if path.exists():
                    return path, False
                verify_release(partial, milvus)
            sync_directory(partial)
            partial.rename(path)
            sync_directory(path.parent)
        except (tarfile.TarError, EOFError, ValueError, RecursionError) as error:
            raise ReleaseError(f"{source} is no archive of a release: {error}") from error
        except OSError as error:
            raise ReleaseError(f"{source} cannot be imported: {error.strerror or error}") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return path, True


def _unpack(archive: tarfile.TarFile, source: Path, partial: Path, root: Path) -> Manifest:
    """Unpack the release into `partial`, unless `root` has it already.

    The manifest comes first and lists the files that may follow.
    """
    manifest: Manifest | None = None
    allowed: dict[str, int | None] = {MANIFEST: None}
    prefix = ""
    while (entry := archive.next()) is not None:
        if manifest is None:
            prefix = entry.name.removesuffix(MANIFEST)
        file = entry.name.removeprefix(prefix)
        if not entry.isreg():
            raise ReleaseError(f"{source} holds {_shown(entry.name)}, which is no regular file")
        if not entry.name.startswith(prefix) or file not in allowed:
            raise ReleaseError(f"{source} holds {_shown(entry.name)}, which is not in its manifest, or is there twice")
        expected = allowed.pop(file)
        if entry.size != expected if expected is not None else not 0 <= entry.size <= MAX_METADATA:
            raise ReleaseError(f"{source}: {_shown(file)} has {entry.size:,} bytes, which is not what it should have")
        stream = archive.extractfile(entry)
        assert stream is not None  # of a regular file there is one
        _write(stream, partial / file, entry.size)
        if manifest is None:
            manifest = read_manifest(partial)
            check_foreign(manifest, prefix.removesuffix("/"), str(source))
            if (root / RELEASES / manifest.release).exists():
                return manifest
            allowed = {**manifest.sizes, REPORT: None}
    missing = sorted(name for name, size in allowed.items() if size is not None)
    if manifest is None or missing:
        raise ReleaseError(f"{source} is not complete: it lacks {', '.join(missing) or MANIFEST}")
    return manifest


def check_foreign(manifest: Manifest, folder: str, source: str) -> None:
    """Raise ReleaseError unless a manifest from elsewhere names its folder, and files as releases do."""
    name = manifest.release
    fits = RELEASE_NAME.fullmatch(name) and name.endswith(manifest.digest.removeprefix("sha256:")[:8])
    if not fits or folder != name:
        raise ReleaseError(f"{source} holds a release with the name {_shown(name)}, which is none")
    if set(manifest.files) != set(manifest.sizes) or any("/" in file for file in manifest.files):
        raise ReleaseError(f"{source}: its manifest names files that no release has")


def _write(stream: IO[bytes], target: Path, size: int) -> None:
    """Copy exactly `size` bytes; ReleaseError if there are fewer."""
    left = size
    with target.open("xb") as out:
        while left and (piece := stream.read(min(CHUNK, left))):
            out.write(piece)
            left -= len(piece)
    if left:
        raise ReleaseError(f"the archive ends in the middle of {target.name}")
    sync_file(target)


def _shown(name: str) -> str:
    return repr(name if len(name) <= 80 else name[:79] + "…")
