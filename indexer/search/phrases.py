"""Phrases in a query that say what a molecule must be like: property bounds, counts, what it has and must not have.

Only what can be read with certainty becomes a filter, and is said in words; everything else stays in the text.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from indexer.search.amounts import END, LACKING, MENTIONED, said_before, take_amounts, take_bounds
from indexer.search.conditions import Conditions
from indexer.search.filters import MoleculeFilter
from indexer.search.parts import ELEMENTS, GROUPS, PARTS, RINGS, any_of
from indexer.search.rules_of_thumb import Rule, rules_asked
from model.inputs.normal_text import american_spelling, normal_text
from model.inputs.thesaurus import thesaurus
from model.inputs.words import words

_ELEMENT = any_of(ELEMENTS)
_LONGEST = 1_500  # characters; longer texts are descriptions, and no requests
# Read in one way only (an atomic group): each way more would double the ways to read a list of such parts.
_PART = (
    rf"(?>(?:{any_of(ELEMENTS)})s?(?: atoms?)?"
    rf"|(?:{any_of(GROUPS)})s?(?: (?:groups?|functions?|moiet(?:y|ies)|substituents?|units?))?"
    rf"|(?:{any_of(RINGS)})s?(?: (?:rings?(?: systems?)?|cores?|nucle(?:us|i)|groups?|moiet(?:y|ies)|units?))?)"
)
_LIST = rf"{_PART}(?:(?:,\s*(?:or |and )?|\s+(?:or|and)\s+)(?:an? |any )?{_PART})*"
# "does not", "doesn't", "must not", "cannot", "never", and "not" alone.
_NOT = r"(?:(?:(?:does|do|is|are|must|should|may|might|can|could|will|would) )?not|cannot|\w+n['\u2019\u2032]t|never) "
# "Without halogens other than fluorine" lacks the other ones.
_BUT = (
    r"(?:\s*,?\s+(?:except(?: for)?|other than|apart from|but(?: for)?)\s+"
    rf"(?P<but>(?:{_ELEMENT})s?(?:(?:,\s*|\s+(?:and|or)\s+)(?:{_ELEMENT})s?)*))?"
)
_WITHOUT = re.compile(
    r"(?:\s*,)?\s*\b(?:(?:but|and|that|which) )?"
    rf"(?:(?:(?:is|are) )?{LACKING}|(?:with|has|have|having|contains?|containing) no"
    rf"|{_NOT}(?:contain(?:s|ing)?|ha(?:s|ve|ving)))\s+(?:any |an? |the )?(?P<parts>{_LIST}){_BUT}{END}"
)
# With an article or in the plural: "not benzene" is not this molecule. What it is not "and" is not read.
_KINDS = any_of(GROUPS | RINGS)
_ADJECTIVES = r"aromatic|azo|nitro"
_MADE = r"(?: (?:compound|derivative|dye|drug)s?)?"
_IS_NOT = re.compile(
    r"(?:\s*,)?\s*\b(?:(?:but|and|that|which) )?"
    r"(?:(?:(?:is |are )?not|other than|except|excluding)\s+"
    rf"(?P<parts>an? (?:{_KINDS}){_MADE}|(?:{_KINDS})s|(?:{_ADJECTIVES}){_MADE}){END}"
    rf"|non-?(?P<non>{_ADJECTIVES})\b)(?!\s*,?\s*(?:n?or|and)\s+(?!not\b|with|that\b|which\b|ha[sv]|contain))"
)
# Alone, only where nothing else can be meant: "and no nitrogen" at the end of what is said.
_NO = re.compile(
    rf"(?:^|\s*[,;]|\s*\b(?=and|but))\s*(?:(?:and|but) )?no (?P<parts>{_LIST}){_BUT}"
    r"(?=\s*(?:$|[,.;:)]|\b(?:and|but)\b))"
)
# What is looked for among the tags of the corpus: there, "not an opioid" is a filter.
_CALLED = r"[a-z0-9(](?:[a-z0-9 '()+-]|,(?=\d)){1,60}?"
_NOT_TAGGED = re.compile(
    r"(?:\s*,)?\s*\b(?:(?:but|and|that|which) )?(?:(?:is |are )?not|(?:is|are) no|other than|except(?: for)?|excluding"
    rf"|(?<=anything )but|(?<=everything )but|(?P<lacking>{LACKING}))\s+"
    rf"(?:an? |any )?(?P<tag>{_CALLED}(?:(?:, (?:and |or )?| and | n?or )[a-z0-9(][a-z0-9()+-]{{1,40}}){{0,4}}){END}"
)
_AND = re.compile(r",? (?:and|n?or) |, ")
# Both, where both are tags: "a drug and a poison", "an antioxidant that is also a dye".
_BOTH = re.compile(
    rf"(?:both )?an? (?P<one>{_CALLED})(?: and(?: also)?|,? (?:that|which) is also) an? (?P<other>{_CALLED})[?.]?"
)
_NON = re.compile(r"\bnon-?(?P<tag>[a-z][a-z-]{2,40})\b|\b(?P<free>[a-z]{3,40})-free\b")
_FREE = re.compile(rf"\b(?P<parts>{any_of(PARTS)})(?:-free\b| free$)")
# What molecules have and are not is read in requests alone: a description says it of parts of a molecule, too.
_LONGEST_REQUEST = 12  # words


def _some(part: str) -> str:
    """One or another of several, or all of them."""
    either = rf"(?P<either>{part}(?:,\s*{part})*(?:,?\s+or\s+{part})+)"
    return rf"(?:{either}|{part}(?:(?:,\s*(?:and )?|\s+and\s+){part})*){END}(?![^.;]*\bor\b)"


# Said not to be so: then it is what a molecule must not have.
_DENIED = r"(?P<denied>\bnon-? ?|\b(?:is |are )?not (?:an? )?)?"
# What can be done to a molecule, or may be so, says nothing of what it is.
_CERTAIN = r"(?<!\bbe )(?<!\bto )(?<!\bmay )(?<!\bmight )(?<!\bcan )(?<!\bcould )"
_HAVING = re.compile(
    rf"(?:\s*,)?\s*{_CERTAIN}\b(?:(?:and|but|that|which) )?"
    r"(?:contain(?:s|ing)?|that ha(?:s|ve)|which ha(?:s|ve)|having)"
    rf"\s+(?:either )?(?P<parts>{_some(rf'(?:an? )?{_PART}')})"
)
_CONTAINING = re.compile(rf"{_DENIED}{_CERTAIN}\b(?P<parts>{_ELEMENT})(?:-| )containing\b")
_HALOGENS = {
    "fluorinated": "fluorine",
    "chlorinated": "chlorine",
    "brominated": "bromine",
    "iodinated": "iodine",
    "halogenated": "halogen",
}
_HALOGENATED = re.compile(rf"{_DENIED}{_CERTAIN}\b(?P<parts>{'|'.join(_HALOGENS)})\b")
# An article tells what a molecule has from what is done to it: "with an iodine", "treated with iodine".
_SOME = rf"an? {_PART}"
_ONE = re.compile(rf"\b(?:with|bearing|carrying) (?:either )?(?P<parts>{_some(_SOME)})")
# An element says enough by itself, where nothing is done with it: "oxidants with chromium", not "treated with iron".
_WITH = re.compile(rf"\bwith (?:either )?(?P<parts>{_some(f'(?:{_ELEMENT})s?')})")
_DONE = re.compile(
    r"(?:ed|ing|tion|\b(?:(?:re|inter)acts?|binds?|burns?|forms?|mix(?:es)?|combines?|complexes|begins?|works?))\s*$"
)
# What has the parts asked for, where that is a part itself: "pyridine with a nitrile".
_HEAD = re.compile(rf"(?:an? |any |the )?(?P<parts>{_PART})(?: derivatives?| compounds?)?")
# "A gold drug", "tin compounds"; a lead compound is another thing.
_OF_ELEMENT = re.compile(
    rf"(?:an? |any |some )?(?P<parts>(?!lead\b)(?:{_ELEMENT}))"
    r"(?= (?:drug|medicine|compound|complex(?:e(?=s))?|salt)s?[?.]?$)"
)
_CHARGED = re.compile(
    r"\b(?P<sign>positively|negatively) charged(?=\s*$|\s+(?:molecule|compound|species|ion|substance|drug)s?\b)"
)
# What is not said is not read into a request that denies something: "without a nitro group and a chlorine".
_DENIES = re.compile(rf"\b(?:no|not|{LACKING}|neither|nor|never|except|excluding|other than|non)\b|n['\u2019]t\b")
_ANY_PART = re.compile(any_of(PARTS))
# One look that spares nearly every text the patterns: each of them needs one of these.
_ANY = re.compile(
    MENTIONED + r"|without|lack|void|missing|free|\bno\b|\bnot\b|other than|except|excluding|thing but|non|contain"
    rf"|\bha(?:s|ve|ving)\b|inated|charged|an? [^.;]+ an? |(?:drug|medicine|compound|complex|complexe|salt)s?[?.]?$"
    rf"|(?:with|bearing|carrying|and) (?:an? |{_ELEMENT})|lipinski|veber|rule of|like\b"
)


@dataclass(frozen=True, slots=True)
class Phrases:
    """text: what is left to search by; filter: what was read out of it; understood: the same in words, one a phrase."""

    text: str
    filter: MoleculeFilter
    understood: tuple[str, ...]


def read_phrases(
    text: str, tags: Mapping[str, str] = MappingProxyType({}), named: Callable[[str], Sequence[int]] = lambda _: ()
) -> Phrases:
    """Take the phrases that can be read with certainty out of a query. A text without any comes back as it is.

    tags: those of the corpus, by their words (`model.inputs.words`) with spaces between them. named: rows of the
    molecules that have a name.
    """
    reading = american_spelling(normal_text(text).lower())
    if len(reading) > _LONGEST or _ANY.search(reading) is None:
        return Phrases(text, MoleculeFilter(), ())
    found = Conditions()
    rest = take_bounds(reading, found)
    for pattern in (_WITHOUT, _IS_NOT, _FREE, _NO):
        rest = pattern.sub(lambda match: _lacks(found, match), rest)
    if len(text.split()) <= _LONGEST_REQUEST:
        for pattern in (_CONTAINING, _HALOGENATED):
            rest = pattern.sub(lambda match: _made_of(found, match), rest)
        if (of_element := _OF_ELEMENT.match(rest)) is not None:
            rest = _has(found, of_element) + rest[of_element.end() :]
        for pattern in (_HAVING, *(() if _DENIES.search(reading) else (_ONE, _WITH, _CHARGED))):
            rest = pattern.sub(lambda match: _has(found, match), rest)
        for pattern in (_NOT_TAGGED, _NON):
            rest = pattern.sub(lambda match: _excluded(found, tags, named, match), rest)
        if (both := _BOTH.fullmatch(rest)) is not None:
            rest = _tagged_both(found, tags, both)
        for rule in rules_asked(reading):
            rest = rule.asked.sub(" ", rest)
            _ruled(found, rule)
        rest = take_amounts(rest, found)
    if not found.understood:
        return Phrases(text, MoleculeFilter(), ())
    rest = re.sub(
        r"^(?:\b(?:and|but|with)\b|[,;\s])+|(?:\b(?:and|but|with|that|which)|[,;\s])+$", "", " ".join(rest.split())
    )
    if found.has and (head := _HEAD.fullmatch(rest)) is not None:
        found.must_have(_named(head["parts"]))  # the rest stays what hits are ordered by
    return Phrases(rest, found.filter(), tuple(found.understood))


def _has(found: Conditions, match: re.Match[str]) -> str:
    if match.re is _WITH and _DONE.search(said_before(match)):
        return match[0]
    if match.re is _CHARGED:
        found.bound("formal_charge", (1.0, None) if match["sign"] == "positively" else (None, -1.0))
    elif match.re is _OF_ELEMENT:
        found.must_have(_named(match["parts"]))
    elif match["either"] is not None and not found.must_have_one(tuple(_named(match["parts"]))):
        return match[0]
    elif match["either"] is None:
        found.must_have(_named(match["parts"]))
    return " "


def _lacks(found: Conditions, match: re.Match[str]) -> str:
    said = match.groupdict()
    parts = list(_named(said["parts"] or said["non"]))
    if said.get("but"):
        if parts != ["halogen"]:
            return match[0]
        spared = set(_named(said["but"]))
        parts = [halogen for halogen in _HALOGENS.values() if halogen not in {"halogen", *spared}]
    found.must_lack(parts)
    return " "


def _made_of(found: Conditions, match: re.Match[str]) -> str:
    part = _HALOGENS.get(match["parts"], match["parts"])
    (found.must_lack if match["denied"] else found.must_have)(_named(part))
    return " "


def _ruled(found: Conditions, rule: Rule) -> None:
    said = len(found.understood)
    for quantity, bounds in rule.bounds.items():
        found.bound(quantity, bounds)
    found.understood[said:] = [f"{rule.name}: {', '.join(found.understood[said:])}"]


def _excluded(
    found: Conditions, tags: Mapping[str, str], named: Callable[[str], Sequence[int]], match: re.Match[str]
) -> str:
    """What is not asked for: tags of the corpus, or molecules by their names."""
    parts = match.groupdict()
    if parts.get("free") and thesaurus().term_length(match.string[match.start() :]) > len(words(match[0])):
        return match[0]  # sugar-free gum is what is called so
    said = [one for one in _AND.split(parts["tag"] or match["free"]) if one]
    tagged = [tags.get(" ".join(words(one))) for one in said]
    # What is without alcohol lacks others than ethanol, too.
    by_name = match.re is _NOT_TAGGED and not match["lacking"]
    rows = [named(one) if tag is None and by_name else () for one, tag in zip(said, tagged, strict=True)]
    if not all(tag is not None or some for tag, some in zip(tagged, rows, strict=True)):
        return match[0]
    for one, tag, some in zip(said, tagged, rows, strict=True):
        if tag is not None:
            found.tags[tag] = None
        found.without.update(some)
        found.understood.append(f"not tagged “{tag}”" if tag is not None else f"not {one}")
    return " "


def _tagged_both(found: Conditions, tags: Mapping[str, str], match: re.Match[str]) -> str:
    both = [tags.get(" ".join(words(one))) for one in (match["one"], match["other"])]
    if None in both:
        return match[0]
    for tag in filter(None, both):
        found.tagged[tag] = None
        found.understood.append(f"tagged “{tag}”")
    return " "


def _named(parts: str) -> Iterator[str]:
    for match in _ANY_PART.finditer(parts):
        yield match[0]
