"""What a request claims of molecules that a search for words cannot tell is said, and nothing else is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.search.lexicon import Match
from service.answering.claims import _WHY, unread_claims
from service.answering.wording import read_words
from training.pairs.tables import Source, read_table

TAGS = {"opioid antagonist": "opioid antagonist", "drug": "drug"}


def _named(name: str) -> list[Match]:
    return [Match(0, "name", name)] if name.lower() in ("aspirin", "water") else []


def _remarks(text: str) -> list[str]:
    return unread_claims(text, TAGS, _named)


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        ("a drug that causes high fever", "causes high fever", "causes something"),
        ("side effects of aspirin", "side effects of aspirin", "causes something"),
        ("what triggers migraine?", "triggers migraine", "causes something"),
        ("drug that makes you fat", "makes you fat", "causes something"),
        ("drug that becomes morphine", "becomes morphine", "becomes of what"),
        ("is ibuprofen safe in pregnancy?", "safe in pregnancy", "safe"),
        ("painkiller during pregnancy", "during pregnancy", "safe"),
        ("a sweetener safe for people with phenylketonuria", "safe for people with phenylketonuria", "safe"),
        ("drug interacting with grapefruit", "interacting with grapefruit", "safe"),
        ("toxic to cats", "toxic to cats", "safe"),
        ("the most potent steroid", "most potent", "compared"),
        ("opioid stronger than fentanyl", "stronger than fentanyl", "compared"),
        ("anaesthetic longer acting than lidocaine", "longer acting than lidocaine", "compared"),
        ("the cheapest solvent", "cheapest", "compared"),
        ("a better painkiller", "better", "compared"),
        ("an alternative to aspirin", "alternative to aspirin", "compared"),
        ("IC50 below 10 nM against EGFR", "IC50 below 10 nM against EGFR", "measured values"),
        ("acid with pKa 4.76", "pKa 4.76", "measured values"),
        ("paracetamol 500 mg", "500 mg", "measured values"),
        ("solubility of aspirin in water", "solubility of aspirin in water", "measured values"),
        ("half life of caffeine", "half life of caffeine", "measured values"),
        ("resistant to beta-lactamase", "resistant to beta-lactamase", "resists"),
        ("melts below 80 °C", "melts below 80 °C", "measured values"),
        ("thyroid too fast", "too fast", "too little"),
        ("at least three hydroxy groups", "at least three hydroxy groups", "no condition"),
    ],
)
def test_what_words_cannot_tell_is_said(text: str, said: str, why: str) -> None:
    [remark] = _remarks(text)
    assert remark.startswith(f"“{said}” was not understood: ") and why in remark


@pytest.mark.parametrize(
    "text",
    [
        "how does aspirin work",
        "why is the sky blue",
        "is aspirin an acid",
        "is it flammable?",
        "can dogs eat xylitol",
        "what does aspirin do",
        "what is the molecular weight of aspirin?",
        "what's the chemical formula of water",
    ],
)
def test_a_question_about_molecules_has_no_answer(text: str) -> None:
    assert _remarks(text) == ["This is a question about molecules; the hits are what it is about, and no answer to it."]


@pytest.mark.parametrize(
    "text",
    [
        "what causes cancer?",  # a term of the thesaurus
        "causes allergy",
        "strongest acid",
        "vitamin for pregnancy",
        "what causes the smell of rain?",  # what it smells of is in its description
        "responsible for the red colour of blood",
        "compound that gives chillies their heat",
        "an analgesic drug for children",
        "other than aspirin",
        "as well as caffeine",
        "forest", "harvest", "interest", "oven cleaner", "drug to lower blood pressure",
        "first-generation antihistamine",
        "are there any statins?",
        "do you have a blue dye?",
        "can be smoked",
        "give me a steroid",
        "is sweet",
        "what is water",
        "what is the solvent of life",
        "does not contain sugar",
        "toxic", "poison",
        "disease caused by mosquitoes",
        "antibiotic against resistant bacteria",
    ],
)  # fmt: skip
def test_what_can_be_searched_is_no_claim(text: str) -> None:
    assert _remarks(text) == []


def test_few_remarks_are_made_and_long_texts_are_not_read_to_the_end() -> None:
    assert len(_remarks("causes it, best, safe, 5 mg, than, " * 20)) == 4
    assert _remarks("a drug that causes fever")
    assert _remarks(f"{'a drug ' * 100} that causes fever") == []


_WORDS = sorted(
    {word for _, pattern, _ in _WHY for word in re.findall("[a-z]{2,}", pattern.pattern)}
    | {
        "a",
        "3",
        "50",
        "5 mg",
        "10 nM",
        "<",
        ">=",
        "\u2264",
        "IC50",
        "Ki",
        "pKa",
        "MIC",
        "up to",
        "or",
        "er",
        "est",
        "s",
        "ing",
    }
)


@given(st.lists(st.sampled_from(_WORDS), max_size=7), st.sampled_from([" ", "", "-"]))
def test_a_pattern_is_tried_wherever_it_finds_something(said: list[str], between: str) -> None:
    text = between.join(said)
    for letters, pattern, _ in _WHY:
        assert pattern.search(text) is None or any(one in text.lower() for one in letters)


@pytest.mark.realdata
def test_captions_make_no_claims(real_data: Path) -> None:
    captions = [found.fields["description"] for found in read_table(Source(real_data / "chebi20_validation.tsv")).rows]
    readings = [read_words(caption, lambda _: False, TAGS, lambda _: []) for caption in captions]
    assert len(readings) == 3301
    assert not [remark for reading in readings for remark in reading.remarks if "not understood" in remark]
