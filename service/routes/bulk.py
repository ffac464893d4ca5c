"""POST /bulk/text2mol, /bulk/mol2text and /bulk/mol2mol: one JSON query a line in, one JSON answer a line out."""

from __future__ import annotations

import asyncio
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, TypeVar

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from model.counts import counted
from service.answering.answers import Written, answer
from service.answering.executor import QueueFullError
from service.answering.pipeline import Pipeline
from service.answering.serving import NotReadyError, Serving
from service.openapi import problems
from service.problems import Code, Problem
from service.protecting.admission import busy
from service.protecting.disconnect import ClientGoneError
from service.protecting.json_body import check_address, read_json
from service.protecting.problem_handlers import faults_of
from service.routes.dependencies import not_ready, reason_not_ready, services_of
from service.schemas import Mol2MolRequest, Mol2TextRequest, Text2MolRequest
from service.services import Services

router = APIRouter(prefix="/bulk", tags=["bulk"], responses=problems(422, 429, 500, 503))

# Lines that are answered at once: enough to fill an encoder batch, few enough to leave room for others.
_AT_ONCE = 16
# Of a body that comes more slowly the place would be held for hours.
_LEAST_TAKEN = 1024
_BLANK = re.compile(rb"\s*")
Model = TypeVar("Model", bound=BaseModel)
_Search = Callable[[bytes, Serving], Awaitable[list[Written]]]
_Find = Callable[[Pipeline, Model, Serving, float], Awaitable[list[Written]]]

_DESCRIPTION = (
    "Each line is a request of the search of the same name; each answer is one line, in the same order, from one "
    'release. A line that cannot be answered gives `{"line": number, "error": problem}`, and the others go on. Any '
    "number of lines; blank ones are answered by nothing."
)
_LINES: dict[str, Any] = {
    "requestBody": {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}},
}
_OUT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}, "description": "The answers"}
}


@router.post(
    "/text2mol",
    response_class=Response,
    responses=_OUT,
    openapi_extra=_LINES,
    summary="Molecules for many descriptions",
    description=_DESCRIPTION,
)
async def bulk_text2mol(request: Request) -> Response:
    return _bulk(request, Text2MolRequest, Pipeline.text2mol)


@router.post(
    "/mol2text",
    response_class=Response,
    responses=_OUT,
    openapi_extra=_LINES,
    summary="Descriptions for many structures",
    description=_DESCRIPTION,
)
async def bulk_mol2text(request: Request) -> Response:
    return _bulk(request, Mol2TextRequest, Pipeline.mol2text)


@router.post(
    "/mol2mol",
    response_class=Response,
    responses=_OUT,
    openapi_extra=_LINES,
    summary="Molecules like many structures",
    description=_DESCRIPTION,
)
async def bulk_mol2mol(request: Request) -> Response:
    return _bulk(request, Mol2MolRequest, Pipeline.mol2mol)


def _bulk(request: Request, model: type[Model], find: _Find[Model]) -> Response:
    """Answers each line, read as `model`, with what `find` finds."""
    check_address(request, model)
    services = services_of(request)
    if services.slot.current is None:
        raise not_ready(reason_not_ready(services))

    async def search(line: bytes, serving: Serving) -> list[Written]:
        return await find(services.pipeline, await read_json(model, line), serving, time.perf_counter())

    return _Lines(services, search)


class _EndedError(Exception):
    """What is wrong with a body, not with a line: nothing from `line` on can be read."""

    def __init__(self, line: int, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.line = line
        self.problem = problem


class _Lines(Response):
    """Reads the lines of a request while it answers them."""

    media_type = "application/x-ndjson"

    def __init__(self, services: Services, search: _Search) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._services = services
        self._search = search

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._services.slot.lease() as serving:
                scope.setdefault("state", {})["release"] = serving.release.name
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                await self._answer_lines(receive, send, serving)
                await send({"type": "http.response.body", "body": b""})
        except NotReadyError:  # the release went between the route and here
            raise not_ready(reason_not_ready(self._services)) from None

    async def _answer_lines(self, receive: Receive, send: Send, serving: Serving) -> None:
        bounds = self._services.settings
        waiting: deque[asyncio.Task[bytes]] = deque()
        last: bytes | None = None
        try:
            try:
                async for number, line in _lines(receive, bounds.max_body_bytes, bounds.body_seconds):
                    waiting.append(asyncio.create_task(self._one(number, line, serving)))
                    if len(waiting) == _AT_ONCE:  # to wait for the oldest is others' turn, also where all are wrong
                        await _send_line(send, await waiting.popleft())
            except _EndedError as ended:
                last = _error(ended.line, ended.problem)
            while waiting:
                await _send_line(send, await waiting.popleft())
            if last is not None:
                await _send_line(send, last)
        finally:
            for task in waiting:
                task.cancel()

    async def _one(self, number: int, line: bytes, serving: Serving) -> bytes:
        seconds = self._services.settings.search_seconds
        try:
            async with asyncio.timeout(seconds):
                return answer(await self._search(line, serving))
        except Problem as problem:
            return _error(number, problem)
        except RequestValidationError as error:
            return _error(number, Problem.of_fields(faults_of(error)))
        except QueueFullError:
            return _error(number, busy("As many searches wait for a thread as may"))
        except TimeoutError:
            return _error(
                number, Problem(Code.SEARCH_TIMEOUT, f"No answer was found within {counted(seconds, 'second')}.")
            )


def _error(number: int, problem: Problem) -> bytes:
    detail = {"code": problem.code.value, "status": problem.status_code, "title": problem.code.heading}
    said = {**detail, "detail": problem.detail, "field": problem.field}
    return orjson.dumps({"line": number, "error": {name: value for name, value in said.items() if value is not None}})


async def _send_line(send: Send, line: bytes) -> None:
    await send({"type": "http.response.body", "body": line + b"\n", "more_body": True})


class _Cutter:
    """Cuts what comes of a body into lines, but for blank ones: a megabyte may be nothing but these."""

    def __init__(self) -> None:
        self.number = 1  # of the line that comes next, or has begun
        self.size = 0  # of what has come of it
        self._begun: list[bytes] = []  # joined once, however many pieces a line comes in

    def lines(self, more: bytes) -> Iterator[tuple[int, bytes]]:
        """The lines that end in `more`, each with its number."""
        at = 0
        while at < len(more):
            if not self._begun:
                begins = _BLANK.match(more, at).end()  # type: ignore[union-attr]
                self.number += more.count(b"\n", at, begins)
                at = begins
                if at == len(more):
                    return
            ends = more.find(b"\n", at)
            self._begun.append(more[at:] if ends < 0 else more[at:ends])
            self.size += len(self._begun[-1])
            if ends < 0:
                return
            yield self.last()
            at = ends + 1

    def last(self) -> tuple[int, bytes]:
        """What has come of a line is all of it."""
        number, line = self.number, b"".join(self._begun)
        self.number, self.size = number + 1, 0
        self._begun.clear()
        return number, line


async def _lines(receive: Receive, most_bytes: int, seconds: float) -> AsyncIterator[tuple[int, bytes]]:
    """The lines of a body as they come, but blank ones, with their numbers from 1.

    Raises:
        ClientGoneError: the client left.
        _EndedError: less than a kibibyte came in `seconds` of waiting, or a line is longer than `most_bytes`.
    """
    cutter = _Cutter()
    more = True
    left, taken = seconds, 0
    while more:
        began = time.monotonic()
        try:
            async with asyncio.timeout(left):
                message = await receive()
        except TimeoutError:
            detail = f"Less than {_LEAST_TAKEN:,} bytes more arrived within {counted(seconds, 'second')}."
            raise _EndedError(cutter.number, Problem(Code.BODY_TIMEOUT, detail)) from None
        left -= time.monotonic() - began  # what the answers keep waiting does not count
        taken += len(message.get("body", b""))
        if taken >= _LEAST_TAKEN:
            left, taken = seconds, 0
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        more = message.get("more_body", False)
        for line in cutter.lines(message.get("body", b"")):
            yield line
        if cutter.size > most_bytes:
            detail = f"The line is longer than the {most_bytes:,} bytes accepted."
            raise _EndedError(cutter.number, Problem(Code.BODY_TOO_LARGE, detail))
        await asyncio.sleep(0)  # what has come already is received without waiting
    if cutter.size:
        yield cutter.last()
