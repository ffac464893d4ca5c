"""What texts name."""

from __future__ import annotations

import pytest

from training.naming.mentions import mentioned_names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The molecule is ethanol.", ["ethanol"]),
        ("The molecule is 3-hydroxy-2.5-thing(1-).", ["3-hydroxy-2.5-thing(1-)"]),
        ("The molecule is a thing. It is a conjugate base of a mad acid.", ["mad acid"]),
        ("it is a thing. It is a conjugate acid of a dot and a dash.", ["dot", "dash"]),
        ("The molecule is the thing. It derives from a hydride of a hexane.", ["hexane"]),
        ("It derives from a 1,2-x, an urea and a pin.", ["1,2-x", "urea", "pin"]),
        ("The molecule is an enantiomer of a (R)-x.", ["(R)-x"]),
        ("It is a dye, a member of inks and a mix-1,2.3-x.", ["dye", "inks", "mix-1,2.3-x"]),
        ("The molecule is a thing. It has a role as a dye.", []),
        ("", []),
    ],
)
def test_names_are_found_in_the_sentences_that_have_some(text: str, names: list[str]) -> None:
    found = mentioned_names(text)
    assert found[: len(names)] == names
    assert not {"a", "thing", "of", "role"} & set(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The molecule is an ester of 2-butanoylfuran.", {"2-butanoylfuran"}),
        ("The molecule results from (9Z)-octadecenoic acid, by loss.", {"(9Z)-octadecenoic", "(9Z)-octadecenoic acid"}),
        ("The molecule has 1,2-x-3; adenine, acid.", {"1,2-x-3"}),
        ("The molecule has a cyclohexane ring.", {"cyclohexane"}),
    ],
)
def test_longer_words_may_be_names(text: str, words: set[str]) -> None:
    found = mentioned_names(text)
    assert words <= set(found)
    assert set(found) - words <= {"molecule", "results"}


def test_a_name_is_one_line_however_the_text_is_broken() -> None:
    assert mentioned_names("The molecule is a dye. It derives\nfrom a mad\t acid.")[0] == "mad acid"


def test_a_name_is_given_once() -> None:
    found = mentioned_names("The molecule is a thing. It is an azobenzene and a dye. It derives from an azobenzene.")
    assert sorted(found) == ["azobenzene", "dye", "molecule"]
