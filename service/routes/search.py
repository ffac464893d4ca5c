"""POST /search/text2mol, /search/mol2text and /search/mol2mol."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response

from service.answering.answers import Written, answer
from service.openapi import problems
from service.problems import engine_away
from service.protecting.json_body import StrictJsonRoute
from service.routes.dependencies import lend, services_of
from service.routes.formats import FORMATS, JSON, converted, wanted_format
from service.schemas import Mol2MolRequest, Mol2TextRequest, SearchResponse, Text2MolRequest
from service.services import Services

router = APIRouter(
    prefix="/search",
    tags=["search"],
    route_class=StrictJsonRoute,
    responses=problems(400, 408, 413, 415, 422, 429, 500, 503),
)

_FORMAT: dict[str, Any] = {
    "parameters": [
        {
            "name": "format",
            "in": "query",
            "required": False,
            "description": "of the answer; csv and parquet have one row a hit, sdf one record a hit that has a "
            "structure (the header Molseek-Skipped counts the others). All of these give release and next_cursor as "
            "the headers Molseek-Release and Molseek-Next-Cursor. Without it, as the header Accept says.",
            "schema": {"type": "string", "enum": list(FORMATS), "default": "json"},
        }
    ],
    "responses": {"200": {"content": {media: {} for media in FORMATS.values() if media != JSON}}},
}


@router.post("/text2mol", response_model=SearchResponse, openapi_extra=_FORMAT, summary="Molecules for a description")
async def search_text2mol(body: Text2MolRequest, request: Request) -> Response:
    """Embed one description or several, and return the molecules of the corpus that are nearest, best first."""
    arrived = time.perf_counter()
    services = _begin(request, body)
    async with lend(request) as serving:
        return await _answer(request, await services.pipeline.text2mol(body, serving, arrived))


@router.post("/mol2text", response_model=SearchResponse, openapi_extra=_FORMAT, summary="Descriptions for a structure")
async def search_mol2text(body: Mol2TextRequest, request: Request) -> Response:
    """Embed one structure or several, and return the descriptions of the corpus that are nearest, best first."""
    arrived = time.perf_counter()
    services = _begin(request, body)
    async with lend(request) as serving:
        return await _answer(request, await services.pipeline.mol2text(body, serving, arrived))


@router.post("/mol2mol", response_model=SearchResponse, openapi_extra=_FORMAT, summary="Molecules like a structure")
async def search_mol2mol(body: Mol2MolRequest, request: Request) -> Response:
    """Return the molecules of the corpus that are most like a structure or several, by embedding or by fingerprint."""
    arrived = time.perf_counter()
    services = _begin(request, body)
    async with lend(request) as serving:
        return await _answer(request, await services.pipeline.mol2mol(body, serving, arrived))


def _begin(request: Request, body: Text2MolRequest | Mol2TextRequest | Mol2MolRequest) -> Services:
    """Note how much was asked, never what, for the access line, and in what format; refuse at once what needs a server
    that is away.
    """
    request.state.queries = 1 if body.queries is None else len(body.queries)
    request.state.k = body.k
    request.state.media_type = wanted_format(request.query_params.get("format"), request.headers.get("accept"))
    services = services_of(request)
    if services.watcher.engine_away:
        raise engine_away()
    return services


async def _answer(request: Request, found: Sequence[Written]) -> Response:
    media_type = request.state.media_type
    if media_type == JSON:
        return Response(answer(found), media_type=media_type)
    services = services_of(request)
    file = await converted(found, media_type, services.pipeline, services.chemistry)
    return Response(file.content, media_type=media_type, headers=file.headers)
