"""Molecules like a structure, completions, vectors, and many queries line by line."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from fastapi.testclient import TestClient
from rdkit import Chem
from starlette.types import Message

from tests.api.corpus import CORPUS
from tests.api.test_search import rdkit_tanimoto


def like(client: TestClient, query: str, **more: object) -> list[dict[str, Any]]:
    answer = client.post("/search/mol2mol", json={"query": query, "k": 20, **more})
    assert answer.status_code == 200, answer.text
    hits: list[dict[str, Any]] = answer.json()["results"][0]
    return hits


@pytest.mark.parametrize("rank_by", ["embedding", "morgan"])
def test_molecules_like_a_structure(client: TestClient, rank_by: str) -> None:
    hits = like(client, "OC(=O)c1ccccc1OC(C)=O", rank_by=rank_by)
    assert {hit["id"] for hit in hits} == {molecule.id for molecule in CORPUS}
    assert (hits[0]["id"], hits[0]["found_by"][0]["kind"]) == ("aspirin", "structure")
    ranked = "score" if rank_by == "embedding" else "morgan_similarity"
    assert all(a[ranked] >= b[ranked] for a, b in pairwise(hits))
    for hit in hits:
        assert hit["morgan_similarity"] == pytest.approx(rdkit_tanimoto("CC(=O)Oc1ccccc1C(=O)O", hit["smiles"]))
        assert hit["confidence"] is None
    scores = {hit["id"]: hit["score"] for hit in like(client, "aspirin", mode="auto")}
    assert {hit["id"]: hit["score"] for hit in hits} == pytest.approx(scores, abs=1e-6)


@pytest.mark.parametrize("rank_by", ["embedding", "morgan"])
def test_filters_hold_for_molecules_like_a_structure(client: TestClient, rank_by: str) -> None:
    filter = {"lacks_substructure": ["c"], "molecular_weight": {"max": 95}}
    hits = like(client, "CC(O)C(=O)O", rank_by=rank_by, filter=filter)
    assert {hit["id"] for hit in hits} == {"rac/lactic", "alanine", "ethanol", "salt"}
    assert hits[0]["id"] == "rac/lactic"
    assert like(client, "CC(O)C(=O)O", rank_by=rank_by, filter=filter, k=2) == hits[:2]


@pytest.mark.parametrize("by", ["format", "accept"])
def test_answers_as_tables(client: TestClient, by: str) -> None:
    body = {"queries": ["aspirin", 'a, "quoted" salt'], "k": 2}
    wanted = client.post("/search/text2mol", json=body).json()
    hits = [hit for hits in wanted["results"] for hit in hits]

    def get(format: str, media_type: str) -> bytes:
        how: dict[str, Any] = {"params": {"format": format}} if by == "format" else {"headers": {"Accept": media_type}}
        answer = client.post("/search/text2mol", json=body, **how)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith(media_type)
        return answer.content

    rows = list(csv.DictReader(io.StringIO(get("csv", "text/csv").decode(), newline="")))
    table = pyarrow.parquet.read_table(io.BytesIO(get("parquet", "application/vnd.apache.parquet"))).to_pylist()
    for one in (rows, table):
        assert [row["id"] for row in one] == [hit["id"] for hit in hits]
        assert [row["query"] for row in one] == [text for text in wanted["understood_as"] for _ in range(2)]
        assert [float(str(row["score"])) for row in one] == pytest.approx([hit["score"] for hit in hits])
        assert str(one[0]["found_by"]).startswith("name: aspirin")
    unknown = client.post("/search/mol2mol", params={"format": "docx"}, json={"query": "CCO"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "format_unknown")


@pytest.mark.parametrize("format", ["csv", "parquet", "sdf"])
def test_a_file_tells_its_release(client: TestClient, format: str) -> None:
    body = {"query": "an acid", "k": 2}
    release = client.post("/search/text2mol", json=body).json()["release"]
    answer = client.post(f"/search/text2mol?format={format}", json=body)
    assert answer.headers["Molseek-Release"] == release


@pytest.mark.parametrize("text", ["=1+2 an acid", "+an acid", "-an acid", "@an acid", "\uff1dan acid"])
def test_csv_has_no_formula(client: TestClient, text: str) -> None:
    body = {"query": text, "k": 7, "mode": "vector"}
    [hits] = client.post("/search/text2mol", json=body).json()["results"]
    answer = client.post("/search/text2mol?format=csv", json=body)
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert {row["query"] for row in rows} == {f"'{text}"}
    for name in ("id", "name", "smiles", "description"):
        assert [row[name] for row in rows] == [hit[name] for hit in hits]


@pytest.mark.parametrize("how", [{"params": {"format": "sdf"}}, {"headers": {"Accept": "chemical/x-mdl-sdfile"}}])
@pytest.mark.parametrize(("route", "query"), [("text2mol", "aspirin"), ("mol2text", "CCO"), ("mol2mol", "CCO")])
def test_answers_as_sd_files(client: TestClient, route: str, query: str, how: dict[str, Any]) -> None:
    body = {"query": query, "k": 20}
    [hits] = client.post(f"/search/{route}", json=body).json()["results"]
    answer = client.post(f"/search/{route}", json=body, **how)
    assert answer.headers["content-type"] == "chemical/x-mdl-sdfile"
    records = list(Chem.ForwardSDMolSupplier(io.BytesIO(answer.content)))
    drawn = [hit for hit in hits if hit["smiles"]]
    assert int(answer.headers.get("Molseek-Skipped", 0)) == len(hits) - len(drawn) == (route == "mol2text")
    for record, hit in zip(records, drawn, strict=True):
        assert Chem.MolToSmiles(record) == Chem.CanonSmiles(hit["smiles"])
        if record.GetNumAtoms() > 2:
            assert np.ptp(record.GetConformer().GetPositions(), axis=0)[:2].min() > 0.1
        tags = record.GetPropsAsDict()
        assert record.GetProp("_Name") == (hit["name"] or hit["id"])
        assert [tags["id"], tags["rank"], tags.get("tags", "")] == [hit["id"], hit["rank"], "; ".join(hit["tags"])]
        for number in ("score", "confidence", "morgan_similarity"):
            assert tags.get(number) == hit[number]
        assert record.GetProp("found_by").split(":")[0] == hit["found_by"][0]["kind"]
        assert tags.get("cid") == (int(hit["cid"]) if hit["cid"] else None)


def test_names_are_completed(client: TestClient) -> None:
    answer = client.get("/suggest", params={"q": "CAFF"}).json()
    assert answer["suggestions"][:1] == [{"value": "caffeine", "kind": "name", "id": "caffeine"}]
    assert client.get("/suggest", params={"q": "zzz"}).json()["suggestions"] == []


@pytest.mark.parametrize(
    ("path", "params", "field", "detail"),
    [
        ("/suggest", {}, "q", "q is missing; it must be text of at most 250 characters."),
        ("/suggest", {"q": "a" * 1000}, "q", "q must be text of at most 250 characters."),
        ("/suggest", {"q": "a", "limit": "0"}, "limit", "limit must be a whole number from 1 to 50."),
        ("/suggest", {"q": "a", "limit": "51"}, "limit", "limit must be a whole number from 1 to 50."),
        ("/suggest", {"q": "a", "limit": "ten"}, "limit", "limit must be a whole number from 1 to 50."),
        ("/structures/drawing.svg", {}, "structure", "structure is missing; it must be text, and not empty."),
        ("/structures/drawing.svg", {"structure": ""}, "structure", "structure must be text, and not empty."),
        (
            "/structures/drawing.svg",
            {"structure": "CCO", "marked": ["O"] * 9},
            "marked",
            "marked must be given at most 8 times.",
        ),
    ],
)
def test_a_bad_parameter_is_told_its_bounds(
    client: TestClient, path: str, params: dict[str, str | list[str]], field: str, detail: str
) -> None:
    answer = client.get(path, params=params)
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["code"], problem["field"], problem["detail"]) == ("invalid_request", field, detail)


def test_vectors_are_those_of_searches(client: TestClient) -> None:
    texts = client.post("/embed/text", json={"queries": ["an  acid", "a salt"]}).json()
    molecules = client.post("/embed/molecule", json={"queries": [molecule.smiles for molecule in CORPUS]}).json()
    assert texts["understood_as"] == ["an acid", "a salt"] and texts["model"] == "tiny"
    vectors = np.array(texts["vectors"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1], abs=1e-5)
    cosines = vectors @ np.array(molecules["vectors"]).T
    for row, query in enumerate(("an acid", "a salt")):
        [hits] = client.post("/search/text2mol", json={"query": query, "k": 20, "mode": "vector"}).json()["results"]
        wanted = {hit["id"]: hit["score"] for hit in hits}
        found = {molecule.id: cosines[row, column] for column, molecule in enumerate(CORPUS)}
        assert found == pytest.approx(wanted, abs=1e-5)
    assert client.post("/embed/text", json={}).json()["code"] == "query_missing"
    assert client.post("/embed/molecule", json={"query": "C1CC"}).json()["code"] == "query_unparsable"


@pytest.mark.parametrize(("route", "field"), [("text2mol", "k"), ("mol2text", "query"), ("mol2mol", "rank_by")])
def test_bulk_takes_no_field_from_the_address(client: TestClient, route: str, field: str) -> None:
    answer = client.post(f"/bulk/{route}?{field}=3", content=b'{"query": "CCO"}')
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "unknown_field", field)


def test_bulk_answers_line_by_line_in_order(client: TestClient) -> None:
    queries = [f"query number {number}" for number in range(40)]

    def lines() -> Iterator[bytes]:
        for query in queries:
            yield json.dumps({"query": query, "k": 1}).encode()[:9]
            yield json.dumps({"query": query, "k": 1}).encode()[9:] + b"\r\n"

    answer = client.post("/bulk/text2mol", content=lines())
    assert answer.headers["content-type"] == "application/x-ndjson"
    found = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["understood_as"] for one in found] == [[query] for query in queries]
    alone = client.post("/search/text2mol", json={"query": queries[7], "k": 1}).json()
    assert found[7]["results"][0][0]["id"] == alone["results"][0][0]["id"]


@pytest.mark.parametrize(("route", "query"), [("text2mol", "an acid"), ("mol2text", "CCO"), ("mol2mol", "CCO")])
def test_a_bad_line_is_an_error_of_its_own(client: TestClient, route: str, query: str) -> None:
    good = json.dumps({"query": query, "k": 1})
    body = f'{good}\n\n{{"query"\n{good}\n{{"query": "{query}", "k": 0}}\n{{}}\n{good}'
    found = [json.loads(line) for line in client.post(f"/bulk/{route}", content=body).text.splitlines()]
    said = [(one["line"], one["error"]["code"]) if "error" in one else "answered" for one in found]
    answered = "answered"
    assert said == [answered, (3, "json_malformed"), answered, (5, "k_out_of_range"), (6, "query_missing"), answered]


def test_a_body_that_comes_too_slowly_ends_with_an_error(client_with: Callable[..., TestClient]) -> None:
    """A byte now and then would hold a place for hours. At a fair rate, a body may take as long as it does."""
    client = client_with(body_seconds=0.3)
    line = json.dumps({"query": "an acid", "k": 1}).encode() + b"\n"

    def answered(chunk: bytes, chunks: int) -> list[dict[str, Any]]:
        chunk_and_more = iter([(line, True), *[(chunk, True)] * chunks, (line, False)])
        sent: list[bytes] = []

        async def receive() -> Message:
            await asyncio.sleep(0.1)
            body, more = next(chunk_and_more)
            return {"type": "http.request", "body": body, "more_body": more}

        async def send(message: Message) -> None:
            sent.append(message.get("body", b""))

        scope = {"type": "http", "method": "POST", "path": "/bulk/text2mol", "query_string": b"", "headers": []}
        assert client.portal is not None
        client.portal.call(client.app, scope, receive, send)
        return [json.loads(each) for each in b"".join(sent).splitlines()]

    first, last = answered(b"\n", 6)
    assert "results" in first and last["error"]["code"] == "body_timeout"
    first, last = answered(b"\n" * 1024, 6)
    assert "results" in first and "results" in last


def test_a_line_that_never_ends_is_an_error(client: TestClient) -> None:
    answer = client.post("/bulk/text2mol", content=b'{"query": "an acid"}\n \r\n\n' + b"x" * (3 << 20))
    first, last = (json.loads(line) for line in answer.text.splitlines())
    assert "results" in first and (last["line"], last["error"]["code"]) == (4, "body_too_large")
