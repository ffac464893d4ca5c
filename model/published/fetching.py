"""All files of a data set in one directory: existing files are checked, missing ones are downloaded."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from model.files import sha256_file, write_whole
from model.published.checks import ContentError
from model.published.download import DEFAULT_POLICY, DownloadError, RetryPolicy, fetch
from model.published.sources import DataSource, RemoteFile

RECORD = "sources.json"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file that passed its check; url: None where it existed before."""

    name: str
    path: Path
    bytes: int
    sha256: str
    url: str | None


def fetch_files(
    source: DataSource,
    out: Path,
    *,
    base_url: str | None = None,
    urls: Mapping[str, str] | None = None,
    force: bool = False,
    policy: RetryPolicy = DEFAULT_POLICY,
    sleep: Callable[[float], None] = time.sleep,
) -> list[LocalFile]:
    """Fetch all files of `source` into `out`, and record in `out/sources.json` where each came from.

    Args:
        base_url: of a mirror, instead of the source's own.
        urls: full URLs of single files by name; they take precedence over `base_url`.
        force: download existing files again.

    Raises:
        DownloadError: a download fails (see `fetch`), an existing file fails its check, or `urls` names a file that
            the data set does not have.
    """
    addresses = {file.name: f"{(base_url or source.base_url).rstrip('/')}/{file.name}" for file in source.files}
    unknown = sorted(set(urls or {}) - set(addresses))
    if unknown:
        raise DownloadError(f"{source.title} has no file {unknown[0]!r}; its files are: {', '.join(addresses)}.")
    addresses |= urls or {}
    local = []
    for file in source.files:
        path = out / file.name
        here = path.exists() and not force
        if here:
            _check_existing(source, file, path)
        else:
            fetch(
                addresses[file.name],
                path,
                max_bytes=file.max_bytes,
                check=file.check,
                policy=policy,
                sleep=sleep,
            )
        digest = sha256_file(path)
        local.append(LocalFile(file.name, path, path.stat().st_size, digest, None if here else addresses[file.name]))
    _record(source, out, local)
    return local


def _check_existing(source: DataSource, file: RemoteFile, path: Path) -> None:
    try:
        file.check(path)
    except ContentError as error:
        raise DownloadError(
            f"{path} exists but is not the file {file.name} of {source.title}: {error}. "
            "Remove it, or download it again with --force."
        ) from error
    except OSError as error:
        raise DownloadError(f"{path} cannot be read: {error.strerror or error}.") from error


def _record(source: DataSource, out: Path, local: list[LocalFile]) -> None:
    """Add to `sources.json`; an unchanged file keeps its entry."""
    path = out / RECORD
    try:
        known = {entry["name"]: entry for entry in json.loads(path.read_text(encoding="utf-8"))["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        known = {}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    files = []
    for one in local:
        before = known.get(one.name)
        if one.url is None and before is not None and before.get("sha256") == one.sha256:
            files.append(before)
        else:
            files.append(asdict(one) | {"path": one.path.name, "checked": now})
    record = {"source": source.title, "citation": source.citation, "licence": source.licence, "files": files}
    write_whole(path, json.dumps(record, indent=2) + "\n")
