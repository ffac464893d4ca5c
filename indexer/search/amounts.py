"""Amounts in a query: bounds of properties, counts of atoms and rings, weights and masses, fatty acids."""

import re
from collections.abc import Callable, Sequence
from functools import partial

from indexer.engines.base import Bounds
from indexer.search.conditions import Conditions, in_words, within
from indexer.search.parts import SYMBOLS, any_of

_NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_SPELLED = "|".join(_NUMBERS)
_FACTORS = {"hundred": 100.0, "thousand": 1000.0}
# 300, 1,000, 1 000, -0.5, "three", "three hundred"; never the beginning of another number, or a locant.
NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+|\d{1,2} \d{3}|(?:(?<![\w.)])-)?\d{1,5}(?:\.\d{1,4})?"
    rf"|(?:(?:a|{_SPELLED}) (?:hundred|thousand)|{_SPELLED}|single)\b)"
    r"(?![.,]?\d|e[+-]?\d| (?:hundred|thousand|dozen)\b)"
)
_EXCEEDING = r"(?:above|over|(?:greater|higher|larger|heavier) than|exceeding)"
_FALLING = r"(?:below|under|(?:lower|smaller|lighter) than)"
_AT_MOST = (
    rf"(?:at (?:the )?most|up to|not? more than|not? {_EXCEEDING}|(?:do(?:es)? )?not exceed(?:ing)?"
    r"|maximum(?: of)?|max\.?|<=|\u2264)"
)
_AT_LEAST = rf"(?:at (?:the )?least|not? (?:less|fewer) than|not? {_FALLING}|minimum(?: of)?|min\.?|>=|\u2265)"
_BELOW = rf"(?:{_FALLING}|less than|fewer than|<(?!=))"
_ABOVE = rf"(?:{_EXCEEDING}|more than|exceeds|>(?!=))"
_COMPARED = rf"(?:{_AT_MOST}|{_AT_LEAST}|{_BELOW}|{_ABOVE})"
_MORE, _LESS = r"(?:more|above|over|higher|larger)", r"(?:less|fewer|below|under|lower|smaller)"
# Where this stands, unless inside a word, words that lead to an amount may stand before it, and go with it. A pattern
# that began with them would be tried from each of a row of them, in every way to read it.
_LED = r"(?>(?<=\w)(?=\w)|(?P<led>))"
_LEAD = re.compile(
    r"(?:(?:\s*+,)?+\s*+\b(?:and|but|with|having|has|that has|whose|of)\b)*+\s*+(?:\b(?:an?|the)\b)?+\s*+\Z"
)

# After a part, nothing may follow that it only describes: "without nitrogen fixation" is left in the text.
END = r"(?=\s*(?:$|[,.;:)]|\b(?:and|or|but|with|that|which|in|from|for)\b))"
LACKING = r"(?:without|lack(?:s|ing)?|devoid of|void of|free (?:of|from)|missing)"
"""A pattern for what says that something is not there."""
# What is said not to be so, or to be so or otherwise, is no condition: "without two rings", "two rings or a ketone".
_DENIED = re.compile(
    rf"(?:\b(?:not?|{LACKING}|(?<!-)free|(?:de)?void|never|neither|nor|or|except|excluding|non)\b"
    r"|n['\u2019\u2032]t\b|\bother than\b)"
    r"(?:\s+(?:have|has|having|contain(?:s|ing)?|be|with|of|an?|any|exactly|only|just))*\s*$"
)
_OR = re.compile(r"\s*,?\s*n?or\b")
_BEFORE = 100  # characters

# Name in a filter, what people call it, its unit.
_DALTONS = r"(?:g/mol|k?da(?:ltons?)?\b|u\b)"
_QUANTITIES: tuple[tuple[str, str, str], ...] = (
    ("molecular_weight", r"(?:molecular (?:weight|mass)|molar mass|mol\.? ?wt\.?|\bmw)", _DALTONS),
    ("logp", r"\bc?log ?p", r"(?!)"),
    ("tpsa", r"(?:tpsa|(?:topological )?polar surface area)", r"(?:a\^?2|\u00e5\^?2|square angstroms?)"),
)
_COUNTS: tuple[tuple[str, str], ...] = (
    ("hbd", r"(?:h(?:ydrogen)?[- ]?bond donors?|\bhbds?)"),
    ("hba", r"(?:h(?:ydrogen)?[- ]?bond acceptors?|\bhbas?)"),
    ("rotatable_bonds", r"rotatable bonds?"),
    ("heavy_atoms", r"heavy atoms?"),
    ("rings", r"rings?"),
)
_ELEMENT = any_of(SYMBOLS)
# Every text that mentions it has one of these somewhere, for which a look costs next to nothing.
_SIGNS: dict[str, tuple[str, ...]] = {
    "molecular_weight": ("mol", "mw"),
    "logp": ("log",),
    "tpsa": ("tpsa", "polar"),
    "hbd": ("donor", "hbd"),
    "hba": ("acceptor", "hba"),
    "rotatable_bonds": ("rotatable",),
    "heavy_atoms": ("heavy",),
    "rings": ("ring",),
}


def _amount(unit: str = "", *, exact: bool) -> str:
    """A pattern, without groups by name, for an amount: `exact` if a number alone is one, too."""
    number = rf"{NUMBER}(?:\s*{unit})?" if unit else NUMBER
    ways = [
        rf"between {number} and {number}",
        rf"(?:from )?{number}\s*(?:to|-)\s*{number}",
        rf"{_COMPARED}\s*{number}(?:\s*,?\s*(?:(?:and|but) )?(?:also )?{_COMPARED}\s*{number})?",
        rf"{number}(?:\+| (?:or|and) {_MORE}| (?:or|and) {_LESS})",
    ]
    if exact:
        ways += [rf"{number} or {number}", rf"(?:(?:exactly|only|just) )?{number}"]
    return f"(?:{'|'.join(ways)})"


# Nothing that a number could be of follows: "below 300 mg", "below 3%", "below 60 and more than two rings".
_ALONE = rf"(?![\w%]|\s*(?:k|m|u|mu)?(?:g|mol)\b|\s+(?:{'|'.join(called for _, called in _COUNTS)}|{_ELEMENT})s?\b)"
_SANDWICHED = r"\s*(?:<=?|\u2264)\s*"
_SAID = {
    name: re.compile(
        rf"{_LED}(?:{called}\s*(?:is|of|:|(?:is |of )?in the range(?: of)?|(?:must|should) be)?\s*"
        rf"(?P<amount>{_amount(unit, exact=False)})"
        rf"|(?P<least>{NUMBER})(?:\s*{unit})?{_SANDWICHED}{called}{_SANDWICHED}(?P<most>{NUMBER})(?:\s*{unit})?){_ALONE}"
    )
    for name, called, unit in _QUANTITIES
}
_COUNTED = {
    name: re.compile(
        rf"{_LED}(?<![\w.,-])(?:(?P<amount>{_amount(exact=True)})\s+{called}(?P<tail> (?:or|and) (?:{_MORE}|{_LESS}))?"
        rf"|(?:number of )?{called}\s*(?:is |of |: ?)?(?P<compared>{_COMPARED}\s*{NUMBER})){END}"
    )
    for name, called in _COUNTS
}
_RINGED = re.compile(
    rf"(?<![\w.,-])(?P<amount>{NUMBER})-ring(?= (?:compound|molecule|system|structure|drug|heterocycle)s?\b)"
)
_NONE = {
    name: re.compile(
        r"(?:(?:\s*,)?\s*(?:\b(?:but|and|that|which) )?"
        rf"(?:\b(?:{LACKING}|(?:with|ha(?:s|ve|ving)|contain(?:s|ing)?) no)|[,;] no|\b(?:and|but) no)\b|^no\b)"
        rf"\s*(?:any |an? )?(?P<called>{called}){END}"
    )
    for name, called in _COUNTS
    if name != "heavy_atoms"
}

# "MW of 180.16" is what is written there, to its last figure; a monoisotopic mass is told by three decimals or more.
_WEIGHS = re.compile(
    rf"{_LED}(?P<called>(?:exact|monoisotopic|accurate) mass|{_QUANTITIES[0][1]}|\bmass|\bweigh(?:s|ing))"
    rf"\s*(?:is|of|=|:)?\s*(?P<about>(?:about|around|approximately|ca\.?|roughly|~|\u2248)\s*)?(?P<number>{NUMBER})"
    rf"\s*(?:g/mol|da(?:ltons?)?\b|u\b)?(?![\w.%]|\s*(?:k|m|u|mu)?(?:da|g|mol)\b)"
)
_ABOUT = 0.05  # of a weight that is said to be about so much
_PARTS_PER_MILLION = 5e-6  # that accurate masses are compared to
# "C18:2 fatty acid": carbons and double bonds, and so a formula.
_FATTY_ACID = re.compile(
    r"\b(?P<fa>fa ?\(?)?c? ?(?P<carbons>\d{1,2}):(?P<bonds>\d)\)?"
    r"(?P<rest>,? (?:(?:n|omega|w)-?\d )?fatty acids?\b|(?(fa)|(?!)))"
)
# Atoms are counted by their element: "two nitrogens", "eight carbon atoms"; and "C10 alkane", "eight-carbon alkane".
_ATOMS = re.compile(
    rf"{_LED}(?<![\w.,-])(?P<amount>{_amount(exact=True)})\s+(?P<element>{_ELEMENT})(?:s? atoms?|s)?"
    rf"(?P<tail> (?:or|and) (?:{_MORE}|{_LESS}))?{END}"
)
_CHAIN = re.compile(r"\b(?:chain|tail|ring|group|substituent|backbone|skeleton)s?$")  # of which it counts the atoms
_CARBONS = re.compile(
    rf"(?:\bc(?P<least>\d{{1,2}})(?:\s*(?:-|to)\s*c?(?P<most>\d{{1,2}}))?[- ]"
    rf"|(?<![\w.,-])(?P<number>{NUMBER})[- ]carbon[- ])"
    r"(?P<rest>(?:[a-z-]+ )?(?:alkan|alken|alkyn|alkyl|hydrocarbon|alcohol|aldehyde|ketone|acid|sugar|amine|diol)\w*)"
)
_HEAVIER = re.compile(
    rf"{_LED}(?P<unit>{_COMPARED}\s*{NUMBER}\s*(?:g/mol|k?da(?:ltons?)?\b))"
    rf"|\b(?P<amount>(?:not? )?(?:heavier|lighter) than {NUMBER}(?:\s*{_DALTONS}|(?=\s*(?:$|[,;)]|and\b|but\b))))"
)

MENTIONED = "|".join([*(called for _, called, _ in _QUANTITIES), *(called for _, called in _COUNTS)]) + (
    rf"|\bmass|\bweigh|heavier|lighter|\d:\d|(?:{NUMBER}|more|less|fewer)[- ](?:{_ELEMENT})|\bc\d{{1,2}}[- ]"
    r"|g/mol|\d ?k?da(?:ltons?)?\b"
)
"""A pattern, without groups by name, that every text with an amount has somewhere."""

COMPARED_NUMBER = rf"\b(?:{_COMPARED} {NUMBER}|{NUMBER} (?:or|and) (?:{_MORE}|{_LESS}))"
"""A pattern, without groups by name, for what bounds an amount, whatever it is an amount of."""

_VALUE = re.compile(rf"(?P<number>{NUMBER})(?P<thousands>\s*kda)?")
_COMPARISON = re.compile(rf"(?P<how>{_COMPARED})\s*(?P<rest>{_VALUE.pattern})")
_OPEN = re.compile(rf"(?P<more>\+| (?:or|and) {_MORE})|(?P<less> (?:or|and) {_LESS})")


def take_bounds(text: str, found: Conditions) -> str:
    """Take bounds of properties and counts of what is counted out of a text; what is left of it."""
    mentioned = {name for name, signs in _SIGNS.items() if any(sign in text for sign in signs)}
    for patterns, take in (
        (_SAID, partial(_compared_to, found, None)),
        (_COUNTED, partial(_compared_to, found, 1.0)),
        (_NONE, partial(_has_none, found)),
    ):
        for name, pattern in patterns.items():
            if name in mentioned:
                text = _take(text, pattern, partial(take, name))
    return text


def take_amounts(text: str, found: Conditions) -> str:
    """Take weights, masses, counts of atoms and fatty acids out of a request; what is left of it."""
    text = _take(text, _RINGED, lambda match: _bounded(found, "rings", _read(match["amount"], 1.0)))
    text = _take(text, _WEIGHS, lambda match: _weighs(found, match))
    text = _take(text, _ATOMS, lambda match: _counted(found, match), (_DENIED, _CHAIN))
    text = _take(text, _CARBONS, lambda match: _of_carbons(found, match))
    text = _take(text, _FATTY_ACID, lambda match: _fatty_acid(found, match))
    return _take(
        text,
        _HEAVIER,
        lambda match: _bounded(found, "molecular_weight", _read(match["amount"] or match["unit"], None)),
    )


def _take(
    text: str,
    pattern: re.Pattern[str],
    take: Callable[[re.Match[str]], str | None],
    unless_after: Sequence[re.Pattern[str]] = (_DENIED,),
) -> str:
    """Put what `take` leaves in the place of what a pattern matches; None leaves it as it is."""
    left: list[str] = []
    done = since = 0
    for match in pattern.finditer(text):
        start = match.start()
        if "led" in pattern.groupindex and match["led"] is not None:
            lead = _LEAD.search(text, max(since, start - _BEFORE), start)
            start = lead.start() if lead is not None else start
        since = match.end()
        before = _before(text, start)
        if any(denying.search(before) for denying in unless_after) or _OR.match(text, since) is not None:
            continue
        if (instead := take(match)) is not None:
            left += text[done:start], instead
            done = since
    return "".join([*left, text[done:]])


def said_before(match: re.Match[str]) -> str:
    """What stands before a match, as far back as anything there can change what it says."""
    return _before(match.string, match.start())


def _before(text: str, place: int) -> str:
    return text[max(0, place - _BEFORE) : place]


def _compared_to(found: Conditions, step: float | None, name: str, match: re.Match[str]) -> str | None:
    return _bounded(found, name, _read(_said(match), step))


def _has_none(found: Conditions, name: str, _: re.Match[str]) -> str | None:
    return _bounded(found, name, (None, 0.0))


def _said(match: re.Match[str]) -> str:
    """The amount of a match: what stands before what it is of, after it, or on both sides."""
    parts = match.groupdict()
    if parts.get("least") is not None:
        return f"between {parts['least']} and {parts['most']}"
    return (parts["amount"] or parts["compared"] or "") + (parts.get("tail") or "")


def _read(amount: str, step: float | None) -> Bounds | None:
    """What an amount bounds. `step`: between values of something that is counted, so that below three is two at most.

    None where it says nothing that one least and one most value could: "16 or 18".
    """
    compared = [_compared(match["how"], _value(match), step) for match in _COMPARISON.finditer(amount)]
    if compared:
        return within(*compared)
    values = [_value(match) for match in _VALUE.finditer(amount)]
    if (open_end := _OPEN.search(amount)) is not None:
        return (values[0], None) if open_end["more"] else (None, values[0])
    if len(values) == 1:
        return values[0], values[0]
    least, most = values
    if " or " in amount and most - least != 1:
        return None
    return (least, most) if least < most else None


def _compared(how: str, value: float, step: float | None) -> Bounds:
    if re.fullmatch(_AT_MOST, how):
        return None, value
    if re.fullmatch(_AT_LEAST, how):
        return value, None
    return (None, value - (step or 0.0)) if re.fullmatch(_BELOW, how) else (value + (step or 0.0), None)


def _weighs(found: Conditions, match: re.Match[str]) -> str | None:
    value, called = _value(match), match["called"]
    decimals = len(match["number"].partition(".")[2])
    step = 10.0**-decimals if decimals else 0.5
    if (called.endswith(" mass") and not called.startswith("mol")) or (called == "mass" and decimals >= 3):
        step = max(step, value * _PARTS_PER_MILLION)
        found.mass = value - step, value + step
        found.understood.append(f"exact mass from {value - step:.8g} to {value + step:.8g}")
        return " "
    if called == "mass":
        step = 0.5  # two decimals may be of either mass: that of caffeine is 194.19, and 194.08 monoisotopic
    step = value * _ABOUT if match["about"] else step
    return _bounded(found, "molecular_weight", (round(value - step, 4), round(value + step, 4)))


def _counted(found: Conditions, match: re.Match[str]) -> str | None:
    return _atoms(found, match["element"], _read(_said(match), 1.0))


def _of_carbons(found: Conditions, match: re.Match[str]) -> str | None:
    if match["number"] is not None:
        bounds = _read(match["number"], 1.0)
    else:
        bounds = float(match["least"]), float(match["most"] or match["least"])
    left = _atoms(found, "carbon", bounds)
    return None if left is None else left + match["rest"]


def _atoms(found: Conditions, element: str, bounds: Bounds | None) -> str | None:
    if bounds is None:
        return None
    found.atoms.append((SYMBOLS[element], bounds))
    found.understood.append(f"{element} atoms: {in_words(bounds)}")
    return " "


def _fatty_acid(found: Conditions, match: re.Match[str]) -> str | None:
    carbons, bonds = int(match["carbons"]), int(match["bonds"])
    hydrogens = 2 * carbons - 2 * bonds
    if carbons < 2 or hydrogens < 2:
        return None
    found.formulas = f"C{carbons}H{hydrogens}O2", f"C{carbons}H{hydrogens - 1}O2-"
    found.has["carboxylic acid"] = None
    found.understood.append(
        f"acid of {carbons} carbons with {bonds} double bond{'s' * (bonds != 1)}: {found.formulas[0]}"
    )
    return match["rest"]


def _bounded(found: Conditions, name: str, bounds: Bounds | None) -> str | None:
    if bounds is None:
        return None
    found.bound(name, bounds)
    return " "


def _value(match: re.Match[str]) -> float:
    """The number of a match, in the unit of the property."""
    said, _, factor = match["number"].partition(" ")
    if said in _NUMBERS or said in ("a", "single"):
        value = (float(_NUMBERS.index(said)) if said in _NUMBERS else 1.0) * _FACTORS.get(factor, 1.0)
    else:
        value = float(match["number"].replace(",", "").replace(" ", ""))
    return value * 1000.0 if match.groupdict().get("thousands") else value
