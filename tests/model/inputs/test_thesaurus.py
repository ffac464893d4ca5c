"""A query is widened by the words that chemists' texts use."""

import pytest

from model.inputs.thesaurus import Thesaurus, thesaurus


def test_the_longest_term_is_taken_whatever_its_case_number_and_spelling() -> None:
    made = Thesaurus(["blood thinner\tanticoagulant; platelet inhibitor", "blood\thuman metabolite", "tumor\tneoplasm"])
    assert made.widen("a Blood-Thinners for tumours").words == ("anticoagulant", "platelet inhibitor", "neoplasm")
    assert made.widen("blood").words == ("human metabolite",)
    assert made.widen("water").words == ()
    assert Thesaurus([]).widen("blood thinner").words == ()


@pytest.mark.parametrize(
    ("query", "word"),
    [("painkiller", "analgesic"), ("ACE inhibitors", "antihypertensive agent"), ("an SSRI", "antidepressant")],
)
def test_the_bundled_one(query: str, word: str) -> None:
    found = thesaurus().widen(query)
    assert word in found.words
    assert any(word in said for said in found.understood)


def test_a_long_text_is_bounded() -> None:
    assert len(thesaurus().widen("painkiller " * 100_000).words) < 10
