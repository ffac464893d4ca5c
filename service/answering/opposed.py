"""What a request names as what others act on, go with, or are told from: "antidote to morphine", "used with levodopa",
"stronger than morphine", "sweetens coffee". It is not what is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from indexer.search.amounts import LACKING
from model.inputs.thesaurus import thesaurus
from model.inputs.words import FUNCTION_WORDS, words
from service.answering.claims import BECOMES, FindName, is_known, not_understood

_LONGEST = 400  # characters that are looked at
_SHORTEST_NAME = 3  # letters: hydrogen is not what "H2 blockers" block
_LONGEST_NAME = 4  # words
_MOST = 4  # phrases that are read
_WHAT = r"(?:the )?(?:(?:effects?|actions?|toxicity|levels?) of )?(?:the |an? )?(?P<what>[^,;.?!]+)"
# What is said to be done to something, a pattern each, and how the thesaurus says it.
_DONE: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "antidote": (
        r"antidotes? (?:to|for|against)|revers(?:es?|ing)|counteract(?:s|ing)?|neutrali[sz](?:es?|ing)",
        ("antidote to {}", "{} poisoning", "{} overdose"),
    ),
    "antagonist": (r"antagonists? (?:of|to|against)", ("blocks {}",)),
    "blocker": (
        r"(?:blockers?|inhibitors?) (?:of|to|for|against)|block(?:s|ing)?|antagoni[sz](?:es?|ing)|oppos(?:es?|ing)"
        r"|inhibit(?:s|ing)?",
        ("blocks {}", "{} inhibitor"),
    ),
    "activates": ("activates|stimulates", ("{} agonist", "{} activator")),
    "raises": (r"rais(?:es?|ing)|increas(?:es?|ing)|boost(?:s|ing)?|elevat(?:es?|ing)", ("raises {}",)),
    "lowers": (
        r"lower(?:s|ing)|reduc(?:es?|ing)|decreas(?:es?|ing)|deplet(?:es?|ing)",
        ("lowers {}", "reduces {}"),
    ),
    "with": (
        r"(?:(?:used|given|taken|prescribed|sold|combined|mixed|paired|(?:co-?)?administered)"
        r"(?: in combination| together| along)?|together|along|combinations?) with|alongside|added to"
        r"|goes? with|(?:companions?|partners?) (?:of|to|for)",
        ("used with {}",),
    ),
    "kills": ("kill(?:s|ing)", ("{} killer",)),
    "repels": ("repel(?:s|ling)", ("{} repellent",)),
    "prevents": ("prevent(?:s|ing)|stop(?:s|ping)", ("{} inhibitor",)),
    "releases": ("releas(?:es|ing)|liberat(?:es|ing)", ("{} donor",)),
    "mimics": ("mimics|imitates|resembles", ("{} agonist",)),
    "removes": ("remov(?:es|ing)|absorbs|destroys", ("{} remover", "{} removal cream")),
    "dissolves": ("dissolv(?:es|ing)", ("solvent for {}",)),
    "reacts": (r"(?:(?:in)?soluble in|(?:im)?miscible with|react(?:s|ing) with)(?! water)", ()),
    "detects": ("detect(?:s|ing)", ("test for {}",)),
    "cleans": ("clean(?:s|ing)|unblocks", ("{} cleaner",)),
    "softens": ("softens", ("{} softener",)),
    "sweetens": ("sweetens", ("sweetener",)),
    "flavours": ("flavou?rs", ("flavoring",)),
    "thickens": ("thickens", ("thickener",)),
    "preserves": ("preserves", ("{} preservative", "preservative")),
    "bleaches": ("bleaches|whitens", ("{} bleach", "bleaching of {}", "{} whitening", "bleach")),
    "dyes": ("dyes", ("{} dye", "dyestuff")),
    "dependence": (r"dependen(?:t|ce) on|addict(?:s|ed|ion)? (?:of|to)", ("{} dependence", "{} addiction")),
}
_AGAINST = re.compile(
    rf"\b(?:{'|'.join(f'(?P<{role}>{said})' for role, (said, _) in _DONE.items())}) {_WHAT}",
    re.I,
)
# "Morphine antagonist".
_AGAINST_IT = re.compile(
    r"[ -](?:(?P<antidote>antidote|reversal)|(?P<antagonist>antagonist)|(?P<blocker>blocker|inhibitor)"
    r"|(?P<dependence>addict(?:ion)?|dependen(?:ce|cy|t)|withdrawal|abuser?|craving))s?\b",
    re.I,
)
_TOLD_FROM = re.compile(
    r"\b(?:than|alternatives? (?:to|for)|(?:substitutes?|replacements?|stand-?ins?) (?:to|for|of)"
    rf"|opposites? of|interact\w* with|precursors? (?:of|to|for)|{LACKING}"
    r"|(?:made|produced|obtained|derived|formed|built|released|(?:bio)?synthesi[sz]ed) (?:from|out of)"
    rf"|to (?:give|form|yield|make|produce)|{BECOMES}) {_WHAT}|\b(?P<free>[\w-]+)-free\b",
    re.I,
)
_AND = re.compile(r" (?:and|n?or) ")
# What may stand after the name of a molecule, and makes no other thing of it; what happens to a molecule does.
_OF_IT = re.compile(r"(?:'s)?[ -](?:receptors?|overdoses?|poisoning|intoxication|toxicity)$", re.I)
_HAPPENS = (
    r"(?:re-?)?uptake|(?:bio)?synthesis|formation|production|release|secretion|transport|absorption|metabolism|breakdown"
    r"|degradation|oxidation|hydrolysis|excretion"
)
_HAPPENS_TO_IT = re.compile(rf"(?:'s)?[ -](?:{_HAPPENS})$", re.I)
_POSSESSIVE = re.compile(r"['\u2019\u2032]s\b")
_AFTER_A_NAME = FUNCTION_WORDS | {"during", "after", "before", "when", "while", "if", "but", "against"}
_AFTER_A_NAME |= {"receptor", "overdose", "poisoning", "intoxication", "toxicity", "level", "concentration", "unit"}
# Done to a class or a condition, too: what raises fever is no drug against it, and what lowers it is one.
_OF_CLASSES = frozenset({"antidote", "antagonist", "raises", "with", "removes", "dissolves"})
_WHY = "a search for words does not tell what acts on something from what is like it."
_WHY_WITH = "a search for words does not tell what goes with something from what is like it."


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
        names = [set(words(name)) for name in self.names]
        terms = {" ".join(said) for said in map(words, self.terms.values()) if any(name <= set(said) for name in names)}
        return tuple(part[1:] if part[0] in terms else part for part in parts)


@dataclass(frozen=True, slots=True)
class _Against:
    """said: all of it; at: where it begins in the text; named: what others act on; rows: of the molecule in it."""

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
        ways = (way.format(_OF_IT.sub("", self.named)) for way in _DONE[self.role][1])
        return next((term for term in ways if _is_term(term)), None)


def read_opposed(text: str, tags: Mapping[str, str], find_name: FindName) -> Opposed:
    """The molecules that others are said to act on in a request, or to be told from."""
    text = text[:_LONGEST]
    names: dict[str, tuple[int, ...]] = {}
    remarks: dict[str, None] = {}
    terms: dict[str, str] = {}
    for against in _all_against(text, tags, find_name):
        if against.rows:
            names[_molecule(against.named)] = against.rows
        if against.term is not None:
            if against.rows or against.term != against.said:
                terms[against.said] = against.term
        elif not is_known(text, against.at, tags, len(words(against.said))):
            remarks[not_understood(against.said, _WHY_WITH if against.role == "with" else _WHY)] = None
    for other in list(_TOLD_FROM.finditer(text))[:_MOST]:
        for one in _AND.split(other["what"] or other["free"])[:_MOST]:
            named = next((named for named in _starts(one) if _rows(named, find_name)), None)
            if named is not None:
                names[named] = _rows(named, find_name)
    return Opposed(names, tuple(remarks), terms)


def _all_against(text: str, tags: Mapping[str, str], find_name: FindName) -> Iterator[_Against]:
    """What a text says to act on molecules, or on something for which the thesaurus has a term; as an
    antidote or antagonist, against a class, too.
    """
    for match in [*list(_AGAINST.finditer(text))[:_MOST], *list(_AGAINST_IT.finditer(text))[:_MOST]]:
        after = match.re is _AGAINST
        role = next(role for role, said in match.groupdict().items() if said and role in _DONE)
        for name in _starts(match["what"]) if after else _ends(text[: match.start()]):
            said = text[match.start() : match.start("what")] + name if after else name + match[0]
            at = match.start() if after else match.start() - len(name)
            against = _Against(said, at, name, role, _rows(_molecule(name), find_name))
            if against.rows or against.term or (role in _OF_CLASSES and _is_class(_OF_IT.sub("", name), tags)):
                yield against
                break


def _starts(text: str) -> Iterator[str]:
    """What may be a name at the start of a text, the longest first: of "adenosine in the brain" only "adenosine"."""
    said = _POSSESSIVE.split(text, maxsplit=1)[0].split()
    if said and not FUNCTION_WORDS.isdisjoint(words(said[0])[:1]):
        return  # "flavors of India"
    for length in range(min(_LONGEST_NAME, len(said)), 0, -1):
        follows = words(said[length]) if length < len(said) else []
        if not follows or follows[0] in _AFTER_A_NAME:
            yield " ".join(said[:length])


def _ends(text: str) -> Iterator[str]:
    """What may be a name at the end of a text, the longest first."""
    said = text.split()
    for length in range(min(_LONGEST_NAME, len(said)), 0, -1):
        yield " ".join(said[-length:])


def _molecule(name: str) -> str:
    """What may be a molecule's name in what is said of it."""
    return _HAPPENS_TO_IT.sub("", _OF_IT.sub("", name))


def _rows(name: str, find_name: FindName) -> tuple[int, ...]:
    return tuple(sorted({match.row for match in find_name(name)})) if len(name) >= _SHORTEST_NAME else ()


def _is_class(name: str, tags: Mapping[str, str]) -> bool:
    said = words(name)
    return " ".join(said) in tags or (bool(said) and thesaurus().term_length(name) == len(said))


def _is_term(phrase: str) -> bool:
    """Whether a phrase is a term of the thesaurus, and stands for something else."""
    return thesaurus().term_length(phrase) == len(words(phrase)) and bool(thesaurus().widen(phrase).words)
