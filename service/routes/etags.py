"""Conditional requests (RFC 9110)."""

from __future__ import annotations


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether a conditional request names this tag, weakly compared."""
    if if_none_match is None:
        return False
    given = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return "*" in given or etag in given
