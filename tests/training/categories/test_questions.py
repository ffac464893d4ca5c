"""Questions made of a few captions."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from training.categories.questions import Question, Questions
from training.pairs import Pair
from training.structural.parts import Part

CAPTIONS = {
    "CO": "The molecule is an alcohol. It has a role as a solvent.",
    "CCO": "The molecule is an alcohol. It has a role as a solvent and a drug.",
    "CCCO": "The molecule is an alcohol. It has a role as a drug.",
    "CN": "The molecule is an amine.",  # the only one
    "CS": "The molecule is methanethiol.",  # states nothing
}
PAIRS = [Pair(smiles, text, None, "test") for smiles, text in CAPTIONS.items()]
KEYS = {smiles: smiles for smiles in CAPTIONS}


def drawn(questions: Questions, count: int = 400, seed: int = 0) -> list[Question]:
    rng = random.Random(seed)
    return [questions.sample(rng) for _ in range(count)]


def test_all_that_have_every_category_answer() -> None:
    questions = Questions(PAIRS, KEYS)
    assert questions.molecules == ("CO", "CCO", "CCCO", "CN")
    answers = {question.text: question.answers for question in drawn(questions)}
    assert answers["alcohol"] == answers["an alcohol"] == answers["The molecule is an alcohol."] == (0, 1, 2)
    assert answers["solvent"] == answers["alcohol, solvent"] == (0, 1)
    assert answers["The molecule is an alcohol and has a role as a drug."] == (1, 2)
    assert answers["The molecule has a role as a drug and a solvent."] == (1,)
    assert not any("amine" in text for text in answers)  # one molecule's caption asks for it already


def test_the_rarer_category_is_asked_more_often_than_its_share() -> None:
    pairs = [Pair(f"{'C' * n}O", "The molecule is an alcohol.", None, "") for n in range(1, 30)]
    pairs += [Pair(f"{'C' * n}N", "The molecule is an alcohol. It is an amine.", None, "") for n in range(1, 3)]
    questions = Questions(pairs, {pair.smiles: pair.smiles for pair in pairs})
    counts = Counter(question.text for question in drawn(questions, 4000))
    of_both = counts["amine"] + counts["an amine"] + counts["The molecule is an amine."]
    assert of_both / 4000 > 1.25 * 0.6 * (2 / 31) / 2  # a fair coin would give .6 × 2/31 / 2


def test_questions_depend_on_the_generator_alone() -> None:
    questions = Questions(PAIRS, KEYS)
    assert drawn(questions, 50) == drawn(Questions(PAIRS, KEYS), 50)
    assert drawn(questions, 50) != drawn(questions, 50, seed=1)


def test_captions_of_one_molecule_are_taken_together() -> None:
    pairs = [*PAIRS, Pair("OC", "The molecule is a poison.", None, ""), Pair("CCO", "It is a poison.", None, "")]
    questions = Questions(pairs, KEYS | {"OC": "CO"})
    answers = {question.text: question.answers for question in drawn(questions)}
    assert answers["poison"] == (0, 1)
    assert questions.molecules == ("CO", "CCO", "CCCO", "CN")


def test_molecules_without_a_key_are_left_out() -> None:
    assert Questions(PAIRS, KEYS | {"CO": ""}).molecules == ("CCO", "CCCO", "CN")


PARTS = {
    "CO": [Part(("a methyl group",)), Part(("a hydroxy group", "a hydroxyl"))],
    "CCO": [Part(("a hydroxy group", "a hydroxyl"))],
    "CS": [Part(("a methyl group",)), Part(("a thiol",))],
}


def test_parts_are_asked_alone_together_and_beside_classes() -> None:
    questions = Questions(PAIRS, KEYS, PARTS)
    assert questions.molecules == tuple(CAPTIONS)  # methanethiol, too, whose caption states nothing
    answers = {question.text: question.answers for question in drawn(questions, 20_000)}
    assert answers["hydroxyl"] == answers["a compound with a hydroxy group"] == (0, 1)
    assert answers["The molecule contains a methyl group."] == answers["methyl group"] == (0, 4)
    assert answers["hydroxy group with a methyl group"] == answers["hydroxy group, methyl group"] == (0,)
    assert answers["an alcohol with a hydroxyl"] == answers["alcohol, hydroxyl"] == (0, 1)
    assert answers["a solvent with a methyl group"] == (0,)
    assert answers["The molecule is an alcohol and carries a methyl group."] == (0,)
    assert not any("thiol" in text for text in answers)  # the only one


def test_more_is_asked_about_structure_than_about_classes() -> None:
    texts = [question.text for question in drawn(Questions(PAIRS, KEYS, PARTS), 4000)]
    about_structure = [text for text in texts if "group" in text or "hydroxyl" in text]
    assert 0.5 < len(about_structure) / len(texts) < 0.7


def test_structures_alone_can_be_asked_of() -> None:
    pairs = [Pair(smiles, "The molecule is nameless.", None, "") for smiles in ("CO", "CCO")]
    assert {question.answers for question in drawn(Questions(pairs, KEYS, PARTS))} == {(0, 1)}


def test_nothing_to_ask_is_an_error() -> None:
    with pytest.raises(ValueError, match="two molecules"):
        Questions(PAIRS[3:], KEYS)
