"""What is computed once for each release, when it is first asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

from indexer.release.opened import Release
from service.answering.serving import Serving

T = TypeVar("T")


class PerRelease(Generic[T]):
    """Computes `make(release)` in a thread; all who ask meanwhile wait for the same one. Keeps the latest release's.

    To be used on the event loop only.
    """

    def __init__(self, make: Callable[[Release], T]) -> None:
        self._make = make
        self._kept: tuple[str, asyncio.Task[T]] | None = None

    async def of(self, serving: Serving) -> T:
        """What belongs to the release. A computation that failed is tried again by the next who asks."""
        release = serving.release
        kept = self._kept
        if kept is None or kept[0] != release.name or _failed(kept[1]):
            kept = self._kept = release.name, asyncio.create_task(asyncio.to_thread(self._make, release))
        return await asyncio.shield(kept[1])


def _failed(task: asyncio.Task[T]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)
