"""A streaming reader of OBO files (formats 1.2 and 1.4), plain or gzip-compressed, for files as they are published.

A parser of our own, because releases of ChEBI have again and again broken the grammar in one line of millions:
unescaped braces in names (ebi-chebi/ChEBI issues 4273 and 4772), unescaped quotes in texts (2353), terms without a
name (3789). Strict parsers (fastobo, the OWL API) then refuse the file; here such a line costs at most its own stanza,
which says so. Only the tags that are asked for are kept, so memory holds one stanza at a time.

A clause's value is kept as it stands in the file; `plain_value` and `quoted_value` take it apart. Escapes are undone
by `unescape`, but not in structures, where a backslash before a bracket is a bond (`unescape_structure`).
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

MAX_LINE_CHARACTERS = 1_000_000
MAX_CLAUSES = 100_000
"""Of the tags that are asked for, in one stanza."""
_MAX_CONTINUATIONS = 50

_TAG = re.compile(r"([A-Za-z][A-Za-z0-9_\-]*):[ \t]*(.*)", re.DOTALL)
_STANZA = re.compile(r"\[([A-Za-z]+)\][ \t]*(?:!.*)?")
_QUOTED_TAGS = frozenset({"def", "synonym", "property_value"})
_MODIFIER = r"(?:\s*\{[^{}\"]*=(?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*\})?"
_COMMENT = r"(?:\s*!.*)?"
_TAILS = {
    # What may follow the closing quote. A quote that is followed by anything else is part of the text.
    "def": re.compile(r"\s*\[.*\]" + _MODIFIER + _COMMENT + r"\s*"),
    "synonym": re.compile(r"\s+(?:EXACT|BROAD|NARROW|RELATED)\b.*|\s*\[.*\]" + _MODIFIER + _COMMENT + r"\s*"),
    "property_value": re.compile(r"(?:\s+[^\s\"!{]+)?" + _MODIFIER + _COMMENT + r"\s*"),
}


class OboError(ValueError):
    """A file is not an OBO file or cannot be read to its end; the message names the file."""


@dataclass(frozen=True, slots=True)
class Clause:
    """`tag: value` as it stands in line `line` of the file."""

    tag: str
    value: str
    line: int


@dataclass(slots=True)
class Stanza:
    """A stanza (`kind` as in `[Term]`, empty for the header) and what is wrong with it, if anything is."""

    kind: str
    line: int
    clauses: list[Clause] = field(default_factory=list)
    damage: str | None = None

    def values(self, tag: str) -> list[str]:
        return [clause.value for clause in self.clauses if clause.tag == tag]


def read_stanzas(path: Path, tags: Collection[str]) -> Iterator[Stanza]:
    """The header and every stanza of an OBO file in file order, with their clauses of the given `tags`.

    A line that is not a clause makes its stanza damaged (`Stanza.damage` says where and why) unless it continues
    a quoted value of the line before. Unknown tags, comments and empty lines are passed over.

    Raises OboError when the file cannot be read, is not an OBO file, or ends in the middle of a gzip stream.
    """
    stanza = Stanza("", 1)
    open_value = False  # the last line was a quoted value whose closing quote is still to come
    continuations = 0
    for line, text in _lines(path):
        if len(text) > MAX_LINE_CHARACTERS:
            _damage(stanza, line, f"is longer than {MAX_LINE_CHARACTERS:,} characters")
            continue
        stripped = text.strip()
        if not stripped or stripped.startswith("!"):
            open_value = False
            continue
        opening = _STANZA.fullmatch(stripped)
        if opening is not None:
            yield stanza
            stanza = Stanza(opening[1], line)
            open_value = False
            continue
        if not text.isascii() and _damaged(text):
            _damage(stanza, line, "is not valid UTF-8")
            continue
        clause = _TAG.fullmatch(stripped)
        if clause is not None:
            tag, value = clause[1], clause[2]
            kept = tag in tags
            if kept and len(stanza.clauses) >= MAX_CLAUSES:
                _damage(stanza, line, f"comes after {MAX_CLAUSES:,} others")
                kept = False
            if kept:
                stanza.clauses.append(Clause(tag, value, line))
            open_value = tag in _QUOTED_TAGS and '"' in value and (not kept or quoted_value(tag, value) is None)
            continuations = 0
        elif open_value and continuations < _MAX_CONTINUATIONS:
            continuations += 1
            last = stanza.clauses[-1] if stanza.clauses else None
            if last is not None and last.tag in _QUOTED_TAGS:
                joined = Clause(last.tag, f"{last.value} {stripped}", last.line)
                stanza.clauses[-1] = joined
                open_value = quoted_value(joined.tag, joined.value) is None
        else:
            _damage(stanza, line, "is not a clause 'tag: value'")
        if stanza.kind == "" and line > 1_000 and not any(one.tag == "format-version" for one in stanza.clauses):
            raise OboError(f"{path} is not an OBO file: it has no 'format-version:' in its first 1,000 lines.")
    yield stanza


def plain_value(value: str) -> str:
    """An unquoted value without its comment and trailing modifiers, unescaped."""
    value = re.split(r"(?<!\\)(?:^|\s)!(?:\s|$)", value, maxsplit=1)[0]
    # Braces without `=` are part of the value: names of carbohydrates have them, escaped in part or not at all.
    return unescape(re.sub(r"\s\{[^{}]*=[^{}]*\}\s*$", "", value).strip())


def quoted_value(tag: str, value: str) -> tuple[str, str] | None:
    """The quoted text at the start of a value, escapes as they are, and what follows; None if it never ends.

    For `property_value` the property's name comes first and is left out; see `property_name`.
    """
    start = value.find('"', len(property_name(value)) if tag == "property_value" else 0)
    if start < 0:
        return None
    tail = _TAILS[tag]
    for quote in re.finditer(r'\\.|(")', value[start + 1 :]):
        if quote[1] and tail.fullmatch(value, start + 1 + quote.end()):
            return value[start + 1 : start + 1 + quote.start()], value[start + 1 + quote.end() :].strip()
    return None


def property_name(value: str) -> str:
    """The name in front of a `property_value`, with its quotes if it has some."""
    found = re.match(r'"[^"]*"|\S*', value)
    return found[0] if found else ""


_ESCAPES = {"n": " ", "W": " ", "t": " "}


def unescape(text: str) -> str:
    """Undo the escapes of OBO texts and names; line breaks and tabs become blanks."""
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text)


def unescape_structure(text: str) -> str:
    """Undo the escapes of a SMILES: doubled backslashes only; `\\[`, `\\n` and others are bonds and atoms."""
    return text.replace("\\\\", "\\").strip()


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines without their ends; a backslash at the end of a line joins it with the next."""
    try:
        with _open_text(path) as file:
            number = 0
            joined = ""
            while text := file.readline(MAX_LINE_CHARACTERS + 1):
                number += 1
                while not text.endswith("\n") and (rest := file.readline(MAX_LINE_CHARACTERS + 1)):
                    text = text[: MAX_LINE_CHARACTERS + 1] + ("\n" if rest.endswith("\n") else "")
                text = text.rstrip("\r\n")
                backslashes = len(text) - len(text.rstrip("\\"))
                if backslashes % 2 and len(joined) <= MAX_LINE_CHARACTERS:
                    joined += text[:-1]
                    continue
                yield number, joined + text
                joined = ""
            if joined:
                yield number, joined
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise OboError(f"{path} cannot be read to its end: {reason}.") from error


def _open_text(path: Path) -> IO[str]:
    # By its first bytes: downloads lose or gain their `.gz`.
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    if compressed:
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="\n")
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="\n")


def _damage(stanza: Stanza, line: int, reason: str) -> None:
    if stanza.damage is None:
        stanza.damage = f"line {line} {reason}"


def _damaged(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
