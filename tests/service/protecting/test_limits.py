"""The bounds on bodies and on requests at once, against the ASGI interface itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

import pytest
from starlette.types import Message, Receive, Scope, Send

from indexer.fair import asker
from service.protecting.limits import RequestLimits


class Echo:
    """An application that answers with the body it was given."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.gate: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.gate is not None:
            await self.gate.wait()
        message = await receive()
        assert not message.get("more_body")
        self.bodies.append(message["body"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": message["body"]})


class Client:
    """Plays `chunks` to an application, counting what is taken; None stands for a client that is gone."""

    def __init__(self, chunks: Sequence[bytes | None], headers: dict[str, str], path: str = "/search") -> None:
        self.chunks = list(chunks)
        self.taken = 0
        self.sent: list[Message] = []
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        self.scope: Scope = {"type": "http", "method": "POST", "path": path, "headers": raw}

    async def receive(self) -> Message:
        if not self.chunks:
            await asyncio.sleep(3600)
        self.taken += 1
        chunk = self.chunks.pop(0)
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": bool(self.chunks)}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def code(self) -> str:
        return str(json.loads(self.sent[1]["body"])["code"])


CHUNKED = {"transfer-encoding": "chunked"}


def ask(client: Client, app: Echo, limit: int = 100, seconds: float = 5.0) -> None:
    limits = RequestLimits(app, max_body_bytes=limit, body_seconds=seconds, max_requests=10)
    asyncio.run(limits(client.scope, client.receive, client.send))


def test_chunks_are_joined() -> None:
    app, client = Echo(), Client([b"a" * 50, b"", b"b" * 50], CHUNKED)
    ask(client, app)
    assert client.status == 200
    assert app.bodies == [b"a" * 50 + b"b" * 50]


def test_chunks_are_counted_and_the_application_never_sees_them() -> None:
    app, client = Echo(), Client([b"a" * 50] * 5, CHUNKED)
    ask(client, app)
    assert (client.status, client.code, app.bodies) == (413, "body_too_large", [])


def test_an_endless_body_is_left_before_its_end() -> None:
    app, client = Echo(), Client([b"a" * 50] * 10_000, CHUNKED)
    ask(client, app)
    assert client.status == 413
    assert client.taken < 30
    assert (b"connection", b"close") in client.sent[0]["headers"]


def test_a_declared_length_is_not_trusted() -> None:
    app, client = Echo(), Client([b"a" * 50] * 5, {"content-length": "10"})
    ask(client, app)
    assert (client.status, app.bodies) == (413, [])


def test_a_declared_length_is_refused_at_once_if_nothing_was_sent() -> None:
    app, client = Echo(), Client([], {"content-length": "101", "expect": "100-continue"})
    ask(client, app)
    assert (client.status, client.taken) == (413, 0)


def test_hundreds_of_parameters_are_refused_before_the_body_is_read() -> None:
    for parameters, status, taken in ((256, 200, 1), (257, 400, 0)):
        app, client = Echo(), Client([b"a"], CHUNKED)
        client.scope["query_string"] = b"&".join([b"a=1"] * parameters)
        ask(client, app)
        assert (client.status, client.taken) == (status, taken)


def test_absurd_lengths() -> None:
    for length in ("9" * 5000, "-1", "ten", "1e3"):
        app, client = Echo(), Client([b"a" * 101], {"content-length": length})
        ask(client, app)
        assert (client.status, app.bodies) == (413, [])


def test_a_slow_body_is_given_up() -> None:
    app, client = Echo(), Client([], CHUNKED)
    ask(client, app, seconds=0.05)
    assert (client.status, client.code, app.bodies) == (408, "body_timeout", [])


def test_a_client_that_leaves_gets_no_answer() -> None:
    app, client = Echo(), Client([b"a", None], CHUNKED)
    ask(client, app)
    assert (client.sent, app.bodies) == ([], [])


def test_no_more_requests_than_can_be_held() -> None:
    async def crowd() -> tuple[Client, Client, Client]:
        app = Echo()
        app.gate = asyncio.Event()
        limits = RequestLimits(app, max_body_bytes=100, body_seconds=5, max_requests=1)
        first, second = Client([b"1"], CHUNKED), Client([b"2"], CHUNKED)
        health = Client([b""], {}, path="/health/live")
        holding = asyncio.create_task(limits(first.scope, first.receive, first.send))
        await asyncio.sleep(0)
        await limits(second.scope, second.receive, second.send)
        checking = asyncio.create_task(limits(health.scope, health.receive, health.send))
        app.gate.set()
        await asyncio.gather(holding, checking)
        third = Client([b"3"], CHUNKED)
        await limits(third.scope, third.receive, third.send)
        assert third.status == 200
        return first, second, health

    first, second, health = asyncio.run(crowd())
    assert (first.status, second.status, second.code, health.status) == (200, 429, "busy", 200)
    assert (b"retry-after", b"1") in second.sent[0]["headers"]


def test_what_a_request_asks_for_is_asked_on_behalf_of_its_client() -> None:
    asked: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        asked.append(asker.get())

    limits = RequestLimits(app, max_body_bytes=100, body_seconds=5, max_requests=10)

    async def both() -> None:
        for address in ("127.0.0.1", "2001:db8:1:2::3", "2001:db8:1:2:ffff::4"):
            client = Client([], {})
            scope = {**client.scope, "client": (address, 1)}
            await asyncio.create_task(limits(scope, client.receive, client.send))

    asyncio.run(both())
    assert asked == ["127.0.0.1", "2001:db8:1:2::/64", "2001:db8:1:2::/64"]


def test_only_answers_that_refuse_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    statuses = [200, 422, 503, 404, 200, 422, 422, 200]
    answered: list[int | None] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": statuses[len(answered)], "headers": []})
        await send({"type": "http.response.body", "body": b""})

    limits = RequestLimits(app, max_body_bytes=100, body_seconds=5, max_requests=10, max_refusals=10)

    async def ask() -> None:
        for _ in statuses:
            client = Client([], {})
            await limits(client.scope, client.receive, client.send)
            answered.append(client.status)

    monkeypatch.setattr("service.protecting.limits.asyncio.sleep", sleep)
    asyncio.run(ask())
    assert answered == statuses
    assert len(slept) == 2
    assert min(slept) > 0
