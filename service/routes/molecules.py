"""GET /molecules/{id} and its drawing."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Header, Path, Request, Response

from indexer.chemistry.drawing import DrawingError
from indexer.release.records import MoleculeRecord
from service.answering.serving import Serving
from service.openapi import problems
from service.paths import public_path
from service.problems import Code, Problem, printable
from service.routes.dependencies import ComputeDep, ServicesDep
from service.routes.drawing import DRAWING_RESPONSES, Drawing, Pixels, drawing_headers
from service.routes.etags import matches
from service.schemas import MoleculeAnswer

router = APIRouter(prefix="/molecules", tags=["molecules"], responses=problems(404, 422, 429, 500, 503))

MoleculeId = Annotated[str, Path(description="id or PubChem CID of a molecule of the corpus")]


@router.get(
    "/{molecule_id:path}.svg",
    response_class=Response,
    summary="Drawing of a molecule",
    responses=DRAWING_RESPONSES,
)
async def get_molecule_svg(
    molecule_id: MoleculeId,
    services: ServicesDep,
    compute: ComputeDep,
    width: Pixels = 300,
    height: Pixels = 200,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The structure as SVG on a transparent background, with an ETag and cached for five minutes."""

    smiles = await compute(lambda serving: _find(serving, molecule_id).smiles)
    drawing = Drawing(smiles, width, height)
    headers = drawing_headers(drawing)
    if matches(if_none_match, drawing.etag):
        return Response(status_code=304, headers=headers)
    try:
        svg = await asyncio.wrap_future(services.chemistry.draw(smiles, width, height))
    except DrawingError as error:
        raise Problem(Code.STRUCTURE_NOT_DRAWABLE, str(error)) from error
    return Response(svg, media_type="image/svg+xml", headers=headers)


@router.get("/{molecule_id:path}", summary="A molecule of the corpus")
async def get_molecule(molecule_id: MoleculeId, compute: ComputeDep, request: Request) -> MoleculeAnswer:
    """One molecule by its id or PubChem CID."""

    def answer(serving: Serving) -> MoleculeAnswer:
        record = _find(serving, molecule_id)
        return MoleculeAnswer(
            id=record.id,
            cid=record.cid,
            smiles=record.smiles,
            inchikey=record.inchikey or None,
            name=record.name,
            formula=record.formula,
            molecular_weight=record.molecular_weight,
            description=record.description,
            tags=list(record.tags),
            svg=public_path(request.scope, f"/molecules/{quote(record.id)}.svg"),
            release=serving.release.name,
        )

    return await compute(answer)


def _find(serving: Serving, molecule_id: str) -> MoleculeRecord:
    record = serving.release.records.molecule_by_id(molecule_id)
    if record is None:
        shown = printable(molecule_id)
        raise Problem(Code.MOLECULE_NOT_FOUND, f"The corpus has no molecule with the id or CID {shown!r}.")
    return record
