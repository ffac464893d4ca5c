"""Hits page by page, by the cursor of the answer before."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.api.corpus import Index, copy_index, point_current

ASKED: list[tuple[str, dict[str, object]]] = [
    ("text2mol", {"query": "a purine alkaloid"}),
    ("text2mol", {"query": "aspirin", "mode": "lexical"}),
    ("text2mol", {"queries": ["caffeine", "an acid"], "mode": "vector"}),
    ("text2mol", {"query": "an acid", "filter": {"lacks_substructure": ["c"]}}),
    ("text2mol", {"query": "natural products"}),
    ("text2mol", {"queries": ["natural product", "an acid"], "filter": {"lacks_substructure": ["S"]}}),
    ("mol2text", {"query": "CCO"}),
    ("mol2mol", {"query": "CCO", "rank_by": "morgan"}),
    ("mol2mol", {"query": "CCO", "rank_by": "morgan", "filter": {"molecular_weight": {"max": 150}}}),
]


def ask(client: TestClient, route: str, **body: object) -> dict[str, Any]:
    answer = client.post(f"/search/{route}", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def refusal(client: TestClient, route: str, **body: object) -> str:
    answer = client.post(f"/search/{route}", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "cursor"), answer.text
    return str(answer.json()["code"])


@pytest.mark.parametrize(("route", "asked"), ASKED)
def test_pages_are_one_answer_in_parts(client: TestClient, route: str, asked: dict[str, object]) -> None:
    whole = ask(client, route, **asked, k=20)
    assert whole["next_cursor"] is None
    pages: list[list[dict[str, Any]]] = [[] for _ in whole["results"]]
    page: dict[str, Any] = {"next_cursor": None}
    for k in (3, 1, 2, 2, 2):
        page = ask(client, route, **asked, k=k, cursor=page["next_cursor"])
        assert page["morgan_reference"] == whole["morgan_reference"]
        for hits, more in zip(pages, page["results"], strict=True):
            hits += more
        if page["next_cursor"] is None:
            break
    assert page["next_cursor"] is None
    assert pages == whole["results"]


def test_a_table_has_its_cursor_in_a_header(client: TestClient) -> None:
    cursor: str | None = None
    ids: list[str] = []
    while not ids or cursor:
        answer = client.post("/search/text2mol?format=csv", json={"query": "an acid", "k": 4, "cursor": cursor})
        cursor = answer.headers.get("Molseek-Next-Cursor")
        ids += [row["id"] for row in csv.DictReader(io.StringIO(answer.text))]
    assert ids == [hit["id"] for hit in ask(client, "text2mol", query="an acid", k=20)["results"][0]]


def test_no_more_hits_than_a_request_may_have(client_with: Callable[..., TestClient]) -> None:
    client = client_with(max_hits=5, max_k=3)
    cursor = ask(client, "text2mol", query="an acid", k=3)["next_cursor"]
    last = ask(client, "text2mol", query="an acid", k=3, cursor=cursor)
    assert [hit["rank"] for hit in last["results"][0]] == [4, 5] and last["next_cursor"] is None
    beyond = base64.urlsafe_b64decode(cursor + "==").replace(b"3.", b"5.", 1)
    beyond_all = base64.urlsafe_b64encode(beyond).decode()
    assert refusal(client, "text2mol", query="an acid", k=3, cursor=beyond_all) == "cursor_unreadable"


def test_a_cursor_of_something_else_is_refused(client: TestClient) -> None:
    cursor = ask(client, "mol2mol", query="CCO", k=1)["next_cursor"]
    assert refusal(client, "mol2mol", query="CCN", cursor=cursor) == "cursor_other_query"
    assert refusal(client, "mol2text", query="CCO", cursor=cursor) == "cursor_other_query"
    assert refusal(client, "mol2mol", query="CCO", rank_by="morgan", cursor=cursor) == "cursor_other_query"
    for wrong in ("", "?", "é", "bm8", base64.b64encode(b"-1.a.b").decode(), "9" * 201, 5):
        assert refusal(client, "mol2mol", query="CCO", cursor=wrong) == "cursor_unreadable"


def test_a_cursor_ends_with_its_release(tiny_checkpoint: Path, index: Index, tmp_path: Path) -> None:
    root = copy_index(index.root, tmp_path / "index")
    cursors: list[str] = []
    for release in (index.first, index.second):
        point_current(root, release)
        with TestClient(create_app(Settings(checkpoint=tiny_checkpoint, index=root, workers=1))) as client:
            cursors.append(ask(client, "text2mol", query="an acid", k=1)["next_cursor"])
            ask(client, "text2mol", query="an acid", k=1, cursor=cursors[-1])
            if release == index.second:
                assert refusal(client, "text2mol", query="an acid", cursor=cursors[0]) == "cursor_other_release"
