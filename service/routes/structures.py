"""GET /structures/drawing.svg: any structure as a picture, with what it shares with others in colour."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from indexer.chemistry import Want
from indexer.chemistry.drawing import DrawingError
from indexer.search.substructure import PatternError
from model.inputs.structure import StructureError
from service.openapi import problems
from service.problems import Code, Problem
from service.routes.dependencies import ServicesDep, lend
from service.routes.drawing import DRAWING_RESPONSES, Drawing, Pixels, drawing_headers
from service.routes.etags import matches
from service.services import Services

router = APIRouter(prefix="/structures", tags=["molecules"], responses=problems(422, 429, 500, 503))

_MOST_OTHERS = 3
_MOST_PATTERNS = 8

Structure = Annotated[str, Query(min_length=1, description="a SMILES, InChI or molblock")]
Marked = Annotated[list[str] | None, Query(max_length=_MOST_PATTERNS, description="SMARTS whose matches are coloured")]
Others = Annotated[
    list[str] | None,
    Query(max_length=_MOST_OTHERS, description="structures; the largest part common to all of them is coloured"),
]


@router.get("/drawing.svg", response_class=Response, summary="Drawing of any structure", responses=DRAWING_RESPONSES)
async def get_structure_svg(
    request: Request,
    services: ServicesDep,
    structure: Structure,
    marked: Marked = None,
    common_with: Others = None,
    width: Pixels = 300,
    height: Pixels = 200,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The structure as SVG on a transparent background."""
    async with lend(request):
        smiles = await _read(services, "structure", structure)
        others = [await _read(services, "common_with", each) for each in common_with or []]
        patterns = [await _pattern(services, each) for each in marked or []]
        drawing = Drawing(smiles, width, height, tuple(patterns), tuple(others))
        headers = drawing_headers(drawing)
        if matches(if_none_match, drawing.etag):
            return Response(status_code=304, headers=headers)
        try:
            svg = await asyncio.wrap_future(services.chemistry.draw(smiles, width, height, patterns, others))
        except DrawingError as error:
            raise Problem(Code.STRUCTURE_NOT_DRAWABLE, str(error)) from error
        return Response(svg, media_type="image/svg+xml", headers=headers)


async def _read(services: Services, field: str, text: str) -> str:
    try:
        return (await asyncio.wrap_future(services.chemistry.read(text, want=Want(0)))).smiles
    except StructureError as error:
        raise Problem(Code.STRUCTURE_NOT_DRAWABLE, str(error), field=field) from None


async def _pattern(services: Services, smarts: str) -> str:
    try:
        return (await asyncio.wrap_future(services.chemistry.pattern(smarts))).smarts
    except PatternError as error:
        code = Code(f"substructure_{error.code}")  # type: ignore[call-arg]
        raise Problem(code, str(error), field="marked") from None
