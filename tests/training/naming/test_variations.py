"""Variations of names."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.naming.variations import vary


def variations(name: str) -> set[str]:
    return {vary(name, random.Random(seed)) for seed in range(300)} - {name}


@pytest.mark.parametrize(
    ("name", "among_them"),
    [
        (
            "2-hydroxyhexadecanoic acid",
            {"3-hydroxyhexadecanoic acid", "2-hydroxyhexadecanoate", "2-hydroxyoctadecanoic acid"},
        ),
        ("(9Z)-octadec-9-enoic acid", {"(9E)-octadec-9-enoic acid", "(9Z)-octadec-9-enoate"}),
        ("L-alanyl-glycine", {"D-alanyl-glycine", "L-seryl-glycine", "L-alanyl-valine"}),
        ("beta-D-Galp-(1->4)-D-Glcp", {"alpha-D-Galp-(1->4)-D-Glcp", "beta-D-Manp-(1->4)-D-Glcp"}),
        ("beta-D-Galp-(1→4)-D-Glcp", {"beta-D-Galp-(1→3)-D-Glcp", "beta-D-Galp-(2→4)-D-Glcp"}),
        ("citrate(3-)", {"citrate(2-)"}),
        ("(2S)-2-aminobutan-1-ol", {"(2R)-2-aminobutan-1-ol", "(2S)-2-aminobutan-1-amine"}),
        ("4-chlorobenzoyl", {"4-bromobenzoyl", "3-chlorobenzoyl"}),
    ],
)
def test_parts_are_exchanged_for_others_of_their_kind(name: str, among_them: set[str]) -> None:
    assert among_them <= variations(name)


@pytest.mark.parametrize("name", ["", "water", "[3.2.1]", "(13C)", "xyz(2+)"])
def test_what_has_no_part_to_exchange_stays(name: str) -> None:
    assert not variations(name)


def test_sizes_of_rings_are_not_places() -> None:
    assert all("bicyclo[3.2.1]" in name for name in variations("bicyclo[3.2.1]octane-2-carboxylate"))


@given(st.text(alphabet="()[]->,'0123456789RSEZDLabcdehnoptxy ", max_size=60), st.integers(0, 5))
def test_any_text_can_be_varied_and_the_seed_decides(name: str, seed: int) -> None:
    once = vary(name, random.Random(seed))
    assert once == vary(name, random.Random(seed))
    assert len(once.splitlines()) <= 1
