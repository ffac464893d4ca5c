"""Bounds on what one connection may keep: heads, pieces of bodies, requests in a row, answers that nobody reads."""

from __future__ import annotations

import asyncio
from typing import cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from service.protecting.protocol import TimedHeaders

# What a client may send that is no body: a request line with its headers, sizes of chunks, trailers. Parsers keep it
# whole, and a megabyte of cookies takes the event loop a tenth of a second.
_MOST_HEAD = 1 << 16
# Each field of a head or trailer is a callback, and a step of everyone who looks for one. Browsers behind several
# proxies send some forty.
_MOST_FIELDS = 256
# Requests that may wait for the answer to one before them on the same connection. Browsers send none.
_MOST_WAITING = 64
# A client can send each byte as a chunk of its own, a callback of the parser each. Whoever sends line by line has
# longer ones.
_TINY = 8
_MOST_TINY = 1 << 9
# In each period, a client has to take so much of an answer that waits for it.
_LEAST_TAKEN = 1 << 16


class RefusedError(Exception):
    """Ends the parsing of what a client sends."""


class BoundedConnection(TimedHeaders):
    """A connection whose client cannot make the service keep more than a request and an answer of it for long.

    A client that sends an endless head or hundreds of fields in it, many requests at once, or its body in hundreds of
    tiny chunks gets 400; one that does not read its answer for `seconds` is cut off, and the answer thrown away.
    """

    _sent = 0  # bytes since the last of a body
    _head = 0  # bytes of headers of this request, its trailers included
    _fields = 0  # how many these are
    _tiny = 0  # chunks of this body
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._pieces: list[bytes] = []

    def data_received(self, data: bytes) -> None:
        self._sent += len(data)
        super().data_received(data)
        self._pass_body_on()
        if self._sent > _MOST_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= _MOST_WAITING:
            raise RefusedError
        self._head = self._fields = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._head += len(name) + len(value)
        self._fields += 1
        if self._head > _MOST_HEAD or self._fields > _MOST_FIELDS:
            raise RefusedError
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._sent = self._tiny = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._sent = 0
        self._pieces.append(body)
        if len(body) < _TINY:
            self._tiny += 1
            if self._tiny > _MOST_TINY:
                raise RefusedError

    def on_message_complete(self) -> None:
        self._sent = 0
        self._pass_body_on()
        super().on_message_complete()

    def _pass_body_on(self) -> None:
        """What came of a body at once, in one piece: a client can send each byte as a chunk of its own."""
        if self._pieces:
            body = b"".join(self._pieces)
            self._pieces.clear()
            super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        cycle = cast(RequestResponseCycle | None, self.cycle)  # None before the first request
        if cycle is not None and cycle.response_started and not cycle.response_complete:
            self.transport.close()  # a second answer in the midst of the first would be read as a part of it
        else:
            super().send_400_response(msg)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        self._stop_watching()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def _watch(self) -> None:
        self._stop_watching()
        left = self.transport.get_write_buffer_size()
        self._taking = self.loop.call_later(self.seconds, self._cut_off, left)

    def _stop_watching(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _cut_off(self, left: int) -> None:
        if self.transport.get_write_buffer_size() > left - _LEAST_TAKEN:
            self.transport.abort()
        else:
            self._watch()


def bounded_connection(seconds: float) -> type[BoundedConnection]:
    """The protocol with this time limit for heads and for reading answers, as uvicorn's `http` takes it."""
    return type("BoundedConnection", (BoundedConnection,), {"seconds": seconds})
