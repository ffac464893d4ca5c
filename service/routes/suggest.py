"""GET /suggest: names that complete what somebody has begun to type."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from indexer.search.names import LONGEST_NAME
from service.answering.serving import Serving
from service.openapi import problems
from service.routes.dependencies import ComputeDep
from service.schemas import Completion, SuggestResponse

router = APIRouter(tags=["search"], responses=problems(422, 429, 500, 503))


@router.get("/suggest", summary="Names that begin so")
async def suggest(
    compute: ComputeDep,
    q: Annotated[str, Query(max_length=LONGEST_NAME, description="how a name begins, in any case and spelling")],
    limit: Annotated[int, Query(ge=1, le=50, description="names wanted")] = 10,
) -> SuggestResponse:
    """Names and synonyms of the corpus; none where the release has no lexicon."""

    def complete(serving: Serving) -> SuggestResponse:
        lexicon, records = serving.release.lexicon, serving.release.records
        matches = lexicon.complete(q, limit) if lexicon is not None else []
        molecules = records.molecules([match.row for match in matches])
        return SuggestResponse(
            suggestions=[
                Completion(value=match.value, kind=match.kind, id=molecule.id)
                for match, molecule in zip(matches, molecules, strict=True)
            ],
            release=serving.release.name,
        )

    return await compute(complete)
