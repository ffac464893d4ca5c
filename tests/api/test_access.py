"""Who may ask: keys, hosts, origins; and what every answer says to a browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.protecting.keys import new_key

QUERY = {"query": "an acid", "k": 1}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys.txt"


def test_keys_open_what_their_scopes_say(client_with: Callable[..., TestClient], keys: Path) -> None:
    searcher, line = new_key("searcher", ["search"])
    operator, other = new_key("operator", ["operate"])
    keys.write_text(f"{line}\n{other}\n")
    client = client_with(keys=keys)

    def ask(path: str, key: str | None) -> tuple[int, str | None]:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        call = {"json": QUERY} if path.startswith("/search") else {}
        answer = client.request("POST" if call else "GET", path, headers=headers, **call)
        return answer.status_code, answer.json().get("code") if "json" in answer.headers["content-type"] else None

    for path in ("/search/text2mol", "/molecules/aspirin", "/version", "/no-such-address"):
        assert ask(path, None) == (401, "key_missing")
        assert ask(path, searcher + "x") == (401, "key_unknown")
        assert ask(path, operator) == (403, "key_lacks_scope")
    assert ask("/search/text2mol", searcher) == (200, None)
    assert ask("/metrics", searcher) == (403, "key_lacks_scope")
    assert ask("/metrics", operator)[0] == 200
    assert client.get("/version", headers={"X-API-Key": searcher}).status_code == 200
    assert client.get("/version").headers["www-authenticate"] == "Bearer"
    for path in ("/health/live", "/health/ready", "/openapi.json"):
        assert client.get(path).status_code == 200


def test_a_key_that_is_taken_out_of_the_file_stops_working(client_with: Callable[..., TestClient], keys: Path) -> None:
    old, old_line = new_key("old", ["search"])
    new, new_line = new_key("new", ["search"])
    keys.write_text(old_line)
    client = client_with(keys=keys)
    assert client.get("/version", headers={"X-API-Key": old}).status_code == 200
    keys.write_text(f"{new_line}\n")
    deadline = time.monotonic() + 60
    while client.get("/version", headers={"X-API-Key": new}).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert client.get("/version", headers={"X-API-Key": old}).status_code == 401


def test_the_document_says_where_keys_are_needed(client_with: Callable[..., TestClient], keys: Path) -> None:
    keys.write_text(new_key("one", ["search"])[1])
    document = client_with(keys=keys).get("/openapi.json").json()
    search = document["paths"]["/search/text2mol"]["post"]
    assert search["security"] == [{"key": []}]
    assert {"401", "403"} <= set(search["responses"])
    assert "security" not in document["paths"]["/health/live"]["get"]


def test_other_hosts_are_refused_but_for_health(client_with: Callable[..., TestClient]) -> None:
    client = client_with(trusted_hosts="molseek.example.org, *.lab.example")
    for host in ("molseek.example.org", "MOLSEEK.example.org:8443", "a.lab.example"):
        assert client.get("/version", headers={"Host": host}).status_code == 200
    for host in ("evil.example", "lab.example", "example.org", "[::1]:80", ""):
        answer = client.get("/version", headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (400, "host_not_served")
        assert client.get("/health/live", headers={"Host": host}).status_code == 200


def test_pages_of_listed_origins_may_ask_and_read_problems(client_with: Callable[..., TestClient]) -> None:
    client = client_with(cors_origins="https://lab.example")
    ours = {"Origin": "https://lab.example"}
    preflight = client.options("/search/text2mol", headers=ours | {"Access-Control-Request-Method": "POST"})
    assert preflight.headers["access-control-allow-origin"] == "https://lab.example"
    problem = client.post("/search/text2mol", json={}, headers=ours)
    assert problem.headers["access-control-allow-origin"] == "https://lab.example"
    assert (
        "access-control-allow-origin" not in client.get("/version", headers={"Origin": "https://evil.example"}).headers
    )


def test_no_origin_is_allowed_by_default(client: TestClient) -> None:
    answer = client.get("/version", headers={"Origin": "https://lab.example"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/version", "/health/live", "/metrics", "/no-such-address", "/molecules/aspirin.svg"])
def test_every_answer_is_safe_in_a_browser(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("prefix", ["", "/molseek"], ids=["taken off by the proxy", "left on"])
def test_links_have_the_prefix_of_the_proxy(client_with: Callable[..., TestClient], prefix: str) -> None:
    client = client_with(root_path="/molseek")
    molecule = client.get(f"{prefix}/molecules/aspirin").json()
    assert molecule["svg"] == "/molseek/molecules/aspirin.svg"
    assert client.get(f"{prefix}/molecules/nobody").json()["instance"] == "/molseek/molecules/nobody"
    assert client.get(f"{prefix}/health/live").status_code == 200
    assert {"url": "/molseek"} in client.get(f"{prefix}/openapi.json").json()["servers"]
