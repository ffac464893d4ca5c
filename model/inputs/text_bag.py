"""A text as a bag of features: words, word pairs, bound locants, n-grams inside words, numbers of stereodescriptors."""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence

from model.inputs.normal_text import american_spelling, normal_text

# Words keep the locants, primes, signs and brackets that carry meaning in chemical names; sentence marks are dropped.
_WORD = re.compile(r"[^\s]+")
_EDGES = '.,;:!?"“”'
_PART, _DIGIT = re.compile(r"[a-z]{4,}"), re.compile(r"\d")
_NGRAM_LENGTHS = (3, 4, 5)
_MAX_WORD = 250  # longer words (systematic names) enter with their n-grams up to this length
_MAX_WORDS = 400
# "positions 1 and 2 are specified as oleoyl": a locant goes with the content words nearest to it, not with "and".
_MAX_LOCANT = 8
_FUNCTION_WORDS = frozenset(
    {"the", "a", "an", "one", "its", "it", "that", "which", "and", "or", "is", "are", "has", "been", "replaced"}
    | {"of", "in", "at", "as", "by", "to", "with", "from", "for", "on", "position", "positions", "group", "groups"}
)
# "(1s,4s,4ar,8as)", "(2e)", "(r)": what stands between the brackets, and each label with its locant, if it has one.
_BRACKETS = re.compile(r"\(([^()]*)\)")
_LABEL = re.compile(r"\d*'*[a-z]?'*([rsez])\*?")
_REACH = 8  # words between a locant and what it may belong to
_PARTNERS = 2  # content words on each side


def normalise_text(text: str) -> str:
    """The normal form in lower case: what is the same to the network."""
    return normal_text(text).lower()


def text_features(text: str, *, american: bool = False) -> list[str]:
    """The distinct features of a text, in order of first appearance; `american` folds British spellings first.

    `w:` words, `b:` word pairs, `c:` character n-grams of 3 to 5 with `<` and `>` at the ends of their word,
    `p:` the parts of a word between hyphens, brackets and locants, `k:` locants that stand alone, with the content
    words before (`hydroxy<3`) and after (`2>oleoyl`) them, `x:` how many of each kind a list of stereodescriptors has
    (`R1S3`).
    """
    normal = normalise_text(text)
    if american:
        normal = american_spelling(normal)
    words = [word.strip(_EDGES) for word in _WORD.findall(normal)[:_MAX_WORDS]]
    words = [word for word in words if word]
    features: dict[str, None] = {}
    previous = "^"
    for word in words:
        features[f"w:{word}"] = None
        features[f"b:{previous} {word}"] = None
        previous = word
        for part in _PART.findall(word):
            features[f"p:{part}"] = None
        marked = f"<{word[:_MAX_WORD]}>"
        for length in _NGRAM_LENGTHS:
            for start in range(len(marked) - length + 1):
                features[f"c:{marked[start : start + length]}"] = None
    features.update((f"k:{bound}", None) for bound in _bound_locants(words))
    features.update((f"x:{numbers}", None) for numbers in _configurations(" ".join(words)))
    return list(features)


def _bound_locants(words: Sequence[str]) -> Iterator[str]:
    locants = [place for place, word in enumerate(words) if len(word) <= _MAX_LOCANT and _DIGIT.search(word)]
    if not locants:
        return
    apart = {*locants, *(place for place, word in enumerate(words) if word in _FUNCTION_WORDS)}
    content = [place for place in range(len(words)) if place not in apart]
    for locant in locants:
        after = bisect(content, locant)
        for place in content[max(0, after - _PARTNERS) : after]:
            if locant - place <= _REACH:
                yield f"{words[place]}<{words[locant]}"
        for place in content[after : after + _PARTNERS]:
            if place - locant <= _REACH:
                yield f"{words[locant]}>{words[place]}"


def _configurations(text: str) -> Iterator[str]:
    """`R1S3`, `E1`, both together, and how many centres: `model.inputs.molecule_bag` counts the same in a molecule."""
    for content in _BRACKETS.findall(text):
        labels = [_LABEL.fullmatch(part) for part in re.split("[, ]+", content)]
        if not all(labels):
            continue
        counts = Counter(label[1].upper() for label in labels if label)
        centres = "".join(f"{label}{counts[label]}" for label in "RS" if counts[label])
        bonds = "".join(f"{label}{counts[label]}" for label in "EZ" if counts[label])
        if centres:
            yield centres
            yield f"centres{counts['R'] + counts['S']}"
        if bonds:
            yield bonds
        if centres and bonds:
            yield centres + bonds
