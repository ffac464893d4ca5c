"""Object storage: `s3://bucket/key`, `gs://…`, `file:///…`, and by fsspec whatever it knows, such as `memory://…`.

Read and written through `pyarrow.fs`, which finds credentials and the endpoint where every client of that store does
(`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, profiles, instance roles). An address may have them in it; what is said of an
address leaves them out.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from indexer.durable import CHUNK
from indexer.errors import StoreError

if TYPE_CHECKING:
    from pyarrow.fs import FileInfo, FileSystem

_WEB = ("http", "https", "ftp")
_EXAMPLES = "an address of a store is such as s3://bucket/folder or file:///absolute/folder"


def is_store_url(text: str) -> bool:
    """Whether a text is an address in a store, and no path and no address on the web."""
    scheme, separator, _ = text.partition("://")
    return bool(scheme and separator) and scheme.lower() not in _WEB


def shown(url: str) -> str:
    """An address as it may be printed: without user, password and options. A path stays as it is."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    place, slash, path = re.split("[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{scheme}://{place.rpartition('@')[2]}{slash}{path}"


@dataclass(frozen=True, slots=True)
class Store:
    """A place in a store; `shown` stands for it in messages. Its methods raise StoreError."""

    shown: str
    files: FileSystem
    path: str

    @classmethod
    def open(cls, url: str) -> Store:
        """Raises StoreError for an address that is none, or a store that is not known here."""
        from pyarrow.fs import FileSystem, FSSpecHandler, PyFileSystem

        _check_address(url)
        scheme, separator, rest = url.partition("://")
        url = scheme.lower() + separator + rest
        with _reported(shown(url), url):
            try:
                files, path = FileSystem.from_uri(url)
            except ValueError as error:
                if "Unrecognized filesystem type" not in str(error):
                    raise
                from fsspec.core import url_to_fs  # comes with torch

                try:
                    found, path = url_to_fs(url)
                except (TypeError, AttributeError) as error:  # of file systems that take more than an address
                    raise ValueError(f"fsspec cannot open it: {error}") from error
                files = PyFileSystem(FSSpecHandler(found))
        return cls(shown(url).rstrip("/"), files, path.rstrip("/"))

    def __str__(self) -> str:
        return self.shown

    def at(self, *names: str) -> Store:
        """A place below this one."""
        return Store("/".join((self.shown, *names)), self.files, "/".join((self.path, *names)))

    def size(self) -> int | None:
        """Bytes of the object; None if there is none."""
        info = self._info()
        return info.size if info.is_file else None

    def sha256(self) -> str:
        """Hex digest of the object's bytes, which are read for it. StoreError if there is none."""
        digest = hashlib.sha256()
        for piece in self._pieces():
            digest.update(piece)
        return digest.hexdigest()

    def stamp(self) -> tuple[int, int]:
        """Size and time of last change (ns), to notice an object that was replaced. StoreError if there is none."""
        info = self._info()
        if not info.is_file:
            raise StoreError(f"{self} is not there")
        return info.size, info.mtime_ns or 0

    def folders(self) -> list[str]:
        """Names of what lies below this place as if in directories; none where there is nothing."""
        from pyarrow.fs import FileSelector, FileType

        with _reported(self.shown):
            found = self.files.get_file_info(FileSelector(self.path, allow_not_found=True))
        return sorted(info.base_name for info in found if info.type == FileType.Directory)

    def download(self, target: Path) -> int:
        """Copy the object to a file; its bytes. OSError where the file cannot be written."""
        size = 0
        with target.open("wb") as out:
            for piece in self._pieces():
                out.write(piece)
                size += len(piece)
        return size

    def upload(self, source: Path) -> None:
        """Copy a file to the object."""
        with _reported(self.shown), source.open("rb") as stream:
            if self.files.type_name not in ("s3", "gcs", "abfs"):  # those have no directories to make
                self.files.create_dir(str(PurePosixPath(self.path).parent), recursive=True)
            with self.files.open_output_stream(self.path) as out:
                while piece := stream.read(CHUNK):
                    out.write(piece)

    def _info(self) -> FileInfo:
        with _reported(self.shown):
            return self.files.get_file_info(self.path)

    def _pieces(self) -> Iterator[bytes]:
        """Errors of the store are StoreErrors, those of whoever takes the pieces are not."""
        with _reported(self.shown):
            stream = self.files.open_input_stream(self.path)
        with stream:
            while True:
                with _reported(self.shown):
                    piece = stream.read(CHUNK)
                if not piece:
                    return
                yield piece


def local_copy(url: str, directory: Path) -> Path:
    """A copy of an object below `directory`, fetched unless the one that is there is of the same size and time.

    Objects of stores that tell no time are fetched always; those of `file:///` are read where they are.

    Raises:
        StoreError: the store cannot be reached, or has no such object.
        OSError: the directory cannot be written.
    """
    if urlsplit(url).scheme == "file":
        return Path(Store.open(url).path)
    store = Store.open(url)
    target = directory / _folder(store) / PurePosixPath(store.path).name
    note = target.with_name(f".{target.name}.json")
    stamp = list(store.stamp())
    if stamp[1] and target.is_file() and _read_note(note) == stamp:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    size = store.download(part)
    if size != stamp[0]:
        raise StoreError(f"{store} was changed while it was read, or broke off: {size:,} of {stamp[0]:,} bytes came")
    note.unlink(missing_ok=True)
    part.replace(target)
    note.write_text(json.dumps(stamp), encoding="utf-8")
    return target


def _check_address(url: str) -> None:
    """Raise a StoreError that says what a text is, if it is no address of a store."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme.lower() in _WEB:
        raise StoreError(f"{shown(url)} is an address on the web and not of a store; {_EXAMPLES}")
    if url.strip() and not separator and not re.match("[A-Za-z][A-Za-z0-9+.-]+:", url):
        raise StoreError(f"{url} is a path and no address of a store; for a folder write {_folder_url(url)}")
    if scheme.lower() == "file" and rest and not rest.startswith("/"):
        raise StoreError(f"{shown(url)} names a machine and no folder; for a folder write {_folder_url(rest)}")
    if not (scheme and separator and rest):
        raise StoreError(f"{shown(url) or 'an empty text'} is no address of a store; {_EXAMPLES}")


def _folder_url(path: str) -> str:
    return f"file://{Path(path).absolute()}"


def _folder(store: Store) -> str:
    """One folder for each place: objects of the same name from two places are two files."""
    return hashlib.sha256(store.shown.encode()).hexdigest()[:12]


def _read_note(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


@contextmanager
def _reported(place: str, url: str = "") -> Iterator[None]:
    """Turn what pyarrow, its AWS client and fsspec raise into a StoreError without the address's secrets."""
    try:
        yield
    except (OSError, ValueError, ImportError, NotImplementedError) as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        if url != place and url:  # an address with secrets, which may be quoted in any form
            raise StoreError(f"{place} cannot be opened: it is no address of a store, or has wrong options") from None
        raise StoreError(f"{place}: {reason}") from error
