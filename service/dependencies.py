"""What routes ask for, as annotated aliases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Protocol, TypeVar, cast

from fastapi import Depends, Request

from service.executor import QueueFullError
from service.limits import busy
from service.problems import Code, Problem
from service.services import Services
from service.serving import NotReadyError, Serving

T = TypeVar("T")


class Compute(Protocol):
    """Runs a call in a search thread with the snapshot in service."""

    async def __call__(self, call: Callable[[Serving], T]) -> T:
        """Raises `Problem`: not ready, busy, or too late."""


def _services(request: Request) -> Services:
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
    """503. What has not begun by now is dropped; what has, ends in its thread, which nobody waits for any more."""
    detail = f"No answer was found within {seconds:g} seconds; ask for less at once, or try again in a moment."
    return Problem(Code.SEARCH_TIMEOUT, detail, headers={"Retry-After": "2"})


def _compute(request: Request) -> Compute:
    services = _services(request)

    async def compute(call: Callable[[Serving], T]) -> T:
        def leased() -> T:
            with services.slot.lease() as serving:
                request.state.release = serving.release.name
                return call(serving)

        if services.slot.current is None:
            raise not_ready(reason_not_ready(services))
        try:
            async with asyncio.timeout(services.settings.search_seconds):
                return await services.executor.run(leased)
        except TimeoutError:
            raise _too_late(services.settings.search_seconds) from None
        except QueueFullError:
            raise busy("All search threads are busy and the queue is full") from None
        except NotReadyError:
            raise not_ready(reason_not_ready(services)) from None

    return compute


ServicesDep = Annotated[Services, Depends(_services)]
ComputeDep = Annotated[Compute, Depends(_compute)]
