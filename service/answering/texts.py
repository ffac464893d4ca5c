"""Texts as clients send them: tidied, and checked for what no text has."""

from __future__ import annotations

import re
import unicodedata

from service.problems import Code, FieldProblem

# Control characters other than tab and line breaks, and halves of surrogate pairs, which JSON can smuggle in.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def tidy(text: str) -> str:
    """A text as it is searched for: every run of white space one space, none at the ends."""
    return " ".join(text.split())


def is_blank(text: str) -> bool:
    """Whether nothing of the text would show: white space and invisible format characters only."""
    return all(c.isspace() or unicodedata.category(c) == "Cf" for c in text)


def character_faults(field: str, text: str) -> list[FieldProblem]:
    """One fault for the first character that no text has: a control character such as NUL, or half a surrogate pair."""
    found = _UNPRINTABLE.search(text)
    if found is None:
        return []
    number = ord(found.group())
    place = f"(U+{number:04X}) at position {found.start() + 1}"
    if number >= 0xD800:
        detail = f"{field} is not valid Unicode: it has half of a surrogate pair {place}."
        return [FieldProblem(field=field, code=Code.TEXT_NOT_UNICODE, detail=detail)]
    detail = f"{field} has a control character {place}."
    return [FieldProblem(field=field, code=Code.TEXT_CONTROL_CHARACTER, detail=detail)]
