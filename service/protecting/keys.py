"""API keys: a file of their hashes, watched for changes, and the gate that asks for them."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from service.paths import route_path
from service.problems import Code, Problem, problem_response

_log = logging.getLogger("molseek.service")

_LINE = re.compile(r"sha256:([0-9a-f]{64})\s+([a-z,]+)\s+(\S.*)")
_LARGEST_FILE = 1 << 20
# What has nothing of the corpus in it: health checks, the page's own files, and what describes the API.
_OPEN = re.compile(r"/|/health/.*|/web/.*|/docs(/.*)?|/openapi\.json")


class KeyScope(StrEnum):
    """What a key is good for."""

    SEARCH = "search"
    OPERATE = "operate"


class KeysError(RuntimeError):
    """A key file that cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Key:
    """One line of the file. name: whose it is, for the log."""

    name: str
    scopes: frozenset[str]


def new_key(name: str, scopes: Collection[str]) -> tuple[str, str]:
    """A new key, and the line that stands for it in the file.

    A key has 256 random bits, so one round of SHA-256 hides it: there is nothing to guess that a slow hash would slow.
    """
    key = f"molseek_{secrets.token_urlsafe(32)}"
    return key, f"sha256:{_digest(key)} {','.join(sorted(scopes))} {name}"


def read_keys(path: Path) -> dict[str, Key]:
    """The keys of a file by their SHA-256.

    Raises:
        KeysError: it cannot be read, has no key, or a line that is none.
    """
    try:
        with path.open("rb") as stream:
            lines = stream.read(_LARGEST_FILE).decode("utf-8", "replace").splitlines()
    except OSError as error:
        raise KeysError(f"{path} cannot be read: {error.strerror or error}") from None
    keys: dict[str, Key] = {}
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        scopes = frozenset(found[2].split(",")) if found else frozenset()
        if found is None or not scopes <= set(KeyScope):
            raise KeysError(
                f"line {number} of {path} is no key: a line is sha256:HASH SCOPES NAME, with the scopes "
                f"{' or '.join(KeyScope)}, or both with a comma; `molseek-serve key NAME` prints one"
            )
        keys[found[1]] = Key(found[3], scopes)
    if not keys:
        raise KeysError(f"{path} has no keys; `molseek-serve key NAME` prints a line for it")
    return keys


class KeyFile:
    """The keys of a file as it is now. A change that cannot be used is logged, and the keys before it stay."""

    def __init__(self, path: Path) -> None:
        """Raises KeysError."""
        self._path = path
        self._state = self._look()
        self._keys: Mapping[str, Key] = read_keys(path)

    def find(self, key: str) -> Key | None:
        # Looked up by its hash: how long that takes tells nothing of the keys there are.
        return self._keys.get(_digest(key))

    def reload(self) -> None:
        """Read the file again if it has changed."""
        state = self._look()
        if state == self._state:
            return
        self._state = state
        try:
            self._keys = read_keys(self._path)
        except KeysError as error:
            _log.error("the API keys are as before: %s", error)
        else:
            _log.info("read %d API keys", len(self._keys))

    def _look(self) -> tuple[int, int, int] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_size, status.st_mtime_ns


class RequireKey:
    """Answers 401 or 403 to who brings no key that is good for what is asked. Pure ASGI.

    `/metrics` needs the scope `operate`, everything else `search`, but for what has nothing of the corpus in it.
    """

    def __init__(self, app: ASGIApp, keys: KeyFile) -> None:
        self._app = app
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        needed = needed_scope(route_path(scope)) if scope["type"] == "http" else None
        if needed is not None:
            try:
                scope["state"]["key"] = self._check(Headers(scope=scope), needed).name
            except Problem as problem:
                await problem_response(scope, problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, headers: Headers, needed: str) -> Key:
        key = self._keys.find(given) if (given := _given(headers)) else None
        if key is None:
            code, what = (Code.KEY_UNKNOWN, "is not known") if given else (Code.KEY_MISSING, "is needed")
            detail = f"An API key {what}; send it as Authorization: Bearer KEY."
            raise Problem(code, detail, headers={"WWW-Authenticate": "Bearer"})
        if needed not in key.scopes:
            raise Problem(Code.KEY_LACKS_SCOPE, f"This API key does not have the scope {needed} that is needed here.")
        return key


def needed_scope(path: str) -> str | None:
    """The scope that a path needs where keys are asked for; None for what is open."""
    if _OPEN.fullmatch(path):
        return None
    return KeyScope.OPERATE if path == "/metrics" else KeyScope.SEARCH


def _given(headers: Headers) -> str:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a service that listens on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
