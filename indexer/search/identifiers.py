"""Identifiers by their looks: InChIKeys, CAS numbers, formulas, ids of databases."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

from model.inputs.normal_text import normal_text

IdentifierKind = Literal["inchikey", "skeleton", "cas", "formula", "chebi", "chembl", "cid", "drugbank", "hmdb"]

_LONGEST = 80
_LONGEST_WRITTEN = 8 * _LONGEST  # with markup and spaces; what is longer is not even brought into the normal form
_INCHIKEY = re.compile(r"(?:InChI[ -]?Key\s*[=:]?\s*)?([A-Z]{14}-[A-Z]{10}-[A-Z])", re.I)
_SKELETON = re.compile(r"[A-Z]{14}")
_CAS = re.compile(
    r"(?:CAS(?:[\s-]*(?:RN|registry|number|no|nr)\.?){0,3}[\s:#]*)?([1-9]\d{1,6})-(\d\d)-(\d)", re.IGNORECASE
)
_IDS: dict[IdentifierKind, tuple[re.Pattern[str], str]] = {
    "chebi": (re.compile(r"CHEBI(?: ID:? (?:CHEBI)?)?[:\s_-]?\s*(\d{1,7})", re.I), "CHEBI:{}"),
    "chembl": (re.compile(r"CHEMBL(?: ID:? (?:CHEMBL)?)?[:\s_-]?\s*(\d{1,8})", re.I), "CHEMBL{}"),
    "cid": (re.compile(r"(?:PubChem(?:\s*CID)?|CID)[:\s_-]?\s*(\d{1,10})", re.I), "{}"),
    "drugbank": (re.compile(r"(?:DrugBank(?: ID)?:? )?DB(\d{5})", re.I), "DB{}"),
    "hmdb": (re.compile(r"(?:HMDB(?: ID)?:? )?HMDB(\d{5,7})", re.I), "HMDB{}"),
}
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d{0,4}){1,40}")
_PART = re.compile(r"([A-Z][a-z]?)(\d*)")
# In "C 6 H 12 O 6" a number stands beside one element; "INS 330" and "LSD 25" are no formulas.
_LETTERS_AND_NUMBER = re.compile(r"[A-Z][a-z]?[A-Z][a-z]? +\d")
# `2-` after a space or a lone element, `-2`, `-`; in C2H3O2- the figure before the sign counts atoms.
_CHARGE = re.compile(
    r"(?:(?<=\s)(?P<spaced>\d)|(?<=^[A-Z])(?P<ion>\d)|(?<=^[A-Z][a-z])(?P<ion2>\d))?(?P<sign>[+-])(?P<after>\d?)$"
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """What a text looks like. `value`: as it is written where it comes from, such as `CHEBI:15365` or `C9H8O4`."""

    kind: IdentifierKind
    value: str


def read_identifier(text: str) -> Identifier | None:
    """The identifier that a text is, if it is one and nothing else. A CAS number has to have its check digit right."""
    text = normal_text(text) if len(text) <= _LONGEST_WRITTEN else ""
    if not text or len(text) > _LONGEST:
        return None
    if match := _INCHIKEY.fullmatch(text):
        return Identifier("inchikey", match[1].upper())
    if _SKELETON.fullmatch(text):
        return Identifier("skeleton", text)
    if number := cas_number(text):
        return Identifier("cas", number)
    for kind, (pattern, written) in _IDS.items():
        if match := pattern.fullmatch(text):
            return Identifier(kind, written.format(match[1]))
    formula = hill_formula(text)
    return Identifier("formula", formula) if formula is not None else None


def cas_number(text: str) -> str | None:
    """The CAS number that a text is, `CAS` before it or not; None where it is none or its check digit is wrong."""
    match = _CAS.fullmatch(text.strip())
    if match is None:
        return None
    digits = (match[1] + match[2])[::-1]
    if sum(place * int(digit) for place, digit in enumerate(digits, 1)) % 10 != int(match[3]):
        return None
    return f"{match[1]}-{match[2]}-{match[3]}"


def miswritten_cas(text: str) -> bool:
    """Whether a text has the form of a CAS number and the wrong check digit."""
    if len(text) > _LONGEST_WRITTEN:
        return False
    text = normal_text(text)
    return _CAS.fullmatch(text) is not None and cas_number(text) is None


def hill_formula(text: str) -> str | None:
    """A molecular formula in Hill order, as RDKit writes it, charge included; None where the text is none.

    The elements may come in any order, and more than once. One letter or word alone, such as `I` or `Co`, is none, nor
    are letters that are hydrogen's isotopes only by chance: `TSH`, `DOH`.
    """
    charge = ""
    if match := _CHARGE.search(text):
        number = match["spaced"] or match["ion"] or match["ion2"] or match["after"]
        charge = match["sign"] + (number if number not in ("", "1") else "")
        text = text[: match.start()]
    body = text.replace(" ", "")
    if _LETTERS_AND_NUMBER.search(text):
        return None
    if _FORMULA.fullmatch(body) is None:
        return None
    parts: list[tuple[str, str]] = _PART.findall(body)
    figures = any(count for _, count in parts)
    if _is_chain(parts):
        return None
    counts: Counter[str] = Counter()
    for element, count in parts:
        if element not in _elements() or count.startswith("0"):
            return None
        if (element == "D" and not figures) or (element == "T" and not count):
            return None
        counts["H" if element in "DT" else element] += int(count or 1)
    if len(counts) + figures < 2 and not charge:
        return None
    first = ["C", "H"] if counts["C"] else []
    order = [*first, *sorted(element for element in counts if element not in first)]
    return "".join(f"{one}{counts[one] if counts[one] > 1 else ''}" for one in order if counts[one]) + charge


def _is_chain(parts: Sequence[tuple[str, str]]) -> bool:
    """Whether this is rather a SMILES, such as `C1CCCCC` or `C1CCCCO`: one element again and again, or carbon after
    carbon with the label of a ring, and no hydrogen.
    """
    elements = [element for element, _ in parts]
    if len(parts) > 1 and len(set(elements)) == 1:
        return True
    ring = "H" not in elements and any(count == "1" for _, count in parts)
    return ring and ("C", "C") in pairwise(elements)


def count_atoms(formula: str, elements: Collection[str]) -> int:
    """How many atoms of some elements, by symbol, a formula in Hill order has."""
    return sum(int(count or 1) for element, count in _PART.findall(formula) if element in elements)


@cache
def _elements() -> frozenset[str]:
    from rdkit import Chem  # only now: commands such as `list` and `rollback` need no chemistry

    return frozenset(Chem.GetPeriodicTable().GetElementSymbol(number) for number in range(1, 119)) | {"D", "T"}
