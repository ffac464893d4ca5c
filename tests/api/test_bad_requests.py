"""Every bad request gets its own clear problem, quickly."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

TEXT = "/search/text2mol"
MOLECULE = "/search/mol2text"
JSON = {"Content-Type": "application/json"}
# A refusal takes milliseconds, and what is not bounded minutes; the clock itself is not asserted on busy machines.
pytestmark = pytest.mark.timeout(60)

LARGE_BLOCK = Chem.MolToMolBlock(Chem.MolFromSmiles("C" * 700))


def problem(client: TestClient, path: str, body: object) -> tuple[str, dict[str, object]]:
    """The code of the problem that `body` (bytes as they are, anything else as JSON) leads to, and all of it."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = client.post(path, content=content, headers=JSON)
    assert answer.headers["content-type"] == "application/problem+json"
    detail = answer.json()
    assert answer.status_code == detail["status"]
    assert answer.headers["x-request-id"] == detail["request_id"]
    assert detail["type"] == f"urn:molseek:problem:{detail['code']}"
    assert detail["instance"] == path
    assert detail["title"] and len(detail["detail"]) > 15
    return detail["code"], detail


@pytest.mark.parametrize("path", [TEXT, MOLECULE])
@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"query": ""}, 422, "query_empty", "query"),
        ({"query": " \t\n "}, 422, "query_empty", "query"),
        ({"query": "\u200b\u00a0\u2060"}, 422, "query_empty", "query"),
        ({"queries": ["CCO", "  "]}, 422, "query_empty", "queries[1]"),
        ({}, 422, "query_missing", None),
        ({"query": None}, 422, "query_missing", None),
        ({"query": "CCO", "queries": ["CCO"]}, 422, "query_and_queries", None),
        ({"query": 5}, 422, "query_not_text", "query"),
        ({"query": ["CCO"]}, 422, "query_not_text", "query"),
        ({"query": {"text": "CCO"}}, 422, "query_not_text", "query"),
        ({"queries": "CCO"}, 422, "queries_not_a_list", "queries"),
        ({"queries": {"0": "CCO"}}, 422, "queries_not_a_list", "queries"),
        ({"queries": ["CCO", 5]}, 422, "query_not_text", "queries[1]"),
        ({"queries": ["CCO", None]}, 422, "query_not_text", "queries[1]"),
        ({"queries": []}, 422, "queries_empty", "queries"),
        ({"queries": ["CCO"] * 65}, 422, "queries_too_many", "queries"),
        ({"query": "C" * 10_000}, 422, "query_too_long", "query"),
        ({"query": "CCO", "k": 0}, 422, "k_out_of_range", "k"),
        ({"query": "CCO", "k": -1}, 422, "k_out_of_range", "k"),
        ({"query": "CCO", "k": 10**9}, 422, "k_out_of_range", "k"),
        ({"query": "CCO", "k": 10**30}, 422, "k_out_of_range", "k"),
        ({"query": "CCO", "k": "ten"}, 422, "k_not_an_integer", "k"),
        ({"query": "CCO", "k": "10"}, 422, "k_not_an_integer", "k"),
        ({"query": "CCO", "k": True}, 422, "k_not_an_integer", "k"),
        ({"query": "CCO", "k": 1.5}, 422, "k_not_an_integer", "k"),
        ({"query": "CCO", "k": 10.0}, 422, "k_not_an_integer", "k"),
        (b'{"query": "CCO", "k": 1e999}', 422, "k_not_an_integer", "k"),
        ({"query": "CCO", "k": None}, 422, "k_not_an_integer", "k"),
        ({"query": "CCO", "k": [10]}, 422, "k_not_an_integer", "k"),
        ({"queries": ["CCO"] * 64, "k": 1000}, 422, "hits_too_many", "k"),
        ({"query": "CCO", "top_k": 5}, 422, "unknown_field", "top_k"),
        ({"query": "CCO\x00"}, 422, "text_control_character", "query"),
        ({"query": "C\x07CO"}, 422, "text_control_character", "query"),
        (b'{"query": "C\\ud800CO"}', 422, "text_not_unicode", "query"),
        (b'{"queries": ["CCO", "\\udfff"]}', 422, "text_not_unicode", "queries[1]"),
        (b'{"query": "CCO", "\\ud800": 1}', 422, "text_not_unicode", None),
        (b"{", 400, "json_malformed", None),
        (b'{"query": "CCO",}', 400, "json_malformed", None),
        (b"query=CCO", 400, "json_malformed", None),
        (b'{"query": "CC\nO"}', 400, "json_malformed", None),
        (b'{"query": "CCO"} {}', 400, "json_malformed", None),
        (b'{"query": "CCO", "k": NaN}', 400, "json_not_finite", None),
        (b'{"query": "CCO", "k": -Infinity}', 400, "json_not_finite", None),
        (b'{"query": "CCO", "k": ' + b"9" * 5000 + b"}", 400, "json_number_too_long", None),
        (b'{"query": "CCO", "query": "CCC"}', 400, "json_duplicate_field", "query"),
        (b'{"query": "caf\xe9"}', 400, "json_not_utf8", None),
        (b"[" * 200_000, 400, "json_too_deep", None),
        (b'{"query": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "json_too_deep", None),
        (b'{"query":' * 100_000, 400, "json_too_deep", None),
        (b'["CCO"]', 422, "json_not_an_object", None),
        (b'"CCO"', 422, "json_not_an_object", None),
        (b"null", 422, "json_not_an_object", None),
        (b"7", 422, "json_not_an_object", None),
        (b"", 400, "body_missing", None),
        (b'{"query": "' + b"C" * 3_000_000 + b'"}', 413, "body_too_large", None),
        (b" " * 3_000_000, 413, "body_too_large", None),
    ],
    ids=lambda value: repr(value)[:40] if not isinstance(value, str) else value,
)
def test_both_routes_refuse(
    client: TestClient, path: str, body: object, status: int, code: str, field: str | None
) -> None:
    found, detail = problem(client, path, body)
    assert (detail["status"], found) == (status, code)
    if field is not None:
        assert detail["field"] == field


@pytest.mark.parametrize(
    ("structure", "code"),
    [
        ("this is no molecule", "unparsable"),
        ("C1CC", "unparsable"),
        ("C(C", "unparsable"),
        ("InChI=1S/nonsense", "unparsable"),
        ("not\na\nmolblock", "unparsable"),
        ("C(C)(C)(C)(C)C", "invalid_chemistry"),
        ("C" * 10_000, "too_long"),
        ("[2H]" * 2_500, "too_long"),
        ("C" * 3_000, "too_many_atoms"),
        (".".join("N" * 1_900), "too_many_atoms"),
        (LARGE_BLOCK, "too_many_atoms"),
        ("\n" + "C" * 200_000 + "V2000\n", "too_long"),
        ("  ", "empty"),
        ("C\x00C", None),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_structures_that_cannot_be_understood(client: TestClient, structure: str, code: str | None) -> None:
    in_query, query_problem = problem(client, MOLECULE, {"query": structure})
    in_reference, reference_problem = problem(client, TEXT, {"query": "an alcohol", "reference": structure})
    assert in_query == (f"query_{code}" if code else "text_control_character")
    assert in_reference == (f"reference_{code}" if code else "text_control_character")
    assert (query_problem["field"], reference_problem["field"]) == ("query", "reference")
    assert query_problem["status"] == reference_problem["status"] == 422


def test_reference_must_be_text(client: TestClient) -> None:
    assert problem(client, TEXT, {"query": "an alcohol", "reference": 5})[0] == "reference_not_text"


def test_mol2text_knows_no_reference(client: TestClient) -> None:
    assert problem(client, MOLECULE, {"query": "CCO", "reference": "CCO"})[0] == "unknown_field"


@pytest.mark.parametrize(
    ("path", "field"),
    [(TEXT, "k"), (TEXT, "filter"), (MOLECULE, "mode"), ("/search/mol2mol", "rank_by"), ("/embed/text", "queries")],
)
def test_fields_do_not_stand_in_the_address(client: TestClient, path: str, field: str) -> None:
    answer = client.post(f"{path}?format=json&{field}=3", json={"query": "CCO"})
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "unknown_field", field)
    assert "field of the JSON body" in answer.json()["detail"]


def test_what_others_add_to_an_address_is_let_be(client: TestClient) -> None:
    assert client.post(f"{TEXT}?trace=1", json={"query": "an alcohol"}).status_code == 200


def test_all_faults_are_told_at_once(client: TestClient) -> None:
    code, detail = problem(client, MOLECULE, {"queries": ["CCO", "C(C", "C(C)(C)(C)(C)C"]})
    assert code == "invalid_request"
    assert [(e["field"], e["code"]) for e in detail["errors"]] == [  # type: ignore[attr-defined]
        ("queries[1]", "query_unparsable"),
        ("queries[2]", "query_invalid_chemistry"),
    ]
    code, detail = problem(client, TEXT, {"query": "an alcohol", "k": "ten", "limit": 3})
    assert code == "invalid_request"
    assert {e["code"] for e in detail["errors"]} == {"k_not_an_integer", "unknown_field"}  # type: ignore[attr-defined]


def test_what_was_sent_is_not_sent_back(client: TestClient) -> None:
    _, detail = problem(client, TEXT, {"query": ["secret project"], "k": "secret k"})
    assert "secret" not in json.dumps(detail)


def test_field_names_are_sent_back_bounded_and_printable(client: TestClient) -> None:
    _, detail = problem(client, TEXT, {"query": "an alcohol", "\x1b[31m" + "x" * 10_000: 1})
    assert len(str(detail["field"])) < 200
    assert "\x1b" not in str(detail["field"])


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "unsupported_media_type"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, "unsupported_media_type"),
        ({"Content-Type": "text/plain"}, "unsupported_media_type"),
        ({"Content-Type": "application/jsonp"}, "unsupported_media_type"),
        ({"Content-Type": "nonsense"}, "unsupported_media_type"),
        ({"Content-Type": "application/json; charset=latin-1"}, "unsupported_encoding"),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, "unsupported_encoding"),
    ],
)
def test_wrong_content_type(client: TestClient, headers: dict[str, str], code: str) -> None:
    answer = client.post(TEXT, content=b'{"query": "an alcohol"}', headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/JSON", "application/ld+json"])
def test_right_content_types(client: TestClient, kind: str) -> None:
    assert client.post(TEXT, content=b'{"query": "an alcohol"}', headers={"Content-Type": kind}).status_code == 200


def test_byte_order_mark_is_forgiven(client: TestClient) -> None:
    answer = client.post(TEXT, content=b'\xef\xbb\xbf{"query": "an alcohol"}', headers=JSON)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing/here", 404, "route_not_found"),
        ("GET", "/web/nothing.js", 404, "route_not_found"),
        ("GET", "/search/text2mol", 405, "method_not_allowed"),
        ("DELETE", "/version", 405, "method_not_allowed"),
        ("POST", "/search/text2mol/", 404, "route_not_found"),
    ],
)
def test_wrong_addresses_and_methods(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("allow" in answer.headers) == (status == 405)


def test_a_fault_of_ours_says_nothing_but_its_id(
    client_with: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = client_with()

    def fail(*_: object) -> None:
        raise RuntimeError("the secret path is /srv/private")

    monkeypatch.setattr("service.answering.searcher.Searcher.encode", fail)
    answer = client.post(TEXT, json={"query": "an alcohol"}, headers={"X-Request-ID": "trace-7"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "internal_error"
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "trace-7"
    assert "secret" not in answer.text
    assert "trace-7" in caplog.text and "the secret path" in caplog.text
    monkeypatch.undo()
    assert client.post(TEXT, json={"query": "an alcohol"}).status_code == 200


_FIELDS = st.sampled_from(["query", "queries", "k", "reference", "other"])
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()))
_VALUES = _SCALARS | st.lists(_SCALARS, max_size=3) | st.dictionaries(_FIELDS, _SCALARS, max_size=2)


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from([TEXT, MOLECULE]), body=st.dictionaries(_FIELDS, _VALUES, max_size=4) | _VALUES)
def test_whatever_is_sent_is_answered_or_refused(client: TestClient, path: str, body: object) -> None:
    answer = client.post(path, content=json.dumps(body).encode(), headers=JSON)
    assert answer.status_code in (200, 400, 422)
    assert answer.json()["release"] if answer.status_code == 200 else answer.json()["code"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"queries": [1] * 300_000}, "query_not_text"),
        ({"query": "CCO", "filter": {"tags": {"any": [1] * 300_000}}}, "filter_invalid_tags"),
        ({f"field{number}": 1 for number in range(60_000)}, "json_too_many_fields"),
    ],
)
def test_a_body_full_of_faults_gets_a_short_answer(client: TestClient, body: object, code: str) -> None:
    answer = client.post(TEXT, json=body)
    assert answer.json()["code"] == code
    assert len(answer.content) < 2_000


def test_at_most_twenty_faults_are_told(client: TestClient) -> None:
    answer = client.post(TEXT, json={"query": "CCO", **{f"field{number}": 1 for number in range(100)}}).json()
    assert answer["code"] == "invalid_request"
    assert "100 faults" in answer["detail"]
    assert len(answer["errors"]) == 20
