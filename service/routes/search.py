"""POST /search/text2mol and /search/mol2text."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from fastapi import APIRouter, Request, Response

from indexer.policy import Standardization
from service.dependencies import ComputeDep, ServicesDep
from service.json_body import StrictJsonRoute
from service.openapi import problems
from service.problems import engine_away
from service.schemas import Mol2TextRequest, SearchResponse, Text2MolRequest
from service.serving import Serving

router = APIRouter(
    prefix="/search",
    tags=["search"],
    route_class=StrictJsonRoute,
    responses=problems(400, 408, 413, 415, 422, 429, 500, 503),
)


@router.post("/text2mol", response_model=SearchResponse, summary="Molecules for a description")
async def search_text2mol(
    body: Text2MolRequest, request: Request, services: ServicesDep, compute: ComputeDep
) -> Response:
    """Embed one description or several, and return the molecules of the corpus that are nearest, best first."""
    started = time.perf_counter()
    _note(request, body)

    def answer(serving: Serving) -> SearchResponse:
        queries = services.reader.texts(body, *_corpus(serving))
        return services.searcher.text2mol(serving, queries, started)

    return await _answer(services, compute, answer)


@router.post("/mol2text", response_model=SearchResponse, summary="Descriptions for a structure")
async def search_mol2text(
    body: Mol2TextRequest, request: Request, services: ServicesDep, compute: ComputeDep
) -> Response:
    """Embed one structure or several, and return the descriptions of the corpus that are nearest, best first."""
    started = time.perf_counter()
    _note(request, body)

    def answer(serving: Serving) -> SearchResponse:
        queries = services.reader.structures(body, *_corpus(serving))
        return services.searcher.mol2text(serving, queries, started)

    return await _answer(services, compute, answer)


def _corpus(serving: Serving) -> tuple[Standardization, Mapping[str, int]]:
    """What queries are read by: what structures were standardised to, and the tags there are."""
    manifest = serving.release.manifest
    return manifest.standardization, manifest.tags


def _note(request: Request, body: Text2MolRequest | Mol2TextRequest) -> None:
    """For the access line: how much was asked, never what."""
    request.state.queries = 1 if body.queries is None else len(body.queries)
    request.state.k = body.k


async def _answer(services: ServicesDep, compute: ComputeDep, answer: Callable[[Serving], SearchResponse]) -> Response:
    """The answer as JSON, written in the search thread too: with thousands of hits it takes a while."""
    if services.watcher.engine_away:  # no thread waits for a server that is known to be away
        raise engine_away()
    content = await compute(lambda serving: answer(serving).model_dump_json())
    return Response(content, media_type="application/json")
