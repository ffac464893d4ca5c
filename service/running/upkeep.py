"""Small things to do every second while the service runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

_log = logging.getLogger("molseek.service")


@asynccontextmanager
async def every(seconds: float, *calls: Callable[[], None]) -> AsyncIterator[None]:
    """Make `calls` every so many seconds, in a thread, while the block runs. One that fails is logged and goes on."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            for call in calls:
                try:
                    await asyncio.to_thread(call)
                except Exception:
                    _log.exception("%s failed", getattr(call, "__name__", call))

    task = asyncio.create_task(repeat())
    try:
        yield
    finally:
        task.cancel()
