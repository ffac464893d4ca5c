"""Problem details: stable codes, nothing of the client's that could do harm."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from service.problems import Code, FieldProblem, Problem, printable, problem_response


def test_codes_are_well_formed() -> None:
    for code in Code:
        assert code.value == code.name.lower()
        assert 400 <= code.status < 600
        assert code.heading and not code.heading.endswith(".")


def test_a_problem_as_an_answer() -> None:
    scope = {"type": "http", "path": "/search/ü", "state": {"request_id": "r1"}}
    response = problem_response(scope, Problem(Code.BUSY, "Try again.", headers={"Retry-After": "1"}))
    assert response.status_code == 429
    assert response.headers["retry-after"] == "1"
    assert response.headers["content-type"] == "application/problem+json"
    assert json.loads(bytes(response.body)) == {
        "type": "urn:molseek:problem:busy",
        "title": "Too many requests",
        "status": 429,
        "detail": "Try again.",
        "instance": "/search/%C3%BC",
        "code": "busy",
        "request_id": "r1",
    }
    assert scope["state"]["problem_code"] == "busy"  # type: ignore[index]


def test_one_fault_is_the_problem_and_several_are_listed() -> None:
    one = FieldProblem(field="k", code=Code.K_OUT_OF_RANGE, detail="k is wrong.")
    two = FieldProblem(field="", code=Code.QUERY_MISSING, detail="There is no query.")
    assert (Problem.of_fields([one]).code, Problem.of_fields([one]).field) == (Code.K_OUT_OF_RANGE, "k")
    assert (Problem.of_fields([two, one]).code, len(Problem.of_fields([two, one]).errors or ())) == (
        Code.INVALID_REQUEST, 2
    )  # fmt: skip


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_printable_is_printable_bounded_and_encodable(text: str) -> None:
    shown = printable(text, longest=50)
    assert shown.isprintable() or not shown
    assert len(shown) <= 50 * 10
    shown.encode()
