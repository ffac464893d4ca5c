"""POST /structures/read: a structure as the service understands it, and as a substructure to filter by."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request, Response

from model.inputs.structure import StructureError
from service.openapi import problems
from service.problems import Code, Problem
from service.protecting.json_body import StrictJsonRoute
from service.routes.dependencies import lend, services_of
from service.schemas import ReadStructureAnswer, ReadStructureRequest

# A molblock may be long, and comes in a body; its drawing is asked for by GET.
router = APIRouter(
    prefix="/structures",
    tags=["molecules"],
    route_class=StrictJsonRoute,
    responses=problems(400, 408, 413, 415, 422, 429, 500, 503),
)


@router.post("/read", response_model=ReadStructureAnswer, summary="A structure as SMILES, and as SMARTS to filter by")
async def read_structure(body: ReadStructureRequest, request: Request) -> Response:
    """What a drawing is: its double bonds may be anywhere in a ring that RDKit calls aromatic."""
    async with lend(request):
        try:
            drawn = await asyncio.wrap_future(services_of(request).chemistry.read_drawn(body.structure))
        except StructureError as error:
            code = Code(f"query_{error.code}")  # type: ignore[call-arg]
            raise Problem(code, str(error), field="structure") from None
    answer = ReadStructureAnswer(smiles=drawn.smiles, smarts=drawn.smarts, no_smarts=drawn.no_smarts)
    return Response(answer.model_dump_json(), media_type="application/json")
