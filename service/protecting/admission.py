"""Who may come in: places that requests hold, some of them kept for clients that hold few."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from ipaddress import IPv6Address

from service.problems import Code, Problem

# The last quarter of the places is for clients that hold no more than half of that quarter: one that opens hundreds of
# connections cannot take the service from the others.
_KEPT = 4
# A client that is refused and asks again at once would take the processor from those that are answered. Its refusal
# waits this long, for at most so many at a time.
_PAUSE_SECONDS = 0.1
_MOST_PAUSED = 4096


class Places:
    """Counts what requests hold: places in all, and by client address. For the event loop's thread only."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._kept = total // _KEPT
        self._held = 0
        self._by_client: Counter[str] = Counter()
        self._paused = 0

    @property
    def held(self) -> int:
        return self._held

    @asynccontextmanager
    async def hold(self, client: str, count: int = 1) -> AsyncIterator[None]:
        """Hold `count` places for the block; more than there are if nobody else holds any.

        Raises:
            Problem: busy.
        """
        if not self._has_room(client, count):
            await self._pause()
            raise busy("The service holds as many requests as it can")
        self._held += count
        self._by_client[client] += count
        try:
            yield
        finally:
            self._held -= count
            self._by_client[client] -= count
            if not self._by_client[client]:
                del self._by_client[client]

    def _has_room(self, client: str, count: int) -> bool:
        if not self._held or self._held + count <= self._total - self._kept:
            return True
        return self._held + count <= self._total and self._by_client[client] + count <= self._kept // 2

    async def _pause(self) -> None:
        if self._paused >= _MOST_PAUSED:
            return
        self._paused += 1
        try:
            await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            self._paused -= 1


@lru_cache(maxsize=4096)
def client_at(address: str) -> str:
    """Who counts as one client: an IPv4 address, or the /64 network that whoever has an IPv6 address has all of."""
    if ":" not in address:
        return address
    try:
        six = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if six.ipv4_mapped is not None:
        return str(six.ipv4_mapped)
    return f"{IPv6Address(int(six) >> 64 << 64)}/64"


def busy(what: str) -> Problem:
    """429, with the seconds after which another try makes sense."""
    return Problem(Code.BUSY, f"{what}; try again in a moment.", headers={"Retry-After": "1"})
