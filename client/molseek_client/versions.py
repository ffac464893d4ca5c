"""Whether client and service are of one version, said where a request fails for it."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version

SKEW_CODES = frozenset({"route_not_found", "unknown_field", "filter_unknown_property", "method_not_allowed"})
"""Problems that a service of another version answers to what this client asks."""


def client_version() -> str:
    """The version of this client; `unknown` where it is not installed."""
    try:
        return version("molseek-client")
    except PackageNotFoundError:
        return "unknown"


def skew(server: str, client: str | None = None) -> str | None:
    """A sentence that says which side is behind, None where both are of one minor version or one is not known."""
    client = client_version() if client is None else client
    theirs, ours = _minor(server), _minor(client)
    if theirs is None or ours is None or theirs == ours:
        return None
    older, what = ("service", "upgrade the service") if theirs < ours else ("client", "upgrade molseek-client")
    return f"The {older} is older: service {server}, client {client}; {what}, or leave out what the service lacks."


def _minor(version: str) -> tuple[int, int] | None:
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else None
