"""The thesaurus file is well formed: unique terms, words for each, lower case except abbreviations."""

import re
from pathlib import Path

import pytest

import model.inputs
from model.inputs.words import words

LINES = Path(model.inputs.__file__).with_name("thesaurus.tsv").read_text(encoding="utf-8").splitlines()
ENTRIES = [tuple(line.split("\t")) for line in LINES]


def test_every_line_is_a_term_and_its_words() -> None:
    assert len(LINES) >= 500
    assert [line for line in LINES if line.count("\t") != 1] == []


def test_terms_differ_as_they_are_compared() -> None:
    read = [tuple(words(entry[0])) for entry in ENTRIES]  # without case, plural and British spelling
    assert len(set(read)) == len(read)


def test_terms_are_unique_and_sorted_without_case() -> None:
    terms = [entry[0].casefold() for entry in ENTRIES]
    assert terms == sorted(set(terms))


@pytest.mark.parametrize("wrong", [r"\b[A-Z][a-z]{2,}", r"^\s|\s$|\s\s", r"[^\x20-\x7e]", r"^.?$", r".{60}"])
def test_terms_are_lower_case_except_abbreviations_and_tidy(wrong: str) -> None:
    assert [entry[0] for entry in ENTRIES if re.search(wrong, entry[0])] == []


def test_words_are_different_trimmed_and_not_the_term_alone() -> None:
    for term, cell in ENTRIES:
        meant = cell.split("; ")
        assert all(word and word == " ".join(word.split()) for word in meant), term
        assert len(set(meant)) == len(meant) <= 9, term
        assert meant != [term], term


@pytest.mark.parametrize(
    ("term", "word"),
    [
        ("painkiller", "analgesic"),
        ("ACE inhibitor", "EC 3.4.15.1 (peptidyl-dipeptidase A) inhibitor"),
        ("SSRI", "serotonin uptake inhibitor"),
        ("blood thinner", "anticoagulant"),
        ("high blood pressure", "antihypertensive agent"),
        ("water pill", "diuretic"),
        ("statin", "anticholesteremic drug"),
        ("weed killer", "herbicide"),
        ("sugar alcohol", "alditol"),
        ("forever chemical", "perfluorooctanoic acid [name]"),
        ("MS drug", "multiple sclerosis drug"),
        ("metabolite of codeine", "morphine [name]"),
        ("simplest ketone", "acetone [name]"),
    ],
)
def test_well_known_words(term: str, word: str) -> None:
    assert word in dict(ENTRIES)[term].split("; ")  # type: ignore[arg-type]
