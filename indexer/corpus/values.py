"""What a cell says, whatever program wrote it: missing values, whole numbers, lists of names."""

import re
from collections.abc import Iterable

# How programs spell a missing value (pandas, R, SQL, spreadsheets); upper and lower case as they write it.
_MISSING = {"NaN", "nan", "-nan", "None", "NULL", "null", "NA", "N/A", "n/a", "<NA>", "\\N", "-", "--"}
_MISSING |= {"#N/A", "#NA", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#DIV/0!", "#NULL!"}
_WHOLE_FLOAT = re.compile(r"([0-9]+)\.0+")
_EXPONENT = re.compile(r"([0-9])(?:\.([0-9]+))?[eE]\+?([0-9]{1,2})")
_QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
_BETWEEN_QUOTED = re.compile(r"(?:[,\s]|nan|None|null)*")
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)
# Control characters, line separators and lone surrogates: what would break a line or a terminal.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def is_missing(cell: str) -> bool:
    """Whether a cell is empty or spells out a missing value, such as `NaN` or `NULL`."""
    return not cell.strip() or cell.strip() in _MISSING


def value_of(cell: str) -> str:
    """A cell without white space around it; empty if it is missing.

    `="0012"` is how Excel is told that 0012 is a text.
    """
    text = cell.strip()
    if text.startswith('="') and (match := _EXCEL_TEXT.fullmatch(text)):
        text = match[1].strip()
    return "" if is_missing(text) else text


def whole_number(text: str) -> str:
    """`702` for `702.0`; any other text as it is."""
    match = _WHOLE_FLOAT.fullmatch(text)
    return match[1] if match else text


def cid_of(text: str) -> str | None:
    """A CID as a whole number, `702` for `702.0` and `7.02e+02`; None if an exponent hides digits of it.

    `1.23457e+08` is any of a thousand numbers. `1e+05` is how R writes 100000.
    """
    match = _EXPONENT.fullmatch(text)
    if match is None:
        return whole_number(text)
    first, decimals, exponent = match[1], match[2] or "", int(match[3])
    if decimals and len(decimals.rstrip("0")) > exponent:
        return text  # no whole number, and so no CID: looked up as it is written
    if decimals and len(decimals) < exponent:
        return None
    return first + decimals[:exponent].ljust(exponent, "0")


def split_names(cell: str) -> list[str]:
    """The different names of a cell, in order, without missing ones.

    They stand in a list as Python, NumPy and Polars write it (`['a', 'b']`, `['a' 'b']`, `[a, b]`), else between `::`
    (BindingDB) or `|` (PubChem, ChEMBL) where there is one, else between `;` and lines.
    """
    listed = _listed(cell.strip())
    if listed is None:
        separators = r"::|[\r\n]" if "::" in cell else r"[|\r\n]" if "|" in cell else r"[;\r\n]"
        listed = re.split(separators, cell)
    return _different(listed)


def split_cas_numbers(cell: str) -> list[str]:
    """The different CAS numbers of a cell: they have no commas, so these separate them as well."""
    listed = _listed(cell.strip())
    return _different(re.split(r"::|[|;,\r\n]", cell) if listed is None else listed)


def _different(names: Iterable[str]) -> list[str]:
    shown = (" ".join(name.split()) for name in names)
    return list(dict.fromkeys(name for name in shown if not is_missing(name)))


def _listed(text: str) -> list[str] | None:
    """The items of a list that is written out; None for other texts, names in brackets among them."""
    if not (text.startswith("[") and text.endswith("]")):
        return None
    inner = text[1:-1]
    if inner.lstrip()[:1] in ("'", '"'):
        if _BETWEEN_QUOTED.fullmatch(_QUOTED.sub("", inner)) is None:
            return None
        return [re.sub(r"\\(.)", r"\1", single or double) for single, double in _QUOTED.findall(inner)]
    depth = 0
    for character in inner:
        depth += (character == "[") - (character == "]")
        if depth < 0:  # `[a]b[c]` is a name
            return None
    return inner.split(", ") if ", " in inner or re.fullmatch(r"\w[\w ]*", inner) else None


def printable(text: str) -> str:
    """The text with characters that would break a line of a table escaped."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)
