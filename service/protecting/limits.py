"""Bounds on a request before anything reads it: how large, how slow, how many at once. Pure ASGI."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from indexer.fair import asker
from model.counts import counted
from service.paths import route_path
from service.problems import Code, Problem, problem_response
from service.protecting.admission import Places, client_at
from service.protecting.disconnect import ClientGoneError
from service.protecting.refusals import Refusals

# A client that is refused in the middle of its upload often sees a reset connection instead of the answer. So what it
# is still sending is thrown away first, up to this many times the limit.
_DRAIN_FACTOR = 8
_DRAIN_SECONDS = 2.0
_BYTES_A_PLACE = 1 << 14
# Parameters of an address; routes read all of them to find one.
_MOST_PARAMETERS = 256
_BULK_PLACES = 16  # lines that a bulk request has answered at once


class RequestLimits:
    """Reads each body whole, up to `max_body_bytes`, before the app runs, and bounds what is held at once.

    At most `max_bodies` bodies are read at a time, in places of their own: clients that send slowly keep others from
    sending, not from being answered. Then the app has at most `max_requests`, where each 16 KiB of body count as one.
    The declared length is checked first and the received bytes are counted in any case, so chunked bodies and wrong
    declarations are held to the same limit. Health checks are answered however busy the service is.

    A client that is refused more than `max_refusals` times a second (0: however often), counted by the same places,
    waits for further refusals.

    A bulk body is not read here: its route takes line by line, each as long as a body may be.
    """

    def __init__(
        self,
        app: ASGIApp,
        max_body_bytes: int,
        body_seconds: float,
        max_requests: int,
        max_bodies: int = 256,
        max_refusals: float = 0.0,
    ) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._body_seconds = body_seconds
        self._bodies = Places(max_bodies)
        self._requests = Places(max_requests)
        self._refusals = Refusals(max_refusals)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or route_path(scope).startswith("/health/"):
            await self._app(scope, receive, send)
            return
        address = scope.get("client")
        client = client_at(address[0]) if address else ""
        asker.set(client)
        places = 1

        async def slowed(message: Message) -> None:
            if message["type"] == "http.response.start" and 400 <= message["status"] < 500:
                seconds = self._refusals.seconds_to_wait(client, places)
                if seconds:
                    await asyncio.sleep(seconds)
            await send(message)

        try:
            if scope.get("query_string", b"").count(b"&") >= _MOST_PARAMETERS:
                raise Problem(Code.HTTP_ERROR, f"The address has more than {_MOST_PARAMETERS} parameters.")
            if route_path(scope).startswith("/bulk/"):
                async with self._requests.hold(client, _BULK_PLACES):
                    await self._app(scope, receive, slowed)
                return
            async with self._bodies.hold(client):
                body = await self._read(scope, receive)
            places += len(body) // _BYTES_A_PLACE
            async with self._requests.hold(client, places):
                await self._app(scope, _replay(body, receive), slowed)
        except ClientGoneError:
            return
        except Problem as problem:  # raised here: the app makes answers of its own
            await problem_response(scope, problem)(scope, receive, slowed)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "")
        if not declared and "transfer-encoding" not in headers:
            return b""
        if declared.isdecimal() and int(declared[:20]) > self._max_body_bytes:
            # A client that asked whether to send (Expect: 100-continue) has sent nothing yet.
            if "expect" not in headers:
                await self._drain(receive)
            raise self._too_large()
        chunks: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._body_seconds):
                more = True
                while more:
                    chunk, more = await _next_chunk(receive)
                    size += len(chunk)
                    if size > self._max_body_bytes:
                        break
                    chunks.append(chunk)
        except TimeoutError:
            detail = f"The body did not arrive within {counted(self._body_seconds, 'second')}."
            raise Problem(Code.BODY_TIMEOUT, detail, headers={"Connection": "close"}) from None
        if size > self._max_body_bytes:
            chunks.clear()
            if more:
                await self._drain(receive)
            raise self._too_large()
        return b"".join(chunks)

    async def _drain(self, receive: Receive) -> None:
        left = _DRAIN_FACTOR * self._max_body_bytes
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                more = True
                while more and left > 0:
                    chunk, more = await _next_chunk(receive)
                    left -= len(chunk)
        except TimeoutError:
            return

    def _too_large(self) -> Problem:
        detail = f"The body is larger than the {self._max_body_bytes:,} bytes accepted; send fewer queries at once."
        return Problem(Code.BODY_TOO_LARGE, detail, headers={"Connection": "close"})


async def _next_chunk(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    return message.get("body", b""), message.get("more_body", False)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands out the body read already, and then whatever follows it (a disconnect)."""
    handed_out = False

    async def replay() -> Message:
        nonlocal handed_out
        if handed_out:
            return await receive()
        handed_out = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
