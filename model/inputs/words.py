"""The words of a text as word search counts them."""

import re
from functools import lru_cache

from model.inputs.normal_text import american_spelling, normal_text

_WORD = re.compile(r"[a-z0-9]+")
_ABBREVIATIONS = re.compile(r"\b([A-Z]{2,}[0-9]?)s\b")  # "SSRIs", whose small s alone tells that they are several
# What american_spelling leaves, since the encoder's bag was trained with it: "fertiliser", "sensitising", "analyser".
_BRITISH = re.compile(r"(?<=[a-z]{3}[iy])s(?=(?:ers?|ing|ations?|ed)\b)")
# How plurals in -es end, how many letters they lose, and what they get: the first that fits. Others lose an s alone, as
# "bases", "oxidases" and "causes" do.
_PLURALS: tuple[tuple[tuple[str, ...], int, str], ...] = (
    ((" aches", "headaches", "toothaches", "backaches", "earaches", "niches", "caches", "calories", "cookies"), 1, ""),
    (("species", "series"), 0, ""),
    (("ies",), 3, "y"),
    (("sses", "xes", "shes", "ches"), 2, ""),
    ((" gases", "biogases", "syngases"), 2, ""),
    (("viruses", "fetuses", "sinuses", "cactuses", "crocuses", "citruses", "funguses", "thymuses"), 2, ""),
    (("tomatoes", "potatoes", "mosquitoes", "mangoes", "volcanoes"), 2, ""),
    (("lyses", "theses", "gnoses"), 2, "is"),
)
FUNCTION_WORDS = frozenset(
    {"a", "an", "the", "of", "and", "or", "is", "are", "was", "in", "on", "at", "as", "by", "to", "with", "from", "for"}
    | {"it", "its", "that", "this", "which", "has", "have", "been", "be", "not", "no", "any", "some", "all", "what"}
    | {"molecule", "compound", "chemical", "substance", "something"}
)
"""Words that say nothing of a molecule."""


def words(text: str) -> list[str]:
    """The words of a text as they are counted, in order: lower case, American, in the singular."""
    return list(_words(text))


@lru_cache(maxsize=32)  # whoever reads a query asks for its words several times
def _words(text: str) -> tuple[str, ...]:
    text = _ABBREVIATIONS.sub(r"\1", normal_text(text))
    american = _BRITISH.sub("z", american_spelling(text.lower()))
    return tuple(_singular(word) for word in _WORD.findall(american))


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


@lru_cache(maxsize=4096)
def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("es"):
        for endings, lost, gained in _PLURALS:
            if f" {word}".endswith(endings):
                return word[: len(word) - lost] + gained
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
