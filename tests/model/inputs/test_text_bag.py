"""Texts as bags of words, word pairs, word parts and character n-grams."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from model.inputs.text_bag import normalise_text, text_features


def test_a_text_has_words_pairs_parts_and_ngrams() -> None:
    features = text_features("A 2-methyl acid.")
    assert {"w:a", "w:2-methyl", "w:acid"} <= set(features)
    assert {"b:^ a", "b:a 2-methyl", "b:2-methyl acid"} <= set(features)
    assert {"p:methyl", "p:acid"} <= set(features)
    assert {"c:<aci", "c:cid>", "c:met"} <= set(features)
    assert "w:acid." not in features


def test_a_locant_goes_with_the_content_words_around_it() -> None:
    features = text_features(
        "the acyl groups at positions 1 and 2 are specified as oleoyl while that at 3 is palmitoyl"
    )
    assert {"k:acyl<1", "k:acyl<2", "k:2>specified", "k:2>oleoyl", "k:oleoyl<3", "k:3>palmitoyl"} <= set(features)
    assert not {"k:and<2", "k:1>and", "k:1>2", "k:1>palmitoyl", "k:positions<1"} & set(features)


def test_a_locant_does_not_reach_far() -> None:
    between = " of the" * 5
    assert not [f for f in text_features(f"acid{between} 3{between} ester") if f.startswith("k:")]


def test_stereodescriptors_are_counted_list_by_list() -> None:
    features = text_features(
        "The (1S,4S,4aR,8aS)-form, its (2E, 3'R)-ester and a (5Z,8Z)-acid (1->4)-linked in group(s)."
    )
    counted = {feature for feature in features if feature.startswith("x:")}
    assert counted == {"x:R1S3", "x:centres4", "x:R1", "x:E1", "x:R1E1", "x:Z2", "x:S1", "x:centres1"}


def test_case_and_spacing_do_not_matter() -> None:
    assert text_features("An  Alpha-Amino\tacid ") == text_features("an alpha-amino acid")
    assert normalise_text("  A\nb ") == "a b"


def test_nothing_has_no_features() -> None:
    assert text_features("") == text_features(" . , ") == []


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_features_are_distinct_and_fit_a_line(text: str) -> None:
    features = text_features(text)
    assert len(set(features)) == len(features)
    assert not any("\n" in feature or "\r" in feature for feature in features)


def test_a_very_long_text_stays_bounded() -> None:
    assert len(text_features("word " * 100_000)) < 100
    assert len(text_features("x" * 100_000)) < 1_000
    assert len(text_features("(2R," * 100_000)) < 5_000
