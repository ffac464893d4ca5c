"""Molecules that a request names as what others act on, or are told from: "antidote to morphine", "stronger than
morphine". They are not what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from model.inputs.thesaurus import thesaurus
from model.inputs.words import FUNCTION_WORDS, words
from service.answering.claims import BECOMES, FindName, is_known, not_understood

_LONGEST = 400  # characters that are looked at
_SHORTEST_NAME = 3  # letters: hydrogen is not what "H2 blockers" block
_LONGEST_NAME = 4  # words
_MOST = 4  # phrases that are read
_WHAT = r"(?:the )?(?:(?:effects?|actions?|toxicity|levels?) of )?(?:the |an? )?(?P<what>[^,;.?!]+)"
# What is said to be done to something, and how the thesaurus says it.
_TERMS: Mapping[str, tuple[str, ...]] = {
    "antidote": ("antidote to {}", "{} poisoning", "{} overdose"),
    "antagonist": ("blocks {}",),
    "blocker": ("blocks {}",),
    "raises": ("raises {}",),
    "lowers": ("lowers {}", "reduces {}"),
}
_AGAINST = re.compile(
    r"\b(?:(?P<antidote>antidotes? (?:to|for|against)|revers(?:es?|ing)|counteract(?:s|ing)?|neutrali[sz](?:es?|ing))"
    r"|(?P<antagonist>antagonists? (?:of|to|for|against))"
    r"|(?P<blocker>(?:blockers?|inhibitors?) (?:of|to|for|against)|block(?:s|ing)?|antagoni[sz](?:es?|ing)"
    r"|oppos(?:es?|ing)|inhibit(?:s|ing)?)"
    r"|(?P<raises>raises?|raising|increas(?:es?|ing)|boost(?:s|ing)?|elevat(?:es?|ing))"
    rf"|(?P<lowers>lowers|lowering|reduces?|decreas(?:es?|ing)|deplet(?:es?|ing))) {_WHAT}",
    re.I,
)
# "Morphine antagonist".
_AGAINST_IT = re.compile(
    r"[ -](?:(?P<antidote>antidote|reversal)|(?P<antagonist>antagonist)|(?P<blocker>blocker|inhibitor))s?\b", re.I
)
_TOLD_FROM = re.compile(
    r"\b(?:than|alternatives? (?:to|for)|(?:substitutes?|replacements?|stand-?ins?) (?:to|for|of)"
    rf"|opposites? of|interact\w* with|precursors? (?:of|to|for)"
    rf"|(?:made|produced|obtained|derived|synthesi[sz]ed) from|{BECOMES}) {_WHAT}",
    re.I,
)
# What may stand after the name of a molecule, and makes no other thing of it.
_OF_IT = re.compile(r"(?:'s)?[ -](?:receptors?|overdoses?|poisoning|intoxication|toxicity)$", re.I)
_POSSESSIVE = re.compile(r"['\u2019\u2032]s\b")
_AFTER_A_NAME = FUNCTION_WORDS | {"during", "after", "before", "when", "while", "if", "but"}
_AFTER_A_NAME |= {"receptor", "overdose", "poisoning", "intoxication", "toxicity", "level", "concentration"}
# Done to a class or a condition, too: what raises fever is no drug against it, and what lowers it is one.
_OF_CLASSES = frozenset({"antidote", "antagonist", "raises"})
_WHY = "a search for words does not tell what acts on something from what is like it."


@dataclass(frozen=True, slots=True)
class Opposed:
    """names: of the molecules that are not asked for, with their rows; remarks: what was not understood; terms: what
    was said, with what the thesaurus calls it.
    """

    names: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    terms: Mapping[str, str] = field(default_factory=dict)

    def in_terms(self, text: str) -> str:
        """A text with what is said in the words of the thesaurus."""
        for said, term in self.terms.items():
            text = text.replace(said, term)
        return text

    def without_names(self, parts: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
        """Parts of a query without the words of what others act on: molecules like testosterone have those of
        "blocks testosterone", and do not.
        """
        terms = {" ".join(words(term)) for term in self.terms.values()}
        return tuple(part[1:] if part[0] in terms else part for part in parts)


@dataclass(frozen=True, slots=True)
class _Against:
    """said: all of it; at: where it begins in the text; named: what others act on; rows: of what is called so."""

    said: str
    at: int
    named: str
    role: str
    rows: tuple[int, ...]

    @property
    def term(self) -> str | None:
        """What the thesaurus calls it: as it is said, or else."""
        if _is_term(self.said):
            return self.said
        ways = (way.format(self.named) for way in _TERMS[self.role])
        return next((term for term in ways if _is_term(term)), None)


def read_opposed(text: str, tags: Mapping[str, str], find_name: FindName) -> Opposed:
    """The molecules that others are said to act on in a request, or to be told from."""
    text = text[:_LONGEST]
    names: dict[str, tuple[int, ...]] = {}
    remarks: dict[str, None] = {}
    terms: dict[str, str] = {}
    for against in _all_against(text, tags, find_name):
        if against.rows:
            names[against.named] = against.rows
        if against.term is not None:
            if against.rows or against.term != against.said:
                terms[against.said] = against.term
        elif not is_known(text, against.at, tags, len(words(against.said))):
            remarks[not_understood(against.said, _WHY)] = None
    for other in list(_TOLD_FROM.finditer(text))[:_MOST]:
        for named in _starts(other["what"]):
            if rows := _rows(named, find_name):
                names[named] = rows
                break
    return Opposed(names, tuple(remarks), terms)


def _all_against(text: str, tags: Mapping[str, str], find_name: FindName) -> Iterator[_Against]:
    """What a text says to act on molecules, or on something for which the thesaurus has a term; as an
    antidote or antagonist, against a class, too.
    """
    for match in [*list(_AGAINST.finditer(text))[:_MOST], *list(_AGAINST_IT.finditer(text))[:_MOST]]:
        after = match.re is _AGAINST
        role = next(role for role, said in match.groupdict().items() if said and role in _TERMS)
        for name in _starts(match["what"]) if after else _ends(text[: match.start()]):
            said = text[match.start() : match.start("what")] + name if after else name + match[0]
            named = _OF_IT.sub("", name)
            at = match.start() if after else match.start() - len(name)
            against = _Against(said, at, named, role, _rows(named, find_name))
            if against.rows or against.term or (role in _OF_CLASSES and _is_class(named, tags)):
                yield against
                break


def _starts(text: str) -> Iterator[str]:
    """What may be a name at the start of a text, the longest first: of "adenosine in the brain" only "adenosine"."""
    said = _POSSESSIVE.split(text, maxsplit=1)[0].split()
    for length in range(min(_LONGEST_NAME, len(said)), 0, -1):
        follows = words(said[length]) if length < len(said) else []
        if not follows or follows[0] in _AFTER_A_NAME:
            yield " ".join(said[:length])


def _ends(text: str) -> Iterator[str]:
    """What may be a name at the end of a text, the longest first."""
    said = text.split()
    for length in range(min(_LONGEST_NAME, len(said)), 0, -1):
        yield " ".join(said[-length:])


def _rows(name: str, find_name: FindName) -> tuple[int, ...]:
    return tuple(sorted({match.row for match in find_name(name)})) if len(name) >= _SHORTEST_NAME else ()


def _is_class(name: str, tags: Mapping[str, str]) -> bool:
    said = words(name)
    return " ".join(said) in tags or (bool(said) and thesaurus().term_length(name) == len(said))


def _is_term(phrase: str) -> bool:
    """Whether a phrase is a term of the thesaurus, and stands for something else."""
    return thesaurus().term_length(phrase) == len(words(phrase)) and bool(thesaurus().widen(phrase).words)
