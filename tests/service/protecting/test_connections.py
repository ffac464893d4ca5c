"""A client cannot make the service keep heads, requests or answers without end."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from tests.support.connections import connected

_SECONDS = 0.5
_LARGE = 32 << 20


async def _app(scope: Scope, receive: Receive, send: Send) -> None:
    """The length of the body; at /large, a large answer."""
    body = await Request(scope, receive).body()
    answer: Response = PlainTextResponse(b"x" * _LARGE if scope["path"] == "/large" else str(len(body)))
    await answer(scope, receive, send)


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with connected(_app, _SECONDS) as address:
        yield address


_HEADERS = b"X: abcdefghijklmnopqrstuvwxyz\r\n"
_CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
_ENDLESS = {
    "headers": (b"GET / HTTP/1.1\r\n", _HEADERS),
    "one header": (b"GET / HTTP/1.1\r\nX: ", b"a" * 1000),
    "an address": (b"GET /", b"a" * 1000),
    "trailers": (_CHUNKED + b"0\r\n", _HEADERS),
    "the size of a chunk": (_CHUNKED + b"1;", b"a" * 1000),
    "chunks of a byte": (_CHUNKED, b"1\r\na\r\n" * 1000),
    "requests in a row": (b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 1000),
}


@pytest.mark.parametrize("what", _ENDLESS)
def test_what_has_no_end_is_not_kept(address: tuple[str, int], what: str) -> None:
    begin, again = _ENDLESS[what]
    with socket.create_connection(address, timeout=20) as client, pytest.raises(OSError):
        client.sendall(begin)
        for _ in range(100_000):
            client.sendall(again)


def test_a_large_head_is_refused_in_words(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\n" + _HEADERS * 2500 + b"\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("begin", [b"GET / HTTP/1.1\r\nHost: x\r\n", _CHUNKED + b"0\r\n"], ids=["head", "trailer"])
def test_hundreds_of_short_fields_are_refused(address: tuple[str, int], begin: bytes) -> None:
    for fields, status in ((200, b"200"), (300, b"400")):
        with socket.create_connection(address, timeout=20) as client:
            client.sendall(begin + b"a: b\r\n" * fields + b"\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 " + status)


@pytest.mark.parametrize(("size", "count"), [(1, 500), (10, 30_000), (70_000, 5)])
def test_a_body_in_pieces_arrives_whole(address: tuple[str, int], size: int, count: int) -> None:
    chunk = b"%x\r\n%s\r\n" % (size, b"a" * size)
    with socket.create_connection(address, timeout=20) as client:
        for _ in range(2):
            client.sendall(_CHUNKED + chunk * count + b"0\r\n\r\n")
            received = b""
            while not received.endswith(b"\r\n\r\n%d" % (size * count)):
                received += client.recv(1000)


def test_requests_in_a_row_are_answered_in_order(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as client:
        for length in range(30):
            client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length + b"a" * length)
        received = b""
        while received.count(b"HTTP/1.1 200") < 30 or not received.endswith(b"29"):
            received += client.recv(10_000)
        bodies = [answer.partition(b"\r\n\r\n")[2] for answer in received.split(b"HTTP/1.1 200")[1:]]
        assert bodies == [str(length).encode() for length in range(30)]


def test_an_answer_that_has_begun_is_cut_off_where_its_request_goes_wrong() -> None:
    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        more = True
        while more:
            message = await receive()
            more = message.get("more_body", False)
            await send({"type": "http.response.body", "body": message.get("body", b""), "more_body": more})

    with connected(echo, 20) as address, socket.create_connection(address, timeout=20) as client:
        client.sendall(_CHUNKED + b"3\r\nabc\r\n")
        received = b""
        while b"abc" not in received:
            received += client.recv(1000)
        client.sendall(b"no size\r\n")
        while part := client.recv(1000):
            received += part
        assert received.count(b"HTTP/1.1") == 1


def _ask_for_much(address: tuple[str, int], buffer: int) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.settimeout(20)
    client.connect(address)
    client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
    return client


def test_an_answer_that_nobody_reads_is_thrown_away(address: tuple[str, int]) -> None:
    with _ask_for_much(address, 1 << 12) as client:
        time.sleep(4 * _SECONDS)
        received = 0
        with pytest.raises(OSError):  # reset: what was left has gone
            while part := client.recv(1 << 16):
                received += len(part)
            raise OSError  # or closed
        assert received < _LARGE


def test_an_answer_that_is_read_slowly_is_kept(address: tuple[str, int]) -> None:
    with _ask_for_much(address, 1 << 18) as client:
        received = 0
        end = time.monotonic() + 4 * _SECONDS
        while time.monotonic() < end:  # some hundred kilobytes in each period
            received += len(client.recv(1 << 16))
            time.sleep(0.01)
        assert received < _LARGE
        while b"x" in (part := client.recv(1 << 20)):
            received += len(part)
            if received >= _LARGE:
                break
        assert received >= _LARGE
