"""Which tag a text asks for by its name."""

import pytest

from model.inputs.words import words
from service.answering.tagged import tag_asked

TAGS = {" ".join(words(tag)): tag for tag in ("musk", "gout drug", "antifungal", "herbicide", "beta-lactam", "poison")}
TAGS |= {" ".join(words(tag)): tag for tag in ("plasticiser", "mood stabilizer", "greenhouse gas")}


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("musk", "musk"),
        ("Musks", "musk"),
        ("a musk", "musk"),
        ("show me all musks", "musk"),
        ("the musk compounds", "musk"),
        ("antifungal agents", "antifungal"),
        ("gout drug", "gout drug"),
        ("gout medication", "gout drug"),
        ("drugs for gout", "gout drug"),
        ("a medicine against the gout", "gout drug"),
        ("beta lactams", "beta-lactam"),
        ("weedkillers", "herbicide"),
        ("plasticizers", "plasticiser"),
        ("mood stabilisers", "mood stabilizer"),
        ("greenhouse gases", "greenhouse gas"),
        ("which drug treats gout?", "gout drug"),
        ("what drug is used to treat gout", "gout drug"),
        ("treats gout", "gout drug"),
        ("which musks", "musk"),
        ("what gout", None),
        ("used to gout", None),
        ("what smells of musk", None),
        ("musk xylene", None),
        ("drug for poisons", None),  # that is no drug for which they are a tag
        ("gout", None),
        ("", None),
        ("drug", None),
        ("musk " * 1_000, None),
    ],
)
def test_the_whole_text_is_the_tag(text: str, tag: str | None) -> None:
    assert tag_asked(text, TAGS) == tag


def test_a_corpus_without_tags_has_none_to_ask_for() -> None:
    assert tag_asked("musk", {}) is None
