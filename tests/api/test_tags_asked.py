"""What has the tag that is asked for comes first: in mode auto, within filters, page by page, beside other queries."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api.corpus import CORPUS

NATURAL = {molecule.id for molecule in CORPUS if "natural product" in molecule.tags.split(";")}


def ask(client: TestClient, **body: object) -> dict[str, Any]:
    answer = client.post("/search/text2mol", json={"k": 20, **body})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def by_tag(hits: list[dict[str, Any]]) -> set[str]:
    return {hit["id"] for hit in hits if hit["found_by"][0] == {"kind": "tag", "value": "natural product"}}


@pytest.mark.parametrize("query", ["natural product", "Natural Products", "the natural product compounds"])
def test_all_that_have_the_tag_come_before_the_others(client: TestClient, query: str) -> None:
    hits = ask(client, query=query)["results"][0]
    assert {hit["id"] for hit in hits[: len(NATURAL)]} == by_tag(hits) == NATURAL
    assert {hit["id"] for hit in hits} == {molecule.id for molecule in CORPUS}


def test_they_have_their_cosines_and_say_where_else_they_were_found(client: TestClient) -> None:
    hits = ask(client, query="natural product")["results"][0]
    cosines = {hit["id"]: hit["score"] for hit in ask(client, query="natural product", mode="vector")["results"][0]}
    assert {hit["id"]: hit["score"] for hit in hits} == pytest.approx(cosines, abs=1e-6)
    assert all({"kind": "vector"} in hit["found_by"] for hit in hits)


@pytest.mark.parametrize("mode", ["vector", "lexical"])
def test_other_modes_know_no_tags(client: TestClient, mode: str) -> None:
    assert by_tag(ask(client, query="natural product", mode=mode)["results"][0]) == set()


def test_a_filter_holds_for_them_too(client: TestClient) -> None:
    small = {"molecular_weight": {"max": 100}}
    hits = ask(client, query="natural products", filter=small)["results"][0]
    assert by_tag(hits) == {hits[0]["id"], hits[1]["id"]} == {"alanine", "rac/lactic"}
    without_acids = {"lacks_substructure": ["C(=O)[OH]"]}
    assert by_tag(ask(client, query="natural products", filter=without_acids)["results"][0]) == {"caffeine"}
    none = {"tags": {"none": ["natural product"]}}
    assert by_tag(ask(client, query="natural products", filter=none)["results"][0]) == set()


def test_a_denied_tag_stays_a_filter(client: TestClient) -> None:
    answer = ask(client, query="natural product, not a drug")
    assert answer["understood"][0]["filters"] == ["not tagged “drug”"]
    assert by_tag(answer["results"][0]) == NATURAL - {"caffeine"}
    assert all("drug" not in hit["tags"] for hit in answer["results"][0])


def test_beside_other_queries_each_has_its_own_answer(client: TestClient) -> None:
    queries = ["an acid", "natural product", "CCO", "solvent without nitrogen"]
    together = ask(client, queries=queries)["results"]
    assert together == [ask(client, query=query)["results"][0] for query in queries]
    assert by_tag(together[1]) == NATURAL and by_tag(together[0]) == set()
