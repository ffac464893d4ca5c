"""A connection that dawdles over its head is closed; one that does not is kept, request after request."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from starlette.responses import PlainTextResponse

from tests.support.connections import connected

_SECONDS = 0.5


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    with connected(PlainTextResponse("here"), _SECONDS) as address:
        yield address


@pytest.mark.parametrize("head", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b\r\n"])
def test_half_a_head_is_not_waited_for(address: tuple[str, int], head: bytes) -> None:
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(head)
        assert client.recv(100) == b""


def test_dripping_does_not_help(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as client, pytest.raises(OSError):
        for byte in b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200:
            client.sendall(bytes([byte]))
            time.sleep(0.05)


def test_requests_on_one_connection_have_the_time_each(address: tuple[str, int]) -> None:
    with socket.create_connection(address, timeout=20) as client:
        for _ in range(3):
            time.sleep(0.4 * _SECONDS)
            client.sendall(b"GET / HTTP/1.1\r\n")
            time.sleep(0.2 * _SECONDS)
            client.sendall(b"Host: x\r\n\r\n")
            assert client.recv(1000).endswith(b"here")
