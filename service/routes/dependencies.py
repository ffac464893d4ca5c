"""What routes ask for, as annotated aliases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Protocol, TypeVar, cast

from fastapi import Depends, Request

from model.counts import counted
from service.answering.executor import QueueFullError
from service.answering.serving import NotReadyError, Serving
from service.problems import Code, Problem
from service.protecting.admission import busy
from service.protecting.disconnect import until_gone
from service.services import Services

T = TypeVar("T")


class Compute(Protocol):
    """Runs a call in a thread with the snapshot in service."""

    async def __call__(self, call: Callable[[Serving], T]) -> T:
        """Raises `Problem`: not ready, busy, or too late."""


def services_of(request: Request) -> Services:
    """The parts of the running service. Raises `Problem`: it is starting."""
    services = getattr(request.app.state, "services", None)
    if services is None:
        raise not_ready("the service is starting")
    return cast(Services, services)


def not_ready(reason: str) -> Problem:
    """503, with what is missing."""
    return Problem(Code.NOT_READY, f"The service cannot answer yet: {reason}.", headers={"Retry-After": "5"})


def reason_not_ready(services: Services) -> str:
    """Why there is no release in service."""
    refusal = services.watcher.refusal
    if refusal is not None:
        return f"release {refusal.release} was refused: {refusal.reason}"
    return services.watcher.missing or "no release is loaded"


def _too_late(seconds: float) -> Problem:
    """503. What has not begun by now is dropped."""
    detail = f"No answer was found within {counted(seconds, 'second')}; ask for less at once, or try again in a moment."
    return Problem(Code.SEARCH_TIMEOUT, detail, headers={"Retry-After": "2"})


@asynccontextmanager
async def lend(request: Request) -> AsyncIterator[Serving]:
    """The snapshot in service, for a request that is answered from it alone.

    The deadline and the client's presence are the block's: it is cancelled in whatever stage it waits.

    Raises:
        Problem: not ready, busy, or too late.
        ClientGoneError: nobody waits for the answer.
    """
    services = services_of(request)
    seconds = services.settings.search_seconds
    try:
        with services.slot.lease() as serving:
            request.state.release = serving.release.name
            async with asyncio.timeout(seconds), until_gone(request.receive):
                yield serving
    except TimeoutError:
        raise _too_late(seconds) from None
    except QueueFullError:
        raise busy("As many searches wait for a thread as may") from None
    except NotReadyError:
        raise not_ready(reason_not_ready(services)) from None


async def _services(request: Request) -> Services:
    return services_of(request)


async def _compute(request: Request) -> Compute:
    services = services_of(request)

    async def compute(call: Callable[[Serving], T]) -> T:
        async with lend(request) as serving:
            return await services.executor.run(lambda: call(serving))

    return compute


ServicesDep = Annotated[Services, Depends(_services)]
ComputeDep = Annotated[Compute, Depends(_compute)]
