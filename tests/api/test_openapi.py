"""The description of the API that clients are generated from."""

from __future__ import annotations

import json
from pathlib import Path

from fastapi.testclient import TestClient

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.json"

OPERATIONS = {
    ("post", "/search/text2mol"): "search_text2mol",
    ("post", "/search/mol2text"): "search_mol2text",
    ("post", "/search/mol2mol"): "search_mol2mol",
    ("get", "/suggest"): "suggest",
    ("post", "/embed/text"): "embed_text",
    ("post", "/embed/molecule"): "embed_molecule",
    ("post", "/bulk/text2mol"): "bulk_text2mol",
    ("post", "/bulk/mol2text"): "bulk_mol2text",
    ("post", "/bulk/mol2mol"): "bulk_mol2mol",
    ("get", "/molecules/{molecule_id}.svg"): "get_molecule_svg",
    ("get", "/molecules/{molecule_id}"): "get_molecule",
    ("get", "/metrics"): "get_metrics",
    ("get", "/structures/drawing.svg"): "get_structure_svg",
    ("post", "/structures/read"): "read_structure",
    ("get", "/corpus/statistics"): "get_corpus_statistics",
    ("get", "/corpus/map"): "get_corpus_map",
    ("get", "/corpus/map/places"): "get_corpus_places",
    ("get", "/corpus/map/{number}"): "get_corpus_point",
    ("get", "/health/live"): "health_live",
    ("get", "/health/ready"): "health_ready",
    ("get", "/version"): "get_version",
}


def test_operation_ids_are_stable(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    found = {(method, path): each["operationId"] for path, all_ in paths.items() for method, each in all_.items()}
    assert found == OPERATIONS


def test_the_committed_description_is_the_service_s(client: TestClient) -> None:
    """What clients rely on changes knowingly: `python docs/generate.py` writes the file, and its diff is reviewed."""
    assert client.get("/openapi.json").json() == json.loads(COMMITTED.read_text(encoding="utf-8"))


def test_errors_are_described_as_problems(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, response in operation["responses"].items():
                if status >= "400":
                    [(kind, content)] = response["content"].items()
                    assert kind == "application/problem+json"
                    assert content["schema"]["$ref"] == "#/components/schemas/ProblemDetail"
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert "k_out_of_range" in document["components"]["schemas"]["Code"]["enum"]


def test_answers_fit_their_description(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    answer = client.post("/search/text2mol", json={"query": "an acid", "k": 1}).json()
    assert set(answer) == set(schemas["SearchResponse"]["properties"])
    assert set(answer["results"][0][0]) == set(schemas["Hit"]["properties"])
    assert set(answer["morgan_reference"][0]) == set(schemas["MorganReference"]["properties"])
    problem = client.post("/search/text2mol", json={"query": "an acid", "k": 0}).json()
    assert set(problem) <= set(schemas["ProblemDetail"]["properties"])


def test_every_format_of_an_answer_is_described(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    for route in ("text2mol", "mol2text", "mol2mol"):
        described = paths[f"/search/{route}"]["post"]["responses"]["200"]["content"]
        for name in ("json", "csv", "parquet", "sdf"):
            answer = client.post(f"/search/{route}?format={name}", json={"query": "CCO", "k": 1})
            assert answer.status_code == 200
            assert answer.headers["content-type"].partition(";")[0] in described


def test_there_are_docs_for_people(client: TestClient) -> None:
    assert client.get("/docs").status_code == 200
