"""What the words of a query ask for, by the words alone."""

from __future__ import annotations

import pytest

from service.answering.asked import Reading
from service.answering.wording import read_words


def _read(text: str) -> Reading:
    return read_words(text, lambda _: False, {}, lambda _: [])


def test_what_is_denied_and_no_condition_is_told() -> None:
    remarks = " ".join(_read("an oil without a smell").remarks)
    assert "“without a smell” could not be read as a condition" in remarks


@pytest.mark.parametrize("denial", ["no, ", "not, ", "not a, "])
def test_a_denial_is_told_once(denial: str) -> None:
    """Each was looked up with all that follows it: 1,250 of them took two seconds."""
    remarks = [remark for remark in _read("an oil " + denial * 20).remarks if denial.strip(" ,;") in remark]
    assert len(remarks) == 1


def test_few_of_many_denials_are_told() -> None:
    many = ", ".join(f"not {chr(letter)}{other}" for letter in range(97, 123) for other in range(40))
    assert len(_read("the of and " * 140 + many).remarks) < 20
