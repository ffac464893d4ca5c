"""POST /embed/text and /embed/molecule."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from service.answering.asked import Search, Vectors
from service.openapi import problems
from service.protecting.json_body import StrictJsonRoute
from service.routes.dependencies import lend, services_of
from service.schemas import EmbedRequest, EmbedResponse

router = APIRouter(
    prefix="/embed",
    tags=["embed"],
    route_class=StrictJsonRoute,
    responses=problems(400, 408, 413, 415, 422, 429, 500, 503),
)


@router.post("/text", response_model=EmbedResponse, summary="Vectors of texts")
async def embed_text(body: EmbedRequest, request: Request) -> Response:
    """Embed one text or several, as searches and the index do."""
    async with lend(request) as serving:
        return _answer(*await services_of(request).pipeline.embed_text(body, serving))


@router.post("/molecule", response_model=EmbedResponse, summary="Vectors of structures")
async def embed_molecule(body: EmbedRequest, request: Request) -> Response:
    """Embed one structure or several (SMILES, InChI, molblock or a name that the corpus has), standardised as it is."""
    async with lend(request) as serving:
        return _answer(*await services_of(request).pipeline.embed_molecule(body, serving))


def _answer(search: Search, vectors: Vectors) -> Response:
    answer = {
        "vectors": vectors,
        "understood_as": [query.shown for query in search.queries],
        "truncated": [query.truncated for query in search.queries],
        "model": search.serving.checkpoint.name,
    }
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")
