"""The classes and roles that a ChEBI-style text states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from model.published.captions import listed_phrases

_ROLES = re.compile(r"(?:The molecule|It) has a role as (?P<list>an? .+?)\.(?= [A-Z]|$)")
_CLASSES = re.compile(r"It is (?P<list>an? .+?)\.(?= [A-Z]|$)")
# The first sentence is the definition: a class, and in what its molecule is special.
_HEAD = re.compile(
    r"The molecule is (?P<class>an? .+?)"
    r"(?:,|;|\.(?: [A-Z]|$)| (?:that|which|where|whose|in|with|having|containing|bearing|carrying|comprising|consisting"
    r"|composed|obtained|resulting|derived|arising|formed|isolated|produced|found|used|developed)\b)"
)
_MEMBER = re.compile(r"^a member of (?:the class of )?")
_RELATION = re.compile(r"\b(?:of|from)\b")  # "a conjugate base of a …" tells of another molecule
_ARTICLE = re.compile(r"^an? (?:member of )?")
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Category:
    """phrase: with its article, as a text has it: "a plant metabolite", "a member of phenols", "a nitrile"; also: other
    phrases of the same meaning. What structures have in them no text needs to state.
    """

    kind: Literal["class", "role", "structure"]
    phrase: str
    also: tuple[str, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        return (self.phrase, *self.also)


def stated_categories(text: str) -> list[Category]:
    """The classes and roles that the text states, each once.

    Of "The molecule is a phenol that is benzene with one hydroxy group. It has a role as a disinfectant. It is a
    conjugate acid of a phenolate." the class "a phenol" and the role "a disinfectant".
    """
    text = " ".join(text.split())
    found: dict[Category, None] = {}
    head = _HEAD.match(text)
    if head:
        found.update((Category("class", phrase), None) for phrase in _classes(head["class"]))
    for sentence in _CLASSES.finditer(text):
        found.update((Category("class", phrase), None) for phrase in _classes(sentence["list"]))
    for sentence in _ROLES.finditer(text):
        phrases = listed_phrases(sentence["list"])
        found.update((Category("role", phrase), None) for phrase in phrases if len(phrase) <= _LONGEST)
    return list(found)


def _classes(listed: str) -> Iterator[str]:
    for part in listed_phrases(listed):
        phrase = _MEMBER.sub("a member of ", part)
        if len(phrase) <= _LONGEST and not _RELATION.search(_MEMBER.sub("", part)):
            yield phrase


def bare(phrase: str) -> str:
    """The phrase as people type it: "plant metabolite", "phenols"."""
    return _ARTICLE.sub("", phrase)
