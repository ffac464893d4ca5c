"""GET /corpus/statistics and /corpus/map: the corpus as a whole."""

from __future__ import annotations

import asyncio
import struct
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Header, Path, Query, Request, Response
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from indexer.chemistry import Want
from indexer.release.projection import CorpusMap, draw_map, molecule_vectors
from indexer.release.statistics import Histogram, corpus_statistics
from model.inputs.structure import StructureError
from service.answering.serving import Serving
from service.openapi import problems
from service.problems import Code, Problem, printable
from service.routes.dependencies import ServicesDep, lend
from service.routes.etags import matches
from service.routes.per_release import PerRelease

router = APIRouter(prefix="/corpus", tags=["corpus"], responses=problems(404, 422, 429, 500, 503))

_MOST_PLACED = 100


class HistogramAnswer(BaseModel):
    """One property over all molecules."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min: float
    max: float
    edges: list[float] = Field(description="between the bars, one more than there are bars")
    counts: list[int] = Field(description="molecules in each bar; the outermost have also what lies beyond them")


class StatisticsAnswer(BaseModel):
    """How the properties that can be filtered by are spread over the corpus."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    release: str
    molecules: int
    properties: dict[str, HistogramAnswer]


class Placed(BaseModel):
    """A place on the map."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str | None = Field(description="of the molecule; null for the query")
    name: str | None
    x: float
    y: float


class PlacesAnswer(BaseModel):
    """Places of molecules and of a query on the map of the corpus."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    release: str
    places: list[Placed]


class CorpusState:
    """What these routes keep for the release in service."""

    def __init__(self) -> None:
        self.statistics: PerRelease[dict[str, Histogram]] = PerRelease(corpus_statistics)
        self.map: PerRelease[CorpusMap] = PerRelease(draw_map)


@router.get("/statistics", summary="How properties are spread over the corpus")
async def get_corpus_statistics(request: Request) -> StatisticsAnswer:
    """A histogram for each property that searches filter by."""
    async with lend(request) as serving:
        found = await _state(request).statistics.of(serving)
        properties = {
            name: HistogramAnswer(min=each.min, max=each.max, edges=each.edges, counts=each.counts)
            for name, each in found.items()
        }
        return StatisticsAnswer(
            release=serving.release.name, molecules=serving.release.molecules.count, properties=properties
        )


@router.get(
    "/map",
    summary="The corpus as points on a plane",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The points"},
        304: {"description": "The map has not changed"},
    },
)
async def get_corpus_map(request: Request, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """The vectors of the molecules, at most 200,000, on the plane of their two largest principal components.

    Little-endian: the number of points n as uint32, the share of the variance that the plane shows as float32, then 2n
    float32 x and y in turns, and n int32, the number of each molecule for `/corpus/map/{number}`.
    """
    async with lend(request) as serving:
        headers = {"ETag": f'"{serving.release.name}"', "Cache-Control": "no-cache"}
        if matches(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        drawn = await _state(request).map.of(serving)
        return Response(_packed(drawn), media_type="application/octet-stream", headers=headers)


@router.get("/map/places", summary="Where molecules and a query are on the map")
async def get_corpus_places(
    request: Request,
    services: ServicesDep,
    id: Annotated[list[str] | None, Query(max_length=_MOST_PLACED, description="molecules of the corpus")] = None,
    text: Annotated[str | None, Query(min_length=1, description="a description, placed by its own vector")] = None,
    structure: Annotated[str | None, Query(min_length=1, description="a structure, placed by its own vector")] = None,
) -> PlacesAnswer:
    """Ids that the corpus does not have are left out; the query comes last."""
    async with lend(request) as serving:
        drawn = await _state(request).map.of(serving)
        features = None
        if structure is not None:
            try:
                manifest = serving.release.manifest
                read = services.chemistry.read(
                    structure, manifest.standardization, Want.FEATURES, manifest.checkpoint.digest
                )
                features = (await asyncio.wrap_future(read)).features
            except StructureError as error:
                raise Problem(Code.STRUCTURE_NOT_DRAWABLE, str(error), field="structure") from None
        most = services.settings.max_text_characters
        if text is not None and len(text) > most:
            detail = f"The text has {len(text):,} characters; at most {most:,} are read."
            raise Problem(Code.QUERY_TOO_LONG, detail, field="text")

        def place() -> list[Placed]:
            encoder = serving.checkpoint.encoder
            places = _molecules(serving, drawn, id or [])
            if features is not None:
                places.append(_placed(drawn.place(encoder.encode_features([features]))[0]))
            elif text is not None:
                places.append(_placed(drawn.place(encoder.encode_text([text]))[0]))
            return places

        return PlacesAnswer(release=serving.release.name, places=await services.executor.run(place))


@router.get("/map/{number}", summary="The molecule at a point of the map")
async def get_corpus_point(
    request: Request, services: ServicesDep, number: Annotated[int, Path(ge=0, le=2**31 - 1)]
) -> Placed:
    """By the number that the map gives."""
    async with lend(request) as serving:
        if number >= serving.release.molecules.count:
            raise Problem(Code.MOLECULE_NOT_FOUND, f"The corpus has no molecule number {printable(str(number))}.")
        drawn = await _state(request).map.of(serving)
        [record] = await services.executor.run(lambda: serving.release.records.molecules([number]))
        point = drawn.place(np.asarray(molecule_vectors(serving.release)[[number]]))[0]
        return _placed(point, record.id, record.name)


def _molecules(serving: Serving, drawn: CorpusMap, ids: list[str]) -> list[Placed]:
    found = [record for each in ids if (record := serving.release.records.molecule_by_id(each)) is not None]
    points = drawn.place(np.asarray(molecule_vectors(serving.release)[[record.row for record in found]]))
    return [_placed(point, record.id, record.name) for point, record in zip(points, found, strict=True)]


def _placed(point: NDArray[np.float32], id: str | None = None, name: str | None = None) -> Placed:
    return Placed(id=id, name=name, x=float(point[0]), y=float(point[1]))


def _packed(drawn: CorpusMap) -> bytes:
    head = struct.pack("<If", len(drawn.points), drawn.share)
    return head + drawn.points.astype("<f4").tobytes() + drawn.rows.astype("<i4").tobytes()


def _state(request: Request) -> CorpusState:
    state: CorpusState = request.app.state.corpus
    return state
