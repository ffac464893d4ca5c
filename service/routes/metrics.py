"""GET /metrics, for Prometheus."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from service.metrics import Metrics
from service.openapi import problems
from service.routes.dependencies import ServicesDep

router = APIRouter(tags=["health"], responses=problems(503))


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={200: {"content": {CONTENT_TYPE_PLAIN_0_0_4: {"schema": {"type": "string"}}}, "description": "As text"}},
)
async def get_metrics(request: Request, services: ServicesDep) -> Response:
    """Requests, queues, batches, times of the stages, cache, chemistry workers, release: of all processes together."""
    metrics: Metrics = request.app.state.metrics

    def page() -> bytes:
        metrics.sample(services)
        return metrics.page()

    return Response(await asyncio.to_thread(page), media_type=CONTENT_TYPE_PLAIN_0_0_4)
