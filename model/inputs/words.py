"""The words of a text as word search counts them."""

import re
from functools import lru_cache

from model.inputs.normal_text import american_spelling, normal_text

_WORD = re.compile(r"[a-z0-9]+")
_ABBREVIATIONS = re.compile(r"\b([A-Z]{2,}[0-9]?)s\b")  # "SSRIs", whose small s alone tells that they are several
FUNCTION_WORDS = frozenset(
    {"a", "an", "the", "of", "and", "or", "is", "are", "was", "in", "on", "at", "as", "by", "to", "with", "from", "for"}
    | {"it", "its", "that", "this", "which", "has", "have", "been", "be", "not", "no", "any", "some", "all", "what"}
    | {"molecule", "compound", "chemical", "substance", "something"}
)
"""Words that say nothing of a molecule."""


def words(text: str) -> list[str]:
    """The words of a text as they are counted, in order: lower case, American, without the plural's s."""
    return list(_words(text))


@lru_cache(maxsize=32)  # whoever reads a query asks for its words several times
def _words(text: str) -> tuple[str, ...]:
    text = _ABBREVIATIONS.sub(r"\1", normal_text(text))
    return tuple(_singular(word) for word in _WORD.findall(american_spelling(text.lower())))


def telling_words(text: str) -> list[str]:
    """The distinct words of a query, without those that say nothing of a molecule."""
    return list(dict.fromkeys(word for word in words(text) if word not in FUNCTION_WORDS))


def within_one_error(a: str, b: str) -> bool:
    """Whether one letter more, less, other, or two neighbours exchanged make `b` of `a`."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    left, right = a[start : len(a) - end], b[start : len(b) - end]
    return max(len(left), len(right)) <= 1 or (len(left) == 2 and left == right[::-1])


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
