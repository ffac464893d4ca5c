"""What a query asks for by its relation to a molecule: "isomers of xylene", "the enantiomer of L-alanine"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Relation = Literal["like", "isomer", "stereoisomer", "enantiomer", "protonation", "metabolite"]
Change = Literal["more soluble", "less soluble", "smaller", "larger"]

_ASKED = (
    r"(?:(?:find|show me|give me|what (?:is|are)|list)\s+)?(?:(?:all|the|an?|other)\s+)*"
    r"(?:(?:drugs?|medicines?|molecules?|compounds?|structures?|substances?|chemicals?|something|anything)\s+)?"
    r"(?:(?:that|which) (?:is|are)\s+)?"
)
_HOW: tuple[tuple[Relation, str], ...] = (
    ("like", r"(?:(?:structurally )?similar to|like|resembling|(?:analog(?:ue)?|derivative|relative)s? of)"),
    ("isomer", r"(?:(?:constitutional|structural|positional|position|regio-?) ?)?isomers? of"),
    (
        "stereoisomer",
        r"(?:(?:stereo-?|optical |geometric )isomers?|diastereo(?:iso)?mers?|epimers?|anomers?) of",
    ),
    ("enantiomer", r"(?:(?:opposite |other )?enantiomers?|optical antipodes?|mirror images?) of"),
    ("protonation", r"(?:conjugate (?:acid|base)s?|(?:de)?protonated forms?|anions?|ions?) of"),
    (
        "metabolite",
        r"(?:(?:active|main|major|minor|primary|toxic|human|urinary) )*"
        r"(?:metabolites?|(?:break-?down|degradation) products?|pro-?drugs?) of",
    ),
)
_PATTERNS = tuple(
    (relation, re.compile(rf"{_ASKED}{how}\s+(?P<named>.+?)\??", re.IGNORECASE)) for relation, how in _HOW
)
# The same after the name: "aspirin analogues".
_AFTER: tuple[tuple[Relation, re.Pattern[str]], ...] = (
    ("like", re.compile(r"(?P<named>.+?) (?:analog(?:ue)?|derivative|relative|lookalike)s?\??", re.IGNORECASE)),
    ("stereoisomer", re.compile(r"(?P<named>.+?) (?:stereo-?isomer|diastereo(?:iso)?mer|epimer|anomer)s?\??", re.I)),
    ("enantiomer", re.compile(r"(?P<named>.+?) enantiomers?\??", re.IGNORECASE)),
    ("isomer", re.compile(r"(?P<named>.+?) isomers?\??", re.IGNORECASE)),
    ("metabolite", re.compile(r"(?P<named>.+?) (?:metabolite|pro-?drug)s?\??", re.IGNORECASE)),
)
# "methyl ester of salicylic acid": its parts as its name has them.
_ESTER = re.compile(rf"{_ASKED}(?P<group>[a-z0-9,()-]+yl) esters? of (?P<acid>[^?]+?)ic acid\??", re.IGNORECASE)
# Whose salts and esters are not called as the acid is, with -ate for -ic acid.
_STEMS = {"sulfur": "sulf", "sulphur": "sulf", "phosphor": "phosph"}
# "like ibuprofen but more soluble": how, and what says so.
_BUT: tuple[tuple[Change, str], ...] = (
    (
        "more soluble",
        "more (?:water[- ])?soluble|more polar|more hydrophilic|less lipophilic|less hydrophobic|less greasy",
    ),
    ("less soluble", "less (?:water[- ])?soluble|less polar|less hydrophilic|more lipophilic|more hydrophobic"),
    ("smaller", "smaller|lighter"),
    ("larger", "larger|bigger|heavier"),
)
_CHANGED = tuple(
    (change, re.compile(rf"(?P<named>.+?),? (?:but|only|and|yet) (?:{said})", re.IGNORECASE)) for change, said in _BUT
)
# One look that spares nearly every text the patterns: each of them needs one of these.
_TELLING = re.compile(
    r"similar|like|resembl|analog|derivative|relative|mers?\b|antipode|mirror|conjugate|protonated|ions?\b|metabolite"
    r"|products?\b|pro-?drug",
    re.IGNORECASE,
)
_LONGEST = 300  # characters
_CENTRE = re.compile(r"@@?")


@dataclass(frozen=True, slots=True)
class Related:
    """A relation, what is said to be on its other side, and how what is asked for differs from that."""

    relation: Relation
    named: str
    change: Change | None = None


def read_relation(text: str) -> Related | None:
    """The relation that a whole text asks for, None where it asks for none."""
    text = text.strip()
    return _read(text) if len(text) <= _LONGEST else None


@lru_cache(maxsize=32)  # whoever reads a query asks several times
def _read(text: str) -> Related | None:
    if _TELLING.search(text) is None:
        return None
    for relation, pattern in (*_PATTERNS, *_AFTER):
        if (asked := pattern.fullmatch(text)) is not None:
            for change, changed in _CHANGED if relation == "like" else ():
                if (differs := changed.fullmatch(asked["named"])) is not None:
                    return Related(relation, differs["named"], change)
            return Related(relation, asked["named"])
    return None


def ester_name(text: str) -> str | None:
    """The name of an ester that a whole text tells by its acid: "methyl benzoate" of "methyl ester of benzoic acid"."""
    if len(text) > _LONGEST or (asked := _ESTER.fullmatch(text.strip())) is None:
        return None
    acid = asked["acid"].lower()
    return f"{asked['group'].lower()} {_STEMS.get(acid, acid)}ate"


def mirror_image(smiles: str) -> str:
    """The SMILES of a molecule's mirror image: each centre turned the other way, double bonds as they are."""
    return _CENTRE.sub(lambda turned: "@" if turned[0] == "@@" else "@@", smiles)
