"""The application: settings in, a FastAPI app out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from functools import partial
from importlib.util import find_spec

from fastapi import FastAPI

from service.metrics import Metrics
from service.middleware import middleware
from service.openapi import operation_id, use_problem_json
from service.protecting.keys import KeyFile
from service.protecting.problem_handlers import add_problem_handlers
from service.routes import bulk, corpus, embed, formats, health, molecules, reading, search, structures, suggest, web
from service.routes import metrics as metrics_page
from service.routes.webfiles import WebFiles
from service.running.logs import Over
from service.running.tracing import tracing
from service.running.upkeep import every
from service.services import Services, load_services
from service.settings import Settings

_UPKEEP_SECONDS = 1.0

_DESCRIPTION = """Finds molecules from a sentence and sentences from a molecule.

Every error response is a problem (RFC 9457, `application/problem+json`): its `code` is stable and meant for
programs, its `detail` is meant for people."""


def create_app(settings: Settings, services: Services | None = None) -> FastAPI:
    """The service for `settings`.

    Checkpoint and release are loaded when the application starts, unless `services` brings them along already. The
    application starts without a release, too: it is then not ready and watches for one.

    Raises:
        KeysError: the key file cannot be used.
        TracingError: tracing is asked for without its extra.
        CheckpointError: on start, if the checkpoint cannot be loaded.
    """

    metrics = Metrics()
    over: list[Over] = [metrics.request, *([tracing()] if settings.tracing else [])]
    keys = KeyFile(settings.keys) if settings.keys is not None else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running = services if services is not None else await asyncio.to_thread(load_services, settings)
        app.state.services = running
        running.observe(metrics.stage)
        running.start()
        await asyncio.to_thread(formats.load_arrow)
        try:
            calls: list[Callable[[], None]] = [partial(metrics.sample, running)]
            if keys is not None:
                calls.append(keys.reload)
            async with every(_UPKEEP_SECONDS, *calls), run_mcp():
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
        docs_url=None,  # ours, in `routes.web`: FastAPI's pages ask other hosts for their scripts
        redoc_url=None,
        middleware=middleware(settings, keys, over),
        # Its spans and records have query strings and what was wrong in a body: what people search for. Ours do not.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.metrics = metrics
    app.state.corpus = corpus.CorpusState()
    app.state.web_files = WebFiles()
    add_problem_handlers(app)
    for resource in (search, suggest, embed, bulk, molecules, structures, reading, corpus, health, metrics_page, web):
        app.include_router(resource.router)
    use_problem_json(app, keys=keys is not None)
    run_mcp = _add_mcp(app)
    return app


def _add_mcp(app: FastAPI) -> Callable[[], AbstractAsyncContextManager[None]]:
    """Tools for assistants at `/mcp`, where the extra `mcp` is installed; what runs them as long as `app` does."""
    if find_spec("mcp") is None:
        return nullcontext
    from service.mcp.http import McpEndpoint

    endpoint = McpEndpoint(app)
    app.add_route("/mcp", endpoint, methods=["POST"], include_in_schema=False)  # type: ignore[arg-type]
    return endpoint.run
