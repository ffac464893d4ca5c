"""Turns what FastAPI, Starlette and pydantic object to into the service's own problems."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypedDict, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic.fields import FieldInfo
from starlette.exceptions import HTTPException
from starlette.responses import Response

from indexer.chemistry import WorkerStartError
from service.problems import Code, FieldProblem, Problem, printable, problem_response
from service.schemas import Filter

_log = logging.getLogger("molseek.service")


class _PydanticError(TypedDict):
    type: str
    loc: tuple[str | int, ...]
    msg: str


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error of `app` a problem+json answer; a fault of our own is caught by `logs.AccessLog`."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(WorkerStartError, _no_worker)


async def _http_error(request: Request, error: Exception) -> Response:
    return problem_response(request.scope, as_problem(cast(HTTPException, error), request))


async def _validation_error(request: Request, error: Exception) -> Response:
    takes = _what_parameters_take(request)
    return problem_response(request.scope, Problem.of_fields(faults_of(cast(RequestValidationError, error), takes)))


async def _no_worker(request: Request, error: Exception) -> Response:
    _log.error("structures cannot be read: %s", error)
    detail = "Structures cannot be read at the moment; try again in a while, or search by text."
    return problem_response(request.scope, Problem(Code.NOT_READY, detail, headers={"Retry-After": "5"}))


def faults_of(error: RequestValidationError, takes: Mapping[str, str] = MappingProxyType({})) -> list[FieldProblem]:
    """What is wrong with a request, field by field. takes: what parameters of its address have to be, in words."""
    return [field_problem(each, takes) for each in cast("Sequence[_PydanticError]", error.errors())]


def _what_parameters_take(request: Request) -> dict[str, str]:
    """What each parameter of the address that was asked for has to be, by the bounds that its route declares."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return {}
    parameters = [*route.dependant.query_params, *route.dependant.path_params]
    return {one.alias: _in_words(one.field_info) for one in parameters}


def _in_words(parameter: FieldInfo) -> str:
    bounds = {
        name: getattr(bound, name)
        for bound in parameter.metadata
        for name in ("ge", "le", "min_length", "max_length")
        if getattr(bound, name, None) is not None
    }
    if parameter.annotation is int:
        least, most = bounds.get("ge"), bounds.get("le")
        above = f" from {least:,}" if least is not None else ""
        return f"a whole number{above}{f' to {most:,}' if most is not None else ''}"
    if parameter.annotation is not str and "max_length" in bounds:
        return f"given at most {bounds['max_length']:,} times"
    longest = f" of at most {bounds['max_length']:,} characters" if "max_length" in bounds else ""
    return f"text{longest}{', and not empty' if bounds.get('min_length') else ''}"


def as_problem(error: HTTPException, request: Request) -> Problem:
    """The problem that an `HTTPException` of the framework stands for."""
    if isinstance(error, Problem):
        return error
    if error.status_code == 404:
        return Problem(
            Code.ROUTE_NOT_FOUND,
            "There is nothing at this address; GET /docs lists what there is.",
            headers=error.headers,
        )
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        return Problem(
            Code.METHOD_NOT_ALLOWED,
            f"This address does not take {request.method}; use {allowed}.",
            headers=error.headers,
        )
    if error.status_code >= 500:
        _log.error("the framework raised %s", error.status_code, exc_info=error)
        return internal_error()
    return Problem(
        Code.HTTP_ERROR, "The request cannot be understood.", headers=error.headers, status=error.status_code
    )


def internal_error() -> Problem:
    """What the world may know of a fault of our own; the log knows the rest under the request id."""
    return Problem(
        Code.INTERNAL_ERROR,
        "Internal error. Please report it and quote this request_id: the service has logged it under that id.",
    )


# What a wrong type means, by the field it was found in.
_WRONG_TYPE: Mapping[str, tuple[Code, str]] = {
    "k": (Code.K_NOT_AN_INTEGER, "k, the number of hits wanted, must be a whole number such as 10, without quotes."),
    "query": (Code.QUERY_NOT_TEXT, "query must be text in quotes; use queries for a list."),
    "queries": (Code.QUERIES_NOT_A_LIST, "queries must be a list of texts; use query for a single one."),
    "reference": (Code.REFERENCE_NOT_TEXT, "reference must be text in quotes: a SMILES, an InChI or a molblock."),
    "cursor": (Code.CURSOR_UNREADABLE, "cursor must be the next_cursor of an answer, in quotes."),
    "mode": (Code.MODE_UNKNOWN, "mode must be auto, vector or lexical, in quotes."),
    "rank_by": (Code.MODE_UNKNOWN, "rank_by must be embedding or morgan, in quotes."),
    "width": (Code.DRAWING_SIZE, "width must be a whole number of pixels from 50 to 2000."),
    "height": (Code.DRAWING_SIZE, "height must be a whole number of pixels from 50 to 2000."),
}


def field_problem(error: _PydanticError, takes: Mapping[str, str] = MappingProxyType({})) -> FieldProblem:
    """One pydantic error in the service's words. Nothing of the client's input is repeated but a field's name.

    takes: what parameters of the address have to be.
    """
    path = error["loc"][1:]  # without "body", "query", "path"
    field = printable("".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix("."))
    kind = error["type"]
    if kind in Code.__members__.values():  # raised by a validator of ours
        return FieldProblem(field=field, code=Code(kind), detail=error["msg"])  # type: ignore[call-arg]
    if not path:
        return _whole_body(kind)
    if path[0] == "filter":
        return _of_filter(field, path, kind)
    if kind == "extra_forbidden":
        detail = f"There is no field named {field!r}; see /docs for those there are."
        return FieldProblem(field=field, code=Code.UNKNOWN_FIELD, detail=detail)
    if len(path) > 1 and path[0] == "queries":
        detail = f"{field} must be text in quotes, as every entry of queries."
        return FieldProblem(field=field, code=Code.QUERY_NOT_TEXT, detail=detail)
    if str(path[0]) in _WRONG_TYPE:
        code, detail = _WRONG_TYPE[str(path[0])]
        return FieldProblem(field=field, code=code, detail=detail)
    if error["loc"][0] in ("query", "path") and (wanted := takes.get(str(path[0]))) is not None:
        detail = f"{field} is missing; it must be {wanted}." if kind == "missing" else f"{field} must be {wanted}."
        return FieldProblem(field=field, code=Code.INVALID_REQUEST, detail=detail)
    detail = f"{field} is not what is expected there: {error['msg']}."
    return FieldProblem(field=field, code=Code.INVALID_REQUEST, detail=detail)


def _of_filter(field: str, path: Sequence[str | int], kind: str) -> FieldProblem:
    """A fault inside `filter`; `path` begins with it."""
    if len(path) == 1:
        detail = 'filter must be an object such as {"molecular_weight": {"max": 500}}.'
        return FieldProblem(field=field, code=Code.FILTER_NOT_AN_OBJECT, detail=detail)
    if kind == "extra_forbidden" and len(path) == 2:
        known = ", ".join(Filter.model_fields)
        detail = f"Nothing named {printable(str(path[1]))!r} can be filtered by; there are: {known}."
        return FieldProblem(field=field, code=Code.FILTER_UNKNOWN_PROPERTY, detail=detail)
    if path[1] == "tags":
        detail = f'{field} is no way to ask for tags; {{"any": ["approved"], "none": ["toxic"]}} is one.'
        return FieldProblem(field=field, code=Code.FILTER_INVALID_TAGS, detail=detail)
    if path[1] == "formula":
        detail = f'{field} must be a list of molecular formulas in quotes, such as ["C9H8O4"].'
        return FieldProblem(field=field, code=Code.FILTER_INVALID_FORMULA, detail=detail)
    if str(path[1]).endswith("_substructure"):
        detail = f'{field} must be a list of SMARTS in quotes, such as ["c1ccccc1"].'
        return FieldProblem(field=field, code=Code.SUBSTRUCTURE_NOT_TEXT, detail=detail)
    if len(path) == 2:
        fault = f"{field} must be a range"
    elif kind == "extra_forbidden":
        fault = f"{field} is no bound of a range"
    else:
        fault = f"{field} must be a plain number"
    detail = f'{fault}; a range is an object such as {{"min": 1, "max": 3}}, of which either may be left out.'
    return FieldProblem(field=field, code=Code.FILTER_INVALID_RANGE, detail=detail)


def _whole_body(kind: str) -> FieldProblem:
    if kind == "missing":
        detail = 'The request has no body; send JSON such as {"query": "…", "k": 10}.'
        return FieldProblem(field="", code=Code.BODY_MISSING, detail=detail)
    detail = 'The body must be a JSON object such as {"query": "…", "k": 10}.'
    return FieldProblem(field="", code=Code.JSON_NOT_AN_OBJECT, detail=detail)
