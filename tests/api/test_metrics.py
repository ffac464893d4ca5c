"""What Prometheus reads, and HEAD."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.api.corpus import CORPUS


def numbers(client: TestClient) -> dict[str, float]:
    """Every sample of the page: `name{labels}` → value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = [line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in lines}


def test_a_search_shows_in_every_number(client_with: Callable[..., TestClient]) -> None:
    client = client_with()
    for _ in range(2):
        assert client.post("/search/text2mol", json={"query": "an acid"}).status_code == 200
    assert client.post("/search/mol2text", json={"query": "CCO"}).status_code == 200
    assert client.post("/search/text2mol", json={"query": ""}).status_code == 422
    client.get("/molecules/no-such-molecule")
    found = numbers(client)
    route = 'route="/search/text2mol"'
    assert found[f'molseek_requests_total{{method="POST",{route},status="200"}}'] == 2
    assert found[f'molseek_requests_total{{method="POST",{route},status="422"}}'] == 1
    assert found[f"molseek_request_seconds_count{{{route}}}"] == 3
    assert found['molseek_stage_seconds_count{stage="encode"}'] == 3
    assert found['molseek_batch_size_sum{stage="encode"}'] == 3
    assert found['molseek_stage_seconds_count{stage="write"}'] == 3
    assert found['molseek_batch_size_sum{stage="search"}'] == 4  # the empty query is found there
    assert found['molseek_stage_seconds_count{stage="structures"}'] == 1
    assert found['molseek_vector_cache_lookups_total{result="hit"}'] == 1
    assert found['molseek_vector_cache_lookups_total{result="miss"}'] == 1
    assert found["molseek_chemistry_workers_replaced_total"] == 0
    assert found['molseek_index_vectors{side="molecules"}'] == len(CORPUS)
    assert found["molseek_index_bytes"] > 1000
    assert 0 <= found["molseek_release_age_seconds"] < 86400
    assert found['molseek_queue_length{stage="search"}'] == 0
    assert found["molseek_ready_processes"] == 1


def test_what_clients_write_makes_no_new_series(client_with: Callable[..., TestClient]) -> None:
    client = client_with()
    for path in ("/a", "/b?c=d", "/molecules/x", "/molecules/y.svg"):
        client.get(path)
    client.request("PURGE", "/a")
    series = [name for name in numbers(client) if name.startswith("molseek_requests_total")]
    routes = {re.search(r'route="([^"]*)"', name)[1] for name in series}  # type: ignore[index]
    assert routes == {"none", "/molecules/{molecule_id:path}", "/molecules/{molecule_id:path}.svg"}
    assert not any("PURGE" in name for name in series)


@pytest.mark.parametrize("path", ["/health/live", "/version", "/molecules/aspirin", "/metrics", "/openapi.json", "/no"])
def test_head_answers_as_get_without_a_body(client: TestClient, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert head.status_code == whole.status_code
    assert head.content == b""
    assert head.headers["content-type"] == whole.headers["content-type"]
    if path != "/metrics":  # whose length changes
        assert head.headers["content-length"] == str(len(whole.content)) or path == "/no"


def test_head_is_no_way_to_search(client: TestClient) -> None:
    head = client.head("/search/text2mol")
    assert (head.status_code, head.headers["allow"]) == (405, "POST")
