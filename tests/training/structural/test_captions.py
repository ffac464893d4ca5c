"""Captions by rule say what is true, in many ways."""

from __future__ import annotations

import random
import re

from hypothesis import given
from hypothesis import strategies as st

from model import parse_structure
from training.structural.captions import structural_caption
from training.structural.parts import found_in

ASPIRIN = parse_structure("CC(=O)Oc1ccccc1C(=O)O").mol


@given(st.integers(0, 10**6))
def test_all_that_is_said_is_true(seed: int) -> None:
    caption = structural_caption(ASPIRIN, random.Random(seed))
    assert caption is not None
    true = {phrase for found in found_in(ASPIRIN) for phrase in found.all}
    numbers = r"(Its|The molecular)? ?[Ff]ormula (is )?C9H8O4\.|(Its m|M)olecular weight (is )?180(\.2)?\."
    parts = re.sub(numbers, "", caption).strip(" .")
    said = re.split(r", | and ", re.sub(r"^(The molecule|It|A compound|A molecule)( that)? \w+ ", "", parts))
    assert len(said) >= 4
    assert set(said) <= true


def test_the_formula_is_told_in_about_half() -> None:
    captions = [structural_caption(ASPIRIN, random.Random(seed)) or "" for seed in range(400)]
    assert 150 < sum("C9H8O4" in caption for caption in captions) < 250
    assert len(set(captions)) > 390


def test_little_can_be_said_of_a_small_molecule() -> None:
    assert structural_caption(parse_structure("C").mol, random.Random(0)) is None
