"""Work for clients that have left is given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Receive

# Answers that are quicker than this are not worth a look: watching costs more than it can save.
_PATIENCE_SECONDS = 0.25


class ClientGoneError(Exception):
    """The client closed its connection before it had an answer."""


@asynccontextmanager
async def until_gone(receive: Receive) -> AsyncIterator[None]:
    """Cancels the block when the client leaves. The request's body must have been read.

    Raises:
        ClientGoneError: the client has left.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    watcher: asyncio.Task[None] | None = None
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        task.cancel()

    def begin() -> None:
        nonlocal watcher
        watcher = loop.create_task(watch())

    timer = loop.call_later(_PATIENCE_SECONDS, begin)
    try:
        yield
        if gone:  # as the block ended: let the cancellation arrive here rather than somewhere later
            await asyncio.sleep(0)
    except asyncio.CancelledError:
        if gone and task.uncancel() == 0:
            raise ClientGoneError from None
        raise
    finally:
        timer.cancel()
        if watcher is not None:
            watcher.cancel()
