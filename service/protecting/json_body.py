"""JSON bodies read strictly: one content type, UTF-8, no NaN, no field twice, no bottomless nesting."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Coroutine
from email.message import Message
from typing import Any, NoReturn, TypeVar, get_type_hints

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError

from service.problems import Code, Problem, printable

Model = TypeVar("Model", bound=BaseModel)

# Each unknown field is told on its own; this many are checked before anything else is.
_MOST_FIELDS = 256
# A string of a JSON document, and the colon that makes it the name of a field. One without an end goes to the end of
# the document: were it no match, each of its escaped quotes would be tried as the beginning of another.
_STRING = re.compile(rb'"(?:[^"\\]++|\\.?)*+(?:"(\s*+:)?)?', re.DOTALL)
# Documents beyond this are read in a thread.
_LARGE_BYTES = 1 << 16
_TOO_DEEP = "The JSON is nested too deeply; a search is one flat object."
_JSON_HINT = "send JSON with the header 'Content-Type: application/json'"


class StrictJsonRoute(APIRoute):
    """A route whose endpoint takes `(body, request)`, the body read by `parse_json` and validated by its own model.

    FastAPI describes it in the OpenAPI document. Its general way of solving dependencies would take longer than all the
    rest of what happens to a request around its search.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        endpoint = self.endpoint
        model: type[BaseModel] = get_type_hints(endpoint)["body"]

        async def strict(request: Request) -> Response:
            check_address(request, model)
            content = await request.body()
            if not content:
                raise RequestValidationError([{"type": "missing", "loc": ("body",), "msg": "Field required"}])
            check_content_type(request.headers.get("content-type"), request.headers.get("content-encoding"))
            response: Response = await endpoint(await read_json(model, content), request)
            return response

        return strict


async def read_json(model: type[Model], content: bytes) -> Model:
    """A JSON document as its model; a large one is read in a thread.

    Raises `Problem` as `parse_json` does, and `RequestValidationError` with places as FastAPI has them.
    """
    if len(content) > _LARGE_BYTES:
        return await asyncio.to_thread(_read, model, content)
    return _read(model, content)


def _read(model: type[Model], content: bytes) -> Model:
    try:
        return model.model_validate(parse_json(content))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in faults]) from None


def check_address(request: Request, model: type[BaseModel]) -> None:
    """Refuse fields of the body in the address, where they would do nothing: more hits, and no filter.

    Raises:
        Problem: there is one.
    """
    for name in request.query_params:
        if name in model.model_fields:
            detail = f"{name} stands in the address, where it does nothing; it is a field of the JSON body."
            raise Problem(Code.UNKNOWN_FIELD, detail, field=name)


def check_content_type(content_type: str | None, content_encoding: str | None) -> None:
    """Raise a `Problem` unless the headers announce plain UTF-8 JSON."""
    if content_type == "application/json" and not content_encoding:
        return
    if content_encoding and content_encoding.strip().lower() != "identity":
        raise Problem(Code.UNSUPPORTED_ENCODING, "Compressed bodies are not accepted; send the JSON as it is.")
    if not content_type:
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, f"The request does not say what its body is; {_JSON_HINT}.")
    header = Message()
    header["content-type"] = content_type
    kind = header.get_content_type()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise Problem(Code.UNSUPPORTED_MEDIA_TYPE, f"The body is announced as {printable(kind)}; {_JSON_HINT}.")
    charset = header.get_content_charset()
    if charset not in (None, "utf-8", "utf8", "us-ascii"):
        raise Problem(Code.UNSUPPORTED_ENCODING, "The body is announced in another encoding; JSON is sent as UTF-8.")


def parse_json(body: bytes) -> object:
    """The value of a JSON document.

    Raises:
        Problem: it is not UTF-8 or not JSON, has NaN or an infinity, a number of thousands of digits, the same field
            twice in an object, or is nested too deeply to be read.
    """
    _count_fields(body)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        detail = f"The body is not valid UTF-8 at byte {error.start + 1}."
        raise Problem(Code.JSON_NOT_UTF8, detail) from None
    try:
        value: object = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        detail = f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise Problem(Code.JSON_MALFORMED, detail) from None
    except RecursionError:
        raise Problem(Code.JSON_TOO_DEEP, _TOO_DEEP) from None
    except ValueError:  # Python refuses to convert integers of more than 4,300 digits
        raise Problem(Code.JSON_NUMBER_TOO_LONG, "The JSON has a number with thousands of digits.") from None
    return value


def _count_fields(body: bytes) -> None:
    """Raise a `Problem` for a body of more fields than any request has, in all its objects together.

    Python's parser holds the interpreter until it has read a body whole: tens of milliseconds for as many fields as a
    megabyte can have, which nothing else can use.
    """
    if body.count(b":") <= _MOST_FIELDS:
        return
    fields = 0
    for string in _STRING.finditer(body):
        fields += string[1] is not None
        if fields > _MOST_FIELDS:
            break
    else:
        return
    read = body[: string.end()]
    if read.count(b"{") - read.count(b"}") > _MOST_FIELDS:
        raise Problem(Code.JSON_TOO_DEEP, _TOO_DEEP)
    raise Problem(Code.JSON_TOO_MANY_FIELDS, f"The JSON has more than {_MOST_FIELDS} fields.")


def _refuse_constant(name: str) -> NoReturn:
    raise Problem(Code.JSON_NOT_FINITE, f"The body has {name}, which is not a JSON value.")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    for name in value:
        if not name.isascii() and any("\ud800" <= character <= "\udfff" for character in name):
            raise Problem(Code.TEXT_NOT_UNICODE, "The name of a field has half of a surrogate pair.")
    if len(value) < len(pairs):
        twice = printable(_first_repeated(pairs))
        raise Problem(Code.JSON_DUPLICATE_FIELD, f"The field {twice!r} is given more than once.", field=twice)
    return value


def _first_repeated(pairs: list[tuple[str, object]]) -> str:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            return name
        seen.add(name)
    return ""
