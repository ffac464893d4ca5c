"""The application: settings in, a FastAPI app out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.middleware import Middleware

from service.head import HeadAsGet
from service.limits import RequestLimits
from service.logs import AccessLog
from service.metrics import Metrics
from service.openapi import operation_id, use_problem_json
from service.problem_handlers import add_problem_handlers
from service.routes import health, molecules, search
from service.routes import metrics as metrics_page
from service.services import Services, load_services
from service.settings import Settings
from service.upkeep import every

_UPKEEP_SECONDS = 1.0

_DESCRIPTION = """Finds molecules from a sentence and sentences from a molecule.

Every answer that is no success is a problem (RFC 9457, `application/problem+json`): its `code` is stable and meant for
programs, its `detail` is meant for people."""


def create_app(settings: Settings, services: Services | None = None) -> FastAPI:
    """The service for `settings`.

    Checkpoint and release are loaded when the application starts, unless `services` brings them along already. The
    application starts without a release, too: it is then not ready and watches for one.

    Raises:
        CheckpointError: on start, if the checkpoint cannot be loaded.
    """

    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running = services if services is not None else await asyncio.to_thread(load_services, settings)
        app.state.services = running
        running.observe(metrics.stage)
        running.start()
        try:
            async with every(_UPKEEP_SECONDS, partial(metrics.sample, running)):
                yield
        finally:
            await asyncio.to_thread(running.stop)

    app = FastAPI(
        title="Molseek",
        version=health.installed("molseek") or "unknown",
        description=_DESCRIPTION,
        lifespan=lifespan,
        generate_unique_id_function=operation_id,
        redirect_slashes=False,
        middleware=[
            Middleware(AccessLog, over=[metrics.request]),
            Middleware(HeadAsGet),
            Middleware(
                RequestLimits,
                max_body_bytes=settings.max_body_bytes,
                body_seconds=settings.body_seconds,
                max_requests=settings.max_requests,
                max_bodies=settings.max_bodies,
            ),
        ],
    )
    app.state.metrics = metrics
    add_problem_handlers(app)
    for resource in (search, molecules, health, metrics_page):
        app.include_router(resource.router)
    use_problem_json(app)
    return app
