"""A service that is busy is asked again, when it says and no longer than is bearable; one that differs is named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molseek_client import Client, MolseekError, Patience, ProblemError, UnexpectedAnswerError
from molseek_client.retrying import retry_after
from molseek_client.versions import skew

VERSION = {"version": "0.1.0", "checkpoint": {"name": "compact"}, "release": None, "new": "unknown to the client"}
PROBLEM = {"content-type": "application/problem+json"}


def problem(status: int, code: str, **headers: str) -> httpx2.Response:
    return httpx2.Response(status, json={"code": code, "detail": "Not now."}, headers=PROBLEM | headers)


def client_of(answers: list[httpx2.Response | Exception], asked: list[str] | None = None, **options: object) -> Client:
    """A client of a service that gives these answers, one after the other."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        if asked is not None:
            asked.append(request.url.path)
        given = answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return Client("http://molseek", http=http, **options)  # type: ignore[arg-type]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []
    monkeypatch.setattr("molseek_client.client.time.sleep", waited.append)
    return waited


def test_retry_after_is_honoured(pauses: list[float]) -> None:
    refused = problem(429, "busy", **{"Retry-After": "7"})
    molseek = client_of([refused, httpx2.ConnectError("refused"), httpx2.Response(200, json=VERSION)])
    assert molseek.version().checkpoint == "compact"
    assert pauses[0] >= 7 and 0 < pauses[1] < 1


@pytest.mark.parametrize(
    ("patience", "attempts"),
    [(Patience(attempts=3), 3), (Patience(attempts=1), 1), (Patience(seconds=5), 1)],  # the service asks for 10
)
def test_patience_ends(pauses: list[float], patience: Patience, attempts: int) -> None:
    asked: list[str] = []
    refusals: list[httpx2.Response | Exception] = [problem(503, "not_ready", **{"Retry-After": "10"}) for _ in range(9)]
    with pytest.raises(ProblemError) as caught:
        client_of(refusals, asked, patience=patience).version()
    assert caught.value.code == "not_ready" and len(asked) == attempts and len(pauses) == attempts - 1


def test_a_fault_of_the_request_is_not_asked_again(pauses: list[float]) -> None:
    with pytest.raises(ProblemError):
        client_of([problem(422, "k_out_of_range")]).text2mol("an acid")
    assert pauses == []


@given(st.one_of(st.text(max_size=20), st.integers(0, 10**9).map(str)))
def test_any_retry_after_is_read_or_left(text: str) -> None:
    try:
        response = httpx2.Response(503, headers={"Retry-After": text})
    except (UnicodeEncodeError, ValueError):
        return
    wait = retry_after(response)
    assert wait is None or wait >= 0


def test_a_date_to_come_back_at() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    wait = retry_after(httpx2.Response(503, headers={"Retry-After": date}))
    assert wait is not None and 20 < wait <= 30


@pytest.mark.parametrize(
    "answer",
    [
        lambda: httpx2.Response(404, text="<html>"),
        lambda: httpx2.Response(200, text="<html>"),
        lambda: httpx2.Response(200, json=["a list"]),
        lambda: httpx2.Response(200, json={"version": "0.1.0"}),
        lambda: httpx2.Response(200, json={**VERSION, "release": "none"}),
    ],
)
def test_what_is_no_molseek_is_said_so(answer: Callable[[], httpx2.Response]) -> None:
    with pytest.raises(UnexpectedAnswerError):
        client_of([answer()]).version()


def test_what_a_proxy_makes_unreadable_is_said_so(pauses: list[float]) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx2.ByteStream(b"not gzip"))

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    with pytest.raises(UnexpectedAnswerError, match="cannot be read"):
        Client("http://molseek", http=http).version()


def test_an_address_that_sends_on_is_told_with_where_to() -> None:
    moved = httpx2.Response(308, headers={"Location": "https://molseek/version"})
    with pytest.raises(UnexpectedAnswerError, match="http://molseek sends on to https://molseek;"):
        client_of([moved]).version()


def test_a_key_from_a_file_ends_with_its_line() -> None:
    keys = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        keys.append(request.headers["authorization"])
        return httpx2.Response(200, json=VERSION)

    Client("http://molseek", key="secret\n", http=httpx2.Client(transport=httpx2.MockTransport(answer))).version()
    assert keys == ["Bearer secret"]


@pytest.mark.parametrize(
    ("server", "client", "older"),
    [("0.1.5", "0.2.0", "service"), ("1.0.0", "0.9.3", "client"), ("0.1.0", "0.1.9", None), ("unknown", "0.1.0", None)],
)
def test_the_older_side_is_named(server: str, client: str, older: str | None) -> None:
    said = skew(server, client)
    assert said is None if older is None else said is not None and said.startswith(f"The {older} is older")


def test_a_request_that_fails_for_its_version_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("molseek_client.versions.client_version", lambda: "9.0.0")
    with pytest.raises(MolseekError) as caught:
        client_of([problem(422, "unknown_field"), httpx2.Response(200, json=VERSION)]).text2mol("an acid")
    assert caught.value.__notes__ == [
        "The service is older: service 0.1.0, client 9.0.0; upgrade the service, or leave out what the service lacks."
    ]


def test_the_client_stands_alone(tmp_path: Path) -> None:
    """Nothing of the service, nothing beside httpx2, is imported."""
    path = Path(__file__).parents[2] / "client"
    rooms = "{'molseek', 'model', 'service', 'pydantic', 'numpy', 'pandas', 'tqdm'}"
    check = f"import sys; sys.path.insert(0, {str(path)!r}); import molseek_client; print({rooms} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", check], cwd=tmp_path, env={}, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "set()"
