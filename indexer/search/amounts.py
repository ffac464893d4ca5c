"""Amounts in a query: bounds of properties, counts of atoms and rings, weights and masses, fatty acids."""

import re

from indexer.engines.base import Bounds
from indexer.search.conditions import Conditions, in_words
from indexer.search.parts import SYMBOLS, any_of

_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
NUMBER = rf"(?:\d{{1,5}}(?:\.\d{{1,4}})?(?![\d.,]*\d)|(?:{'|'.join(_NUMBERS)})\b)"
_BELOW = r"(?:below|under|less than|lower than|smaller than|fewer than|<(?!=))"
_ABOVE = r"(?:above|over|more than|greater than|higher than|larger than|>(?!=))"
_AT_MOST = r"(?:at most|up to|no more than|not more than|maximum(?: of)?|<=|\u2264)"
_AT_LEAST = r"(?:at least|no less than|not less than|minimum(?: of)?|>=|\u2265)"
_COMPARED = rf"(?:{_BELOW}|{_ABOVE}|{_AT_MOST}|{_AT_LEAST})"
_LEAD = r"(?:(?:\s*,)?\s*\b(?:and|but|with|having|has|that has|whose|of)\b)*\s*(?:\ba\b|\ban\b|\bthe\b)?\s*"

# After a part, nothing may follow that it only describes: "without nitrogen fixation" is left in the text.
END = r"(?=\s*(?:$|[,.;:)]|\b(?:and|or|but|with|that|which|in|from|for)\b))"

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
    rf"\s*(?:is|of|=|:)?\s*(?P<about>(?:about|around|approximately|ca\.?|roughly|~|\u2248)\s*)?(?P<number>{NUMBER})"
    rf"\s*{_QUANTITIES[0][2]}?(?![\w.%]|\s*(?:k|m|u|mu)?(?:da|g|mol)\b)"
)
_ABOUT = 0.05  # of a weight that is said to be about so much
_PARTS_PER_MILLION = 5e-6  # that accurate masses are compared to
# "C18:2 fatty acid": carbons and double bonds, and so a formula.
_FATTY_ACID = re.compile(
    r"\b(?P<fa>fa ?\(?)?c? ?(?P<carbons>\d{1,2}):(?P<bonds>\d)\)?"
    r"(?P<rest>,? (?:(?:n|omega|w)-?\d )?fatty acids?\b|(?(fa)|(?!)))"
)
# Atoms are counted by their element: "two nitrogens", "eight carbon atoms"; and "C10 alkane".
_ATOMS = re.compile(
    rf"{_LEAD}(?:(?P<how>{_COMPARED}|exactly|only)\s*)?(?<![\w.-])(?P<number>{NUMBER})\s+"
    rf"(?P<element>{any_of(SYMBOLS)})(?:s|s? atoms?){END}"
)
_CHAIN = re.compile(r"\b(?:chain|tail|ring|group|substituent|backbone|skeleton)s?$")  # of which it counts the atoms
_CARBONS = re.compile(
    r"\bc(?P<number>\d{1,2})[- ]"
    r"(?P<rest>(?:[a-z-]+ )?(?:alkan|alken|alkyn|alkyl|hydrocarbon|alcohol|aldehyde|ketone|acid)\w*)"
)
_DALTONS = r"(?:g/mol|da(?:ltons?)?\b|u\b|(?=$|[,;)]|and\b|but\b))"
_HEAVIER = re.compile(rf"\b(?P<how>heavier|lighter) than (?P<number>{NUMBER})\s*{_DALTONS}")

MENTIONED = "|".join([*(called for _, called, _ in _QUANTITIES), *(called for _, called in _COUNTS)]) + (
    rf"|\bmass|\bweigh|heavier|lighter|\d:\d|{NUMBER} (?:{any_of(SYMBOLS)})|\bc\d{{1,2}}[- ]"
)
"""A pattern, without groups by name, that every text with an amount has somewhere."""


def take_bounds(text: str, found: Conditions) -> str:
    """Take bounds of properties and counts of what is counted out of a text; what is left of it."""
    for name, called, unit in _QUANTITIES:
        text = _take_quantity(text, name, called, unit, found)
    for name, called in _COUNTS:
        text = _take_count(text, name, called, found)
    return text


def take_amounts(text: str, found: Conditions) -> str:
    """Take weights, masses, counts of atoms and fatty acids out of a request; what is left of it."""
    text = _WEIGHS.sub(lambda match: _weighs(found, match), text)
    text = _ATOMS.sub(lambda match: _counted(found, match), text)
    text = _CARBONS.sub(lambda match: _of_carbons(found, match), text)
    text = _FATTY_ACID.sub(lambda match: _fatty_acid(found, match), text)
    return _HEAVIER.sub(lambda match: _bounded(found, "molecular_weight", _weight(match)), text)


def _take_quantity(text: str, name: str, called: str, unit: str, found: Conditions) -> str:
    between = re.compile(
        rf"{_LEAD}{called}\s*(?:is|of|in the range(?: of)?)?\s*(?:(?P<said>between|from)\s*)?(?P<least>{NUMBER})\s*"
        rf"(?:to|-|(?(said)and|(?!)))\s*(?P<most>{NUMBER})\s*{unit}?"
    )
    compared = re.compile(rf"{_LEAD}{called}\s*(?:is|of)?\s*(?P<how>{_COMPARED})\s*(?P<number>{NUMBER})\s*{unit}?")
    text = between.sub(lambda m: _bounded(found, name, (_value(m["least"]), _value(m["most"]))), text)
    return compared.sub(lambda m: _bounded(found, name, _bounds(m["how"], _value(m["number"]), None)), text)


def _take_count(text: str, name: str, called: str, found: Conditions) -> str:
    counted = re.compile(
        rf"{_LEAD}(?:(?P<how>{_COMPARED}|exactly|only)\s*)?(?<![\w.-])(?P<number>{NUMBER})\s+{called}{END}"
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


def _weighs(found: Conditions, match: re.Match[str]) -> str:
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


def _counted(found: Conditions, match: re.Match[str]) -> str:
    if _CHAIN.search(match.string[: match.start()]):
        return match[0]
    return _atoms(found, match["element"], _bounds(match["how"], _value(match["number"]), 1.0))


def _of_carbons(found: Conditions, match: re.Match[str]) -> str:
    number = _value(match["number"])
    return _atoms(found, "carbon", (number, number)) + match["rest"]


def _atoms(found: Conditions, element: str, bounds: Bounds) -> str:
    found.atoms.append((SYMBOLS[element], bounds))
    found.understood.append(f"{element} atoms: {in_words(bounds)}")
    return " "


def _fatty_acid(found: Conditions, match: re.Match[str]) -> str:
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


def _bounded(found: Conditions, name: str, bounds: Bounds) -> str:
    found.bound(name, bounds)
    return " "


def _value(number: str) -> float:
    return float(_NUMBERS.index(number)) if number in _NUMBERS else float(number)
