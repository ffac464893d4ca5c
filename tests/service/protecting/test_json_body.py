"""Strict JSON: what is read is what `json` reads, and what is refused is refused with a problem."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.problems import Code, Problem
from service.protecting.json_body import check_content_type, parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(VALUES)
def test_reads_all_json(value: object) -> None:
    assert parse_json(json.dumps(value).encode()) == value


@given(st.binary(max_size=200))
def test_any_bytes_are_json_or_a_problem(body: bytes) -> None:
    try:
        parse_json(body)
    except Problem as problem:
        assert problem.status_code in (400, 422)


def test_a_repeated_field_is_found_among_as_many_as_there_may_be() -> None:
    fields = ",".join(f'"{number}":1' for number in range(255))
    with pytest.raises(Problem) as raised:
        parse_json(f'{{{fields},"254":2}}'.encode())
    assert (raised.value.code, raised.value.field) == (Code.JSON_DUPLICATE_FIELD, "254")


@pytest.mark.parametrize(
    "body",
    [
        "{" + ",".join(f'"{number}":1' for number in range(150_000)) + "}",
        "[" + ",".join('{"a":1}' for _ in range(100_000)) + "]",
        '{"query": "x", "filter": {' + ",".join(f'"k{number}" : 1' for number in range(300)) + "}}",
    ],
)
def test_too_many_fields_are_counted_before_they_are_read(body: str) -> None:
    with pytest.raises(Problem) as raised:
        parse_json(body.encode())
    assert raised.value.code == Code.JSON_TOO_MANY_FIELDS


def test_colons_in_texts_are_no_fields() -> None:
    text = 'say "a": b, \\ ' * 600
    assert parse_json(json.dumps({"queries": [text, text]}).encode()) == {"queries": [text, text]}


def test_place_of_the_fault_is_told() -> None:
    with pytest.raises(Problem) as raised:
        parse_json(b'{"query": "x",\n "k": }')
    assert "line 2, column 7" in raised.value.detail


@given(st.text(max_size=60), st.none() | st.text(max_size=20))
def test_any_header_is_accepted_or_a_problem(content_type: str, encoding: str | None) -> None:
    try:
        check_content_type(content_type, encoding)
    except Problem as problem:
        assert problem.status_code == 415


@pytest.mark.parametrize("end", ["", '"', "\\\\"])
def test_a_text_without_end_is_read_once(end: str) -> None:
    """Half a million escaped quotes took hours where each was tried as the beginning of a text."""
    body = ":" * 300 + '"' + '\\"' * 500_000 + end
    with pytest.raises(Problem) as raised:
        parse_json(body.encode())
    assert raised.value.code == Code.JSON_MALFORMED
