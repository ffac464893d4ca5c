"""A text as a bag of features: words, word pairs and the character n-grams inside words."""

from __future__ import annotations

import re

# Words keep the locants, primes, signs and brackets that carry meaning in chemical names; sentence marks are dropped.
_WORD = re.compile(r"[^\s]+")
_EDGES = '.,;:!?"“”'
_NGRAM_LENGTHS = (3, 4, 5)
_MAX_WORD = 60  # longer words (systematic names) enter with their n-grams up to this length
_MAX_WORDS = 400


def normalise_text(text: str) -> str:
    """Lower case, one space between words, none around."""
    return " ".join(text.lower().split())


def text_features(text: str) -> list[str]:
    """The distinct features of a text, in order of first appearance.

    `w:` words, `b:` word pairs, `c:` character n-grams of 3 to 5 with `<` and `>` at the ends of their word,
    `p:` the parts of a word between hyphens, brackets and locants.
    """
    words = [word.strip(_EDGES) for word in _WORD.findall(normalise_text(text))[:_MAX_WORDS]]
    words = [word for word in words if word]
    features: dict[str, None] = {}
    previous = "^"
    for word in words:
        features[f"w:{word}"] = None
        features[f"b:{previous} {word}"] = None
        previous = word
        for part in re.findall(r"[a-z]{4,}", word):
            features[f"p:{part}"] = None
        marked = f"<{word[:_MAX_WORD]}>"
        for length in _NGRAM_LENGTHS:
            for start in range(len(marked) - length + 1):
                features[f"c:{marked[start : start + length]}"] = None
    return list(features)
