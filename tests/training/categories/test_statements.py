"""What texts state."""

from __future__ import annotations

import pytest

from training.categories.statements import bare, stated_categories


def stated(text: str, kind: str) -> list[str]:
    return [category.phrase for category in stated_categories(text) if category.kind == kind]


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("The molecule is a phenol.", ["a phenol"]),
        ("The molecule is a phenol that is benzene with one hydroxy group.", ["a phenol"]),
        ("The molecule is a member of the class of phenols carrying a ring.", ["a member of phenols"]),
        ("The molecule is an azo dye, once used for silk.", ["an azo dye"]),
        ("The molecule is a diol and a glycol. It is an alcohol.", ["a diol", "a glycol", "an alcohol"]),
        ("It is an ether, a member of ureas and a 1,2.3-x.", ["an ether", "a member of ureas", "a 1,2.3-x"]),
        ("The molecule is\na diol. It is  a\tglycol.", ["a diol", "a glycol"]),
        ("The molecule is a diol. It is a diol.", ["a diol"]),
        ("The molecule is ethanol.", []),  # a name
        ("The molecule is the conjugate base of acetic acid.", []),
        ("It is a conjugate base of a citric acid. It derives from a propane.", []),
        ("The molecule is a steroid derived from a cholane.", ["a steroid"]),
        (f"The molecule is a {'very ' * 30}long class.", []),
        ("", []),
    ],
)
def test_classes_stand_in_the_definition_and_in_a_sentence_of_their_own(text: str, classes: list[str]) -> None:
    assert stated(text, "class") == classes


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("The molecule is a diol. It has a role as a solvent.", ["a solvent"]),
        ("The molecule has a role as a dye, an EC 1.2 blocker and a drug.", ["a dye", "an EC 1.2 blocker", "a drug"]),
        ("It has a role as a dye. It has a role as a drug.", ["a dye", "a drug"]),
        ("It plays a role in digestion.", []),
    ],
)
def test_roles_stand_in_their_sentence(text: str, roles: list[str]) -> None:
    assert stated(text, "role") == roles


@pytest.mark.parametrize(
    ("phrase", "typed"),
    [("a plant metabolite", "plant metabolite"), ("an ether", "ether"), ("a member of phenols", "phenols")],
)
def test_people_type_no_articles(phrase: str, typed: str) -> None:
    assert bare(phrase) == typed
