"""Phrases in a query that say what a molecule must be like: property bounds, counts, what it has and must not have.

Only what can be read with certainty becomes a filter, and is said in words; everything else stays in the text.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from indexer.engines.base import Bounds
from indexer.search.filters import MoleculeFilter
from indexer.search.parts import ELEMENTS, GROUPS, PARTS, RINGS, SYMBOLS, part_in_words, part_pattern
from indexer.search.rules_of_thumb import Rule, rules_asked
from indexer.tags import TagFilter
from model.inputs.normal_text import american_spelling, normal_text
from model.inputs.words import words

_LONGEST = 2_000  # characters; longer texts are descriptions, and no requests
_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
_NUMBER = rf"(?:\d{{1,5}}(?:\.\d{{1,4}})?(?![\d.,]*\d)|(?:{'|'.join(_NUMBERS)})\b)"
_BELOW = r"(?:below|under|less than|lower than|smaller than|fewer than|<(?!=))"
_ABOVE = r"(?:above|over|more than|greater than|higher than|larger than|>(?!=))"
_AT_MOST = r"(?:at most|up to|no more than|not more than|maximum(?: of)?|<=|\u2264)"
_AT_LEAST = r"(?:at least|no less than|not less than|minimum(?: of)?|>=|\u2265)"
_COMPARED = rf"(?:{_BELOW}|{_ABOVE}|{_AT_MOST}|{_AT_LEAST})"
_LEAD = r"(?:(?:\s*,)?\s*\b(?:and|but|with|having|has|that has|whose|of)\b)*\s*(?:\ba\b|\ban\b|\bthe\b)?\s*"

# Name in a filter, what people call it, its unit.
_QUANTITIES: tuple[tuple[str, str, str], ...] = (
    (
        "molecular_weight",
        r"(?:molecular (?:weight|mass)|molar mass|mol\.? ?wt\.?|\bmw)",
        r"(?:g/mol|da(?:ltons?)?\b|u\b)",
    ),
    ("logp", r"\bc?log ?p", r"(?!)"),
    ("tpsa", r"(?:tpsa|(?:topological )?polar surface area)", r"(?:a\^?2|\u00e5\^?2|square angstroms?)"),
)
_COUNTS: tuple[tuple[str, str], ...] = (
    ("hbd", r"(?:h(?:ydrogen)?[- ]?bond )donors?"),
    ("hba", r"(?:h(?:ydrogen)?[- ]?bond )acceptors?"),
    ("rotatable_bonds", r"rotatable bonds?"),
    ("heavy_atoms", r"heavy atoms?"),
    ("rings", r"rings?"),
)
# "MW of 180.16" is what is written there, to its last figure; a monoisotopic mass is told by three decimals or more.
_WEIGHS = re.compile(
    rf"{_LEAD}(?P<called>(?:exact|monoisotopic|accurate) mass|{_QUANTITIES[0][1]}|\bmass|\bweigh(?:s|ing))"
    rf"\s*(?:is|of|=|:)?\s*(?P<about>(?:about|around|approximately|ca\.?|roughly|~|\u2248)\s*)?(?P<number>{_NUMBER})"
    rf"\s*{_QUANTITIES[0][2]}?(?![\w.%]|\s*(?:k|m|u|mu)?(?:da|g|mol)\b)"
)
_ABOUT = 0.05  # of a weight that is said to be about so much
_PARTS_PER_MILLION = 5e-6  # that accurate masses are compared to
# "C18:2 fatty acid": carbons and double bonds, and so a formula.
_FATTY_ACID = re.compile(
    r"\b(?P<fa>fa ?\(?)?c? ?(?P<carbons>\d{1,2}):(?P<bonds>\d)\)?"
    r"(?P<rest>,? (?:(?:n|omega|w)-?\d )?fatty acids?\b|(?(fa)|(?!)))"
)
_SHOWN = {
    "molecular_weight": "molecular weight",
    "logp": "logP",
    "tpsa": "polar surface area",
    "hbd": "hydrogen bond donors",
    "hba": "hydrogen bond acceptors",
    "rotatable_bonds": "rotatable bonds",
    "heavy_atoms": "heavy atoms",
    "rings": "rings",
    "formal_charge": "charge",
}


def _any_of(names: Iterable[str]) -> str:
    """The longest first: a sulfonamide is no amide."""
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


# Read in one way only (an atomic group): each way more would double the ways to read a list of such parts.
_PART = (
    rf"(?>(?:{_any_of(ELEMENTS)})s?(?: atoms?)?"
    rf"|(?:{_any_of(GROUPS)})s?(?: (?:groups?|functions?|moiet(?:y|ies)|substituents?|units?))?"
    rf"|(?:{_any_of(RINGS)})s?(?: (?:rings?(?: systems?)?|cores?|nucle(?:us|i)|groups?|moiet(?:y|ies)|units?))?)"
)
_LIST = rf"{_PART}(?:(?:,\s*(?:or |and )?|\s+(?:or|and)\s+)(?:an? |any )?{_PART})*"
# After a part, nothing may follow that it only describes: "without nitrogen fixation" is left in the text.
_END = r"(?=\s*(?:$|[,.;:)]|\b(?:and|or|but|with|that|which|in|from|for)\b))"
# "does not", "doesn't", "must not", "cannot", "never", and "not" alone.
_NOT = r"(?:(?:(?:does|do|is|are|must|should|may|might|can|could|will|would) )?not|cannot|\w+n['\u2019\u2032]t|never) "
_WITHOUT = re.compile(
    r"(?:\s*,)?\s*\b(?:(?:but|and|that|which) )?"
    r"(?:without|lacking|free of|(?:with|has|have|having|contains?|containing) no"
    rf"|{_NOT}(?:contain(?:s|ing)?|ha(?:s|ve|ving)))\s+(?:any |an? )?(?P<parts>{_LIST}){_END}"
)
_IS_NOT = re.compile(
    r"(?:\s*,)?\s*\b(?:(?:but|and|that|which) )?(?:(?:is |are )?not an?|other than|except|excluding)\s+"
    rf"(?P<parts>steroids?|beta-lactams?){_END}"
)
# Alone, only where nothing else can be meant: "and no nitrogen" at the end of what is said.
_NO = re.compile(
    rf"(?:^|\s*[,;]|\s*\b(?=and|but))\s*(?:(?:and|but) )?no (?P<parts>{_LIST})(?=\s*(?:$|[,.;:)]|\b(?:and|but)\b))"
)
# Atoms are counted by their element: "two nitrogens", "eight carbon atoms"; and "C10 alkane".
_ATOMS = re.compile(
    rf"{_LEAD}(?:(?P<how>{_COMPARED}|exactly|only)\s*)?(?<![\w.-])(?P<number>{_NUMBER})\s+"
    rf"(?P<element>{_any_of(SYMBOLS)})(?:s|s? atoms?){_END}"
)
_CHAIN = re.compile(r"\b(?:chain|tail|ring|group|substituent|backbone|skeleton)s?$")  # of which it counts the atoms
_CARBONS = re.compile(
    r"\bc(?P<number>\d{1,2})[- ]"
    r"(?P<rest>(?:[a-z-]+ )?(?:alkan|alken|alkyn|alkyl|hydrocarbon|alcohol|aldehyde|ketone|acid)\w*)"
)
# What is looked for among the tags of the corpus: there, "not an opioid" is a filter.
_CALLED = r"[a-z0-9(](?:[a-z0-9 '()+-]|,(?=\d)){1,60}?"
_NOT_TAGGED = re.compile(
    r"(?:\s*,)?\s*\b(?:(?:but|and|that|which) )?(?:(?:is |are )?not|other than|except(?: for)?|excluding)\s+"
    rf"(?:an? |any )?(?P<tag>{_CALLED}(?:(?:, (?:and |or )?| and | n?or )[a-z0-9(][a-z0-9()+-]{{1,40}}){{0,4}}){_END}"
)
_AND = re.compile(r",? (?:and|n?or) |, ")
_NON = re.compile(r"\bnon-(?P<tag>[a-z][a-z-]{2,40})\b")
_FREE = re.compile(r"\b(?P<parts>nitrogen|oxygen|sulfur|phosphorus|halogen|chlorine|fluorine|bromine|iodine)-free\b")
_NO_RING = re.compile(
    r"(?:\s*,)?\s*\b(?:without|with no|has no|having no|contain(?:s|ing) no|lacking|and no|but no)\s+(?:any |a )?rings?"
    rf"{_END}"
)
# What molecules have and are not is read in requests alone: a description says it of parts of a molecule, too.
_LONGEST_REQUEST = 12  # words
_ELEMENT = _any_of(ELEMENTS)
_BOTH = rf"{_PART}(?:(?:,\s*(?:and )?|\s+and\s+)(?:an? )?{_PART})*"
# Said not to be so: then it is what a molecule must not have.
_DENIED = r"(?P<denied>\bnon-? ?|\b(?:is |are )?not (?:an? )?)?"
# What can be done to a molecule, or may be so, says nothing of what it is.
_CERTAIN = r"(?<!\bbe )(?<!\bto )(?<!\bmay )(?<!\bmight )(?<!\bcan )(?<!\bcould )"
_HAVING = re.compile(
    rf"(?:\s*,)?\s*{_CERTAIN}\b(?:(?:and|but|that|which) )?"
    r"(?:contain(?:s|ing)?|that ha(?:s|ve)|which ha(?:s|ve)|having)"
    rf"\s+(?:an? )?(?P<parts>{_BOTH})(?![^.;]*\bor\b){_END}"
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
_ONE = re.compile(
    rf"\b(?:with|bearing|carrying) (?P<parts>{_SOME}(?:(?:,\s*(?:and )?|\s+and\s+){_SOME})*)(?![^.;]*\bor\b){_END}"
)
# An element says enough by itself, where nothing is done with it: "oxidants with chromium", not "treated with iron".
_WITH = re.compile(rf"\bwith (?P<parts>{_ELEMENT}){_END}")
_DONE = re.compile(
    r"(?:ed|ing|tion|\b(?:(?:re|inter)acts?|binds?|burns?|forms?|mix(?:es)?|combines?|complexes|begins?|works?))\s*$"
)
# What has the parts asked for, where that is a part itself: "pyridine with a nitrile".
_HEAD = re.compile(rf"(?:an? |any |the )?(?P<parts>{_PART})(?: derivatives?| compounds?)?")
_CHARGED = re.compile(
    r"\b(?P<sign>positively|negatively) charged(?=\s*$|\s+(?:molecule|compound|species|ion|substance|drug)s?\b)"
)
_DALTONS = r"(?:g/mol|da(?:ltons?)?\b|u\b|(?=$|[,;)]|and\b|but\b))"
_HEAVIER = re.compile(rf"\b(?P<how>heavier|lighter) than (?P<number>{_NUMBER})\s*{_DALTONS}")
# What is not said is not read into a request that denies something: "without a nitro group and a chlorine".
_DENIES = re.compile(
    r"\b(?:no|not|without|lacking|free of|neither|nor|never|except|excluding|other than|non)\b|n['\u2019]t\b"
)
_ANY_PART = re.compile(_any_of(PARTS))
# One look that spares nearly every text the patterns: each of them needs one of these.
_ANY = re.compile(
    "|".join([*(called for _, called, _ in _QUANTITIES), *(called for _, called in _COUNTS)])
    + r"|without|lacking|free|\bno\b|\bnot\b|other than|except|excluding|non-|contain|\bha(?:s|ve|ving)\b|inated"
    rf"|charged|heavier|lighter|(?:with|bearing|carrying|and) (?:an? |{_ELEMENT})|\bmass|\bweigh|\d:\d"
    r"|lipinski|veber|rule of|like\b"
    rf"|{_NUMBER} (?:{_ELEMENT})|\bc\d{{1,2}}[- ]"
)


@dataclass(slots=True)
class _Found:
    ranges: dict[str, Bounds] = field(default_factory=dict)
    lacks: dict[str, None] = field(default_factory=dict)
    has: dict[str, None] = field(default_factory=dict)
    mass: Bounds | None = None
    formulas: tuple[str, ...] = ()
    atoms: list[tuple[tuple[str, ...], Bounds]] = field(default_factory=list)
    tags: dict[str, None] = field(default_factory=dict)  # that it must not have
    without: set[int] = field(default_factory=set)  # rows of molecules that are not asked for
    understood: list[str] = field(default_factory=list)


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
    found = _Found()
    rest = reading
    for name, called, unit in _QUANTITIES:
        rest = _take_quantity(rest, name, called, unit, found)
    for name, called in _COUNTS:
        rest = _take_count(rest, name, called, found)
    rest = _NO_RING.sub(lambda _: _bounded(found, "rings", (None, 0.0)), rest)
    for pattern in (_WITHOUT, _IS_NOT, _FREE, _NO):
        rest = pattern.sub(lambda match: _parts(found, found.lacks, "no", match["parts"]), rest)
    if len(text.split()) <= _LONGEST_REQUEST:
        for pattern in (_CONTAINING, _HALOGENATED):
            rest = pattern.sub(lambda match: _made_of(found, match), rest)
        for pattern in (_HAVING, *(() if _DENIES.search(reading) else (_ONE, _WITH, _CHARGED))):
            rest = pattern.sub(lambda match: _has(found, match), rest)
        for pattern in (_NOT_TAGGED, _NON):
            rest = pattern.sub(lambda match: _excluded(found, tags, named, match), rest)
        for rule in rules_asked(reading):
            rest = rule.asked.sub(" ", rest)
            _ruled(found, rule)
        rest = _WEIGHS.sub(lambda match: _weighs(found, match), rest)
        rest = _ATOMS.sub(lambda match: _counted(found, match), rest)
        rest = _CARBONS.sub(lambda match: _of_carbons(found, match), rest)
        rest = _FATTY_ACID.sub(lambda match: _fatty_acid(found, match), rest)
        rest = _HEAVIER.sub(lambda match: _bounded(found, "molecular_weight", _weight(match)), rest)
    if not found.understood:
        return Phrases(text, MoleculeFilter(), ())
    rest = re.sub(
        r"^(?:\b(?:and|but|with)\b|[,;\s])+|(?:\b(?:and|but|with|that|which)|[,;\s])+$", "", " ".join(rest.split())
    )
    if found.has and (head := _HEAD.fullmatch(rest)) is not None:
        _parts(found, found.has, "has", head["parts"])  # the rest stays what hits are ordered by
    has, lacks = (tuple(map(part_pattern, parts)) for parts in (found.has, found.lacks))
    return Phrases(
        rest,
        MoleculeFilter(
            ranges=tuple(found.ranges.items()),
            mass=found.mass,
            formulas=found.formulas,
            atoms=tuple(found.atoms),
            without=tuple(sorted(found.without)),
            tags=TagFilter(none=tuple(found.tags)),
            has=has,
            lacks=lacks,
        ),
        tuple(found.understood),
    )


def _take_quantity(text: str, name: str, called: str, unit: str, found: _Found) -> str:
    between = re.compile(
        rf"{_LEAD}{called}\s*(?:is|of|in the range(?: of)?)?\s*(?:(?P<said>between|from)\s*)?(?P<least>{_NUMBER})\s*"
        rf"(?:to|-|(?(said)and|(?!)))\s*(?P<most>{_NUMBER})\s*{unit}?"
    )
    compared = re.compile(rf"{_LEAD}{called}\s*(?:is|of)?\s*(?P<how>{_COMPARED})\s*(?P<number>{_NUMBER})\s*{unit}?")
    text = between.sub(lambda m: _bounded(found, name, (_value(m["least"]), _value(m["most"]))), text)
    return compared.sub(lambda m: _bounded(found, name, _bounds(m["how"], _value(m["number"]), None)), text)


def _take_count(text: str, name: str, called: str, found: _Found) -> str:
    counted = re.compile(
        rf"{_LEAD}(?:(?P<how>{_COMPARED}|exactly|only)\s*)?(?<![\w.-])(?P<number>{_NUMBER})\s+{called}{_END}"
    )
    return counted.sub(lambda m: _bounded(found, name, _bounds(m["how"], _value(m["number"]), 1.0)), text)


def _bounds(how: str | None, value: float, step: float | None) -> Bounds:
    """`step`: between values of something that is counted, so that below three is two at most."""
    if how is None or how in ("exactly", "only"):
        return value, value
    if re.fullmatch(_BELOW, how):
        return None, value - (step or 0.0)
    if re.fullmatch(_ABOVE, how):
        return value + (step or 0.0), None
    return (None, value) if re.fullmatch(_AT_MOST, how) else (value, None)


def _has(found: _Found, match: re.Match[str]) -> str:
    charge: dict[str, Bounds] = {"positively": (1.0, None), "negatively": (None, -1.0)}
    if match.re is _WITH and _DONE.search(match.string[: match.start()]):
        return match[0]
    if match.re is _CHARGED:
        return _bounded(found, "formal_charge", charge[match["sign"]])
    return _parts(found, found.has, "has", match["parts"])


def _weighs(found: _Found, match: re.Match[str]) -> str:
    value, called = _value(match["number"]), match["called"]
    decimals = len(match["number"].partition(".")[2])
    step = 10.0**-decimals if decimals else 0.5
    if (called.endswith(" mass") and not called.startswith("mol")) or (called == "mass" and decimals >= 3):
        step = max(step, value * _PARTS_PER_MILLION)
        found.mass = value - step, value + step
        found.understood.append(f"exact mass from {value - step:.8g} to {value + step:.8g}")
        return " "
    step = value * _ABOUT if match["about"] else step
    return _bounded(found, "molecular_weight", (round(value - step, 4), round(value + step, 4)))


def _ruled(found: _Found, rule: Rule) -> None:
    said = len(found.understood)
    for quantity, bounds in rule.bounds.items():
        _bounded(found, quantity, bounds)
    found.understood[said:] = [f"{rule.name}: {', '.join(found.understood[said:])}"]


def _counted(found: _Found, match: re.Match[str]) -> str:
    if _CHAIN.search(match.string[: match.start()]):
        return match[0]
    return _atoms(found, match["element"], _bounds(match["how"], _value(match["number"]), 1.0))


def _of_carbons(found: _Found, match: re.Match[str]) -> str:
    number = _value(match["number"])
    return _atoms(found, "carbon", (number, number)) + match["rest"]


def _atoms(found: _Found, element: str, bounds: Bounds) -> str:
    found.atoms.append((SYMBOLS[element], bounds))
    found.understood.append(f"{element} atoms: {_in_words(*bounds)}")
    return " "


def _fatty_acid(found: _Found, match: re.Match[str]) -> str:
    carbons, bonds = int(match["carbons"]), int(match["bonds"])
    hydrogens = 2 * carbons - 2 * bonds
    if carbons < 2 or hydrogens < 2:
        return match[0]
    found.formulas = f"C{carbons}H{hydrogens}O2", f"C{carbons}H{hydrogens - 1}O2-"
    found.has["carboxylic acid"] = None
    found.understood.append(
        f"acid of {carbons} carbons with {bonds} double bond{'s' * (bonds != 1)}: {found.formulas[0]}"
    )
    return match["rest"]


def _weight(match: re.Match[str]) -> Bounds:
    value = _value(match["number"])
    return (value, None) if match["how"] == "heavier" else (None, value)


def _bounded(found: _Found, name: str, bounds: Bounds) -> str:
    least, most = bounds
    was_least, was_most = found.ranges.get(name, (None, None))
    least = was_least if least is None else least if was_least is None else max(least, was_least)
    most = was_most if most is None else most if was_most is None else min(most, was_most)
    found.ranges[name] = least, most
    found.understood.append(f"{_SHOWN[name]} {_in_words(*bounds)}")
    return " "


def _in_words(least: float | None, most: float | None) -> str:
    if least == most:
        return f"exactly {least:g}"
    if least is not None and most is not None:
        return f"from {least:.8g} to {most:.8g}"
    return f"at least {least:g}" if least is not None else f"at most {most:g}"


def _parts(found: _Found, kept: dict[str, None], how: str, parts: str) -> str:
    for part in _named(parts):
        kept[part] = None
        found.understood.append(f"{how} {part_in_words(part)}")
    return " "


def _made_of(found: _Found, match: re.Match[str]) -> str:
    part = _HALOGENS.get(match["parts"], match["parts"])
    return _parts(found, found.lacks, "no", part) if match["denied"] else _parts(found, found.has, "has", part)


def _excluded(
    found: _Found, tags: Mapping[str, str], named: Callable[[str], Sequence[int]], match: re.Match[str]
) -> str:
    """What is not asked for: tags of the corpus, or molecules by their names."""
    said = [one for one in _AND.split(match["tag"]) if one]
    tagged = [tags.get(" ".join(words(one))) for one in said]
    rows = [() if tag is not None or match.re is _NON else named(one) for one, tag in zip(said, tagged, strict=True)]
    if not all(tag is not None or some for tag, some in zip(tagged, rows, strict=True)):
        return match[0]
    for one, tag, some in zip(said, tagged, rows, strict=True):
        if tag is not None:
            found.tags[tag] = None
        found.without.update(some)
        found.understood.append(f"not tagged “{tag}”" if tag is not None else f"not {one}")
    return " "


def _named(parts: str) -> Iterator[str]:
    for match in _ANY_PART.finditer(parts):
        yield match[0]


def _value(number: str) -> float:
    return float(_NUMBERS.index(number)) if number in _NUMBERS else float(number)
