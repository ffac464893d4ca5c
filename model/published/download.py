"""One file over HTTP: resumed after an interruption, never a mix of two versions, renamed into place once checked.

During a download a file is `NAME.part`, with `NAME.part.json` beside it, which records the URL and the
validator (strong ETag or Last-Modified, RFC 9110) of its bytes. A later attempt asks for the rest with
`Range` and `If-Range`: a server whose file has changed, or that does not support ranges, sends the whole file, and
the old part is discarded.

It uses Python's urllib: that handles proxies and certificates, and the HTTP client that huggingface-hub depends on has
another name in each of the versions that Molseek accepts.
"""

from __future__ import annotations

import errno
import fcntl
import http.client
import json
import os
import re
import shutil
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, BinaryIO

from tqdm import tqdm

from model.published.checks import ContentError

_PIECE = 1 << 16
_USER_AGENT = "molseek"
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Status codes worth a retry."""


class DownloadError(RuntimeError):
    """A download failed; the message says which, from where, why, and what to do."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When to retry and when to give up; pauses double from the first to the longest, in seconds."""

    attempts: int = 6
    """In a row without progress (64 KiB beyond the furthest position so far)."""
    timeout: float = 30.0
    """Without a single byte."""
    first_pause: float = 1.0
    longest_pause: float = 60.0


@dataclass(frozen=True, slots=True)
class _Version:
    """Which version of which file the bytes of a `.part` belong to."""

    url: str
    validator: str
    total: int | None


class _PassingError(Exception):
    """A temporary failure; pause: seconds that the server asked for."""

    def __init__(self, reason: str, pause: float | None = None) -> None:
        super().__init__(reason)
        self.pause = pause


DEFAULT_POLICY = RetryPolicy()


def fetch(
    url: str,
    destination: Path,
    *,
    max_bytes: int,
    check: Callable[[Path], None],
    policy: RetryPolicy = DEFAULT_POLICY,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Download `url` to `destination`, resuming from `destination.part` if an earlier call left one.

    Args:
        max_bytes: a longer file is refused, by its announced length or as soon as it gets this long.
        check: called with the complete file before it is renamed; raises ContentError if it is not what it should
            be, and the file is then discarded.

    Raises:
        DownloadError: no such URL, the server cannot be reached after all retries, the file is too long or fails its
            check, another process is downloading it, or it cannot be written.
    """
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"{url} is not an http or https address.")
    part = destination.with_name(destination.name + ".part")
    note = part.with_name(part.name + ".json")
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        with _open_alone(part) as stream:
            try:
                _persist(url, stream, note, destination, max_bytes, policy, sleep)
            except DownloadError:
                if not stream.seek(0, os.SEEK_END):
                    _discard(part, note)
                raise
            stream.flush()
            os.fsync(stream.fileno())
            try:
                check(part)
            except ContentError as error:
                _discard(part, note)
                raise DownloadError(_advice(url, destination, str(error))) from error
            part.replace(destination)
            note.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise _disk_full(part, note, url) from error
        raise DownloadError(f"{destination} cannot be written: {error.strerror or error}.") from error


def _persist(
    url: str,
    stream: BinaryIO,
    note: Path,
    destination: Path,
    max_bytes: int,
    policy: RetryPolicy,
    sleep: Callable[[float], None],
) -> None:
    """Attempt after attempt until `stream` has the whole file."""
    opener = urllib.request.build_opener(_SafeRedirects)
    furthest = stream.seek(0, os.SEEK_END)
    failures = 0
    with tqdm(desc=destination.name, unit="B", unit_scale=True, unit_divisor=1024, disable=None) as bar:
        while True:
            try:
                _attempt(opener, url, stream, note, max_bytes, policy.timeout, bar)
                return
            except _TooLongError as error:
                _discard(destination.with_name(destination.name + ".part"), note)
                raise DownloadError(_advice(url, destination, str(error))) from error
            except urllib.error.HTTPError as error:
                reason = f"the server answered {error.code} {error.reason}"
                raise DownloadError(_advice(url, destination, reason)) from error
            except _PassingError as error:
                here = stream.seek(0, os.SEEK_END)
                failures = 0 if here >= furthest + _PIECE else failures + 1
                furthest = max(furthest, here)
                if failures >= policy.attempts:
                    kept = f" {here:,} bytes are kept; run the same command again to resume." if here else ""
                    reason = f"{error} ({failures} attempts without progress)"
                    raise DownloadError(_advice(url, destination, reason) + kept) from error
                doubled = policy.first_pause * 2 ** max(failures - 1, 0)
                sleep(min(max(doubled, error.pause or 0.0), policy.longest_pause))


class _TooLongError(Exception):
    pass


def _attempt(
    opener: urllib.request.OpenerDirector,
    url: str,
    stream: BinaryIO,
    note: Path,
    max_bytes: int,
    timeout: float,
    bar: tqdm[None],
) -> None:
    """One request, appended to `stream` or replacing what is there."""
    version = _recall(note, url)
    here = stream.seek(0, os.SEEK_END)
    if version is None or not version.validator:
        here = _restart(stream)
    elif here and version.total == here:
        return  # killed between the last byte and the check
    headers = {"User-Agent": _USER_AGENT, "Accept-Encoding": "identity"}
    if here and version is not None:
        headers |= {"Range": f"bytes={here}-", "If-Range": version.validator}
    with _response(opener, urllib.request.Request(url, headers=headers), stream, timeout) as response:
        answered = _version(response, url)
        if response.status == 206:
            # A server that ignores If-Range shows itself by another validator or length.
            if answered.start != here or version is None or answered.version != version:
                _restart(stream)
                raise _PassingError("the file has changed on the server since the first part was downloaded")
        else:
            here = _restart(stream)
            version = answered.version
            note.write_text(json.dumps(asdict(version)), encoding="utf-8")
        total = version.total
        if total is not None and total > max_bytes:
            raise _TooLongError(f"the file has {total:,} bytes, more than the limit of {max_bytes:,}")
        if total is not None and total - here > shutil.disk_usage(note.parent).free:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # now, rather than after hours
        bar.total = total
        bar.n = here
        bar.refresh()
        for piece in _pieces(response):
            here += len(piece)
            if here > max_bytes:
                raise _TooLongError(f"the file is longer than the limit of {max_bytes:,} bytes")
            stream.write(piece)
            bar.update(len(piece))
    if total is not None and here < total:
        raise _PassingError(f"the connection ended after {here:,} of {total:,} bytes")
    if total is not None and here > total:
        _restart(stream)
        raise _PassingError(f"the server announced {total:,} bytes and sent {here:,}")


@dataclass(frozen=True, slots=True)
class _Answer:
    version: _Version
    start: int


def _version(response: http.client.HTTPResponse, url: str) -> _Answer:
    etag = response.headers.get("ETag", "").strip()
    # A weak ETag does not promise the same bytes and must not be used with If-Range.
    validator = etag if etag.startswith('"') else "" if etag else response.headers.get("Last-Modified", "").strip()
    start, total = 0, response.headers.get("Content-Length", "")
    if response.status == 206:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", "").strip())
        start, total = (int(found[1]), found[2]) if found else (-1, "")
    return _Answer(_Version(url, validator, int(total) if total.isdecimal() else None), start)


@contextmanager
def _response(
    opener: urllib.request.OpenerDirector, request: urllib.request.Request, stream: BinaryIO, timeout: float
) -> Iterator[http.client.HTTPResponse]:
    try:
        response = opener.open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # the file is shorter now than what is here
            _restart(stream)
            raise _PassingError("the file has changed on the server") from error
        if error.code in _PASSING:
            seconds = error.headers.get("Retry-After", "").strip()
            pause = float(seconds) if seconds.isdecimal() else None
            raise _PassingError(f"the server answered {error.code} {error.reason}", pause) from error
        raise
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        raise _PassingError(f"the server cannot be reached ({reason})") from error
    with response:
        if response.status not in (200, 206):
            raise _PassingError(f"the server answered {response.status} {response.reason}")
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise _PassingError("the server compressed the file, although asked not to")
        yield response


def _pieces(response: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            piece = response.read1(_PIECE)  # whatever has arrived: an interruption loses nothing already received
        except (OSError, http.client.HTTPException) as error:
            raise _PassingError(f"the connection broke ({str(error) or type(error).__name__})") from error
        if not piece:
            return
        yield piece


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows redirections, but not from https to http."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.type == "https" and urllib.parse.urlsplit(newurl).scheme != "https":
            raise urllib.error.HTTPError(newurl, code, "a redirection away from https", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@contextmanager
def _open_alone(part: Path) -> Iterator[BinaryIO]:
    with part.open("a+b") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DownloadError(f"Another process is downloading {part}.") from error
        yield stream


def _restart(stream: BinaryIO) -> int:
    stream.truncate(0)
    return stream.seek(0)


def _discard(part: Path, note: Path) -> None:
    part.unlink(missing_ok=True)
    note.unlink(missing_ok=True)


def _recall(note: Path, url: str) -> _Version | None:
    """What the note beside a `.part` says, if it is about this address and readable."""
    try:
        found = json.loads(note.read_text(encoding="utf-8"))
        version = _Version(str(found["url"]), str(found["validator"]), found["total"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    usable = version.url == url and (version.total is None or isinstance(version.total, int))
    return version if usable else None


def _disk_full(part: Path, note: Path, url: str) -> DownloadError:
    free = shutil.disk_usage(part.parent).free
    here = part.stat().st_size if part.exists() else 0
    version = _recall(note, url)
    needed = f"{version.total - here:,} bytes" if version and version.total else "more"
    return DownloadError(
        f"{part.parent}: the disk is full: {free:,} bytes are free, and {part.stem} needs {needed}. "
        "What was downloaded is kept: free some space and run the same command again to resume."
    )


def _advice(url: str, destination: Path, reason: str) -> str:
    return (
        f"{destination.name} could not be downloaded from {url}: {reason}. If that site is away or has changed, "
        f"get the file elsewhere and place it at {destination}, or name another address (see --help)."
    )
