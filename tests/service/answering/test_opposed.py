"""What others act on in a request is not what is asked for."""

from __future__ import annotations

import re

import pytest

from indexer.search.lexicon import Match
from service.answering.opposed import read_opposed

MOLECULES = [
    "morphine",
    "cocaine",
    "testosterone",
    "dopamine",
    "warfarin",
    "methanol",
    "cholesterol",
    "vitamin C",
    "H2",
]


def _named(name: str) -> list[Match]:
    return [Match(row, "name", called) for row, called in enumerate(MOLECULES) if called.lower() == name.lower()]


TAGS = {"leukotriene": "leukotriene", "leukotriene antagonist": "leukotriene antagonist"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cocaine antagonist", "cocaine"),
        ("a drug that blocks the effects of cocaine", "cocaine"),
        ("antidote to cocaine overdose", "cocaine"),
        ("cocaine receptor antagonists", "cocaine"),
        ("inhibitor of cocaine's enzyme", "cocaine"),
        ("drug that raises cholesterol", "cholesterol"),
        ("blocks dopamine uptake", "dopamine"),
        ("dopamine synthesis inhibitor", "dopamine"),
        ("prevents cholesterol formation", "cholesterol"),
        ("removes cholesterol", "cholesterol"),
        ("drug for cocaine addicts", "cocaine"),
        ("soluble in methanol", "methanol"),
        ("antagonist of vitamin C in the body", "vitamin C"),
        ("used with warfarin", "warfarin"),
        ("taken together with dopamine against shock", "dopamine"),
        ("added to methanol", "methanol"),
    ],
)
def test_what_acts_on_a_molecule_is_not_understood_and_not_the_molecule(text: str, name: str) -> None:
    found = read_opposed(text, TAGS, _named)
    assert found.names == {name: (MOLECULES.index(name),)}
    assert re.search("does not tell what (?:acts on|goes with) something", found.remarks[0]) and found.terms == {}


@pytest.mark.parametrize(
    ("text", "said", "term"),
    [
        ("testosterone antagonist", "testosterone antagonist", "blocks testosterone"),
        ("blocker of testosterone", "blocker of testosterone", "blocks testosterone"),
        ("dopamine antagonist", "dopamine antagonist", "dopamine antagonist"),
        ("drug that reverses warfarin", "reverses warfarin", "antidote to warfarin"),
        ("antidote for methanol", "antidote for methanol", "methanol poisoning"),
        ("increases dopamine levels", "increases dopamine", "raises dopamine"),
        ("estrogen antagonist", "estrogen antagonist", "blocks estrogen"),  # no molecule is called so
        ("given with levodopa", "given with levodopa", "used with levodopa"),
        ("inhibits thrombin", "inhibits thrombin", "thrombin inhibitor"),
        ("kills slugs", "kills slugs", "slugs killer"),
        ("sweetens coffee", "sweetens coffee", "sweetener"),
    ],
)
def test_what_the_thesaurus_knows_is_said_in_its_words(text: str, said: str, term: str) -> None:
    found = read_opposed(text, TAGS, _named)
    assert (found.remarks, found.terms) == ((), {said: term})


@pytest.mark.parametrize(
    "text", ["benzodiazepine toxicity", "leukotriene antagonist", "muscarinic antagonist", "proton pump inhibitor"]
)
def test_roles_are_no_claims(text: str) -> None:
    assert not read_opposed(text, TAGS, _named).remarks


def test_all_that_something_is_made_from_is_not_asked_for() -> None:
    assert list(read_opposed("made from methanol and morphine", TAGS, _named).names) == ["methanol", "morphine"]


@pytest.mark.parametrize("text", ["absorbing dye", "sweetening agent", "flavours of India", "used with care"])
def test_what_only_looks_like_it_is_none(text: str) -> None:
    found = read_opposed(text, TAGS, _named)
    assert (found.names, found.remarks, found.terms) == ({}, (), {})


def test_an_antagonist_of_a_class_is_not_told_from_the_class() -> None:
    assert read_opposed("statin antagonist", TAGS, _named).remarks
    assert read_opposed("H2 blocker", TAGS, _named).names == {}


@pytest.mark.parametrize(
    "text",
    [
        *("stronger than morphine", "an alternative to morphine", "precursor of morphine", "opposite of morphine"),
        *("formed from morphine", "opioid without morphine", "morphine-free poppy", "made from morphine and heroin"),
    ],
)
def test_what_others_are_told_from_is_not_asked_for(text: str) -> None:
    found = read_opposed(text, TAGS, _named)
    assert (found.names, found.remarks) == ({"morphine": (0,)}, ())


@pytest.mark.parametrize("text", ["morphine", "other than morphine sulfate", ""])
def test_what_nothing_is_done_to_is_asked_for(text: str) -> None:
    found = read_opposed(text, TAGS, _named)
    assert (found.names, found.remarks, found.terms) == ({}, (), {})
