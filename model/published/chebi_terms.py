"""Terms of ChEBI, read from every form that its OBO files have had.

| | until about 2014 | until 2025 | ChEBI 2.0 (release 246 on) |
|---|---|---|---|
| structure | `synonym: "…" RELATED SMILES [ChEBI:]` | `property_value: http://purl…/chebi/smiles "…"` | `property_value: chemrof:smiles_string "…"` |
| relations | `has_role` | `has_role` | `RO:0000087` |
| stars | – | `subset: 3_STAR` | `subset: 3:STAR` |
"""  # noqa: E501 - a table

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

from model.published.obo import (
    OboError,
    Stanza,
    plain_value,
    property_name,
    quoted_value,
    read_stanzas,
    unescape,
    unescape_structure,
)

TAGS = frozenset(
    {
        "id",
        "name",
        "def",
        "alt_id",
        "subset",
        "synonym",
        "xref",
        "is_a",
        "relationship",
        "property_value",
        "is_obsolete",
        "format-version",
        "data-version",
    }
)
_SMILES_PROPERTIES = frozenset({"smiles", "smiles_string"})
_INCHIKEY_PROPERTIES = frozenset({"inchikey", "inchi_key_string"})
_NO_NAMES = frozenset({"SMILES", "INCHI", "INCHIKEY", "FORMULA", "MASS", "CHARGE"})  # old files' kinds of synonyms
_CAS_NUMBER = re.compile(r"(?<![\d-])\d{2,7}-\d{2}-\d(?![\d-])")
_MARKUP = re.compile(
    r"</?(?:a|b|br|em|font|i|p|small|span|strong|sub|sup|u|element|frac|greek|ital|locant|protein|ring|smallsub|smallsup"
    r"|stereo)\b[^<>]*>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ChebiTerm:
    """A term with other terms by id; `smiles` is empty for classes and roles, `stars` 0 where not stated.

    `other_ids`: secondary ids, and CAS numbers.
    """

    id: str
    line: int
    name: str
    synonyms: tuple[str, ...]
    other_ids: tuple[str, ...]
    definition: str
    smiles: str
    inchikey: str
    is_a: tuple[str, ...]
    relations: tuple[tuple[str, str], ...]
    stars: int
    obsolete: bool


@dataclass(frozen=True, slots=True)
class Names:
    """Names of all terms in use, which of them secondary ids stand for, and the release."""

    of: dict[str, str]
    primary: dict[str, str]
    data_version: str
    terms: int

    def resolve(self, id: str) -> str | None:
        """The name of a term by its id or a secondary one; None if no term in use has it."""
        return self.of.get(id) or self.of.get(self.primary.get(id, ""))


def read_names(path: Path) -> Names:
    """The first pass over a file: names alone (about 100 bytes a term), so that terms can be looked up.

    Raises OboError when the file cannot be read or is not an OBO file with terms.
    """
    names: dict[str, str] = {}
    primary: dict[str, str] = {}
    version, terms = "", 0
    for stanza in read_stanzas(path, ("id", "name", "alt_id", "is_obsolete", "format-version", "data-version")):
        if not stanza.kind:
            version = " ".join(map(plain_value, stanza.values("data-version")[:1]))
            if not stanza.values("format-version"):
                raise OboError(f"{path} is not an OBO file: it does not begin with 'format-version:'.")
        if stanza.kind != "Term":
            continue
        terms += 1
        # Ontology tables separate names by `; `, which a few names contain.
        id, name = _first(stanza, "id"), clean(_first(stanza, "name")).replace("; ", ", ")
        if id and name and not _obsolete(stanza):
            names.setdefault(id, name)
            primary.update((plain_value(other), id) for other in stanza.values("alt_id"))
    if not terms:
        raise OboError(f"{path} has no [Term].")
    return Names(names, primary, version, terms)


def read_term(stanza: Stanza) -> ChebiTerm | str:
    """The term of a `[Term]` stanza, or why it cannot be read."""
    if stanza.damage is not None:
        return stanza.damage
    if len(stanza.values("id")) != 1 or not _first(stanza, "id"):
        return "it has no id" if not stanza.values("id") else "it has several ids"
    definition = ""
    for value in stanza.values("def")[:1]:
        found = quoted_value("def", value)
        if found is None:
            return "its definition has no end"
        definition = clean(unescape(found[0]))
    smiles, inchikeys = _structures(stanza)
    if smiles is None:
        return "its structure has no end"
    if len(smiles) > 1:
        return f"it has {len(smiles)} different structures"
    relations = []
    for value in stanza.values("relationship"):
        parts = plain_value(value).split()
        if len(parts) != 2:
            return f"its relation {value[:80]!r} is not of the form 'relation id'"
        relations.append((_relation(parts[0]), parts[1]))
    return ChebiTerm(
        id=_first(stanza, "id"),
        line=stanza.line,
        name=clean(_first(stanza, "name")),
        synonyms=tuple(dict.fromkeys(filter(None, map(_synonym, stanza.values("synonym"))))),
        other_ids=tuple(dict.fromkeys([*map(plain_value, stanza.values("alt_id")), *_cas_numbers(stanza)])),
        definition=definition,
        smiles=next(iter(smiles), ""),
        inchikey=next(iter(inchikeys), ""),
        is_a=tuple(dict.fromkeys(map(plain_value, stanza.values("is_a")))),
        relations=tuple(dict.fromkeys(relations)),
        stars=max((_stars(value) for value in stanza.values("subset")), default=0),
        obsolete=_obsolete(stanza),
    )


def clean(text: str) -> str:
    """A name or definition as one line of plain text, without markup, tabs or repeated blanks."""
    text = html.unescape(_MARKUP.sub("", text))
    return " ".join(text.split())


def _structures(stanza: Stanza) -> tuple[dict[str, None] | None, dict[str, None]]:
    """Distinct SMILES and InChIKeys; None in place of SMILES when one of them cannot be read."""
    smiles: dict[str, None] = {}
    inchikeys: dict[str, None] = {}
    for clause in stanza.clauses:
        if clause.tag == "property_value":
            name = property_name(clause.value).strip('"')
            kind = re.split(r"[/#:]", name)[-1].lower()
        elif clause.tag == "synonym":
            kind = _synonym_kind(clause.value)
        else:
            continue
        if kind not in _SMILES_PROPERTIES and kind not in _INCHIKEY_PROPERTIES:
            continue
        found = quoted_value(clause.tag, clause.value)
        if found is None:
            return None, inchikeys
        if kind in _SMILES_PROPERTIES:
            smiles[unescape_structure(found[0])] = None
        else:
            inchikeys[found[0].strip().removeprefix("InChIKey=")] = None
    smiles.pop("", None)
    return smiles, inchikeys


def _synonym(value: str) -> str:
    """Another name of the term, or empty for what is wider or narrower than it, or no name but a structure."""
    found = quoted_value("synonym", value)
    scope = re.match(r"(?:EXACT|RELATED)\b\s*([^\s\[]*)", found[1]) if found else None
    if found is None or scope is None or scope[1].upper() in _NO_NAMES:
        return ""
    return clean(unescape(found[0]))


def _cas_numbers(stanza: Stanza) -> list[str]:
    """Of `xref: cas:50-78-2 {…}` and, in old files, `xref: KEGG COMPOUND:50-78-2 "CAS Registry Number"`."""
    values = (value for value in stanza.values("xref") if re.match(r"cas:|.*CAS Registry Number", value, re.IGNORECASE))
    return [found[0] for value in values if (found := _CAS_NUMBER.search(value))]


def _synonym_kind(value: str) -> str:
    """`smiles` or `inchikey` for the structures that old files give as synonyms, else empty."""
    found = re.search(r'"\s+RELATED\s+(SMILES|InChIKey)\s*\[', value)
    return found[1].lower() if found else ""


def _relation(name: str) -> str:
    """`has_role`, `RO:0000087` or a longer form of the former (`chebi:has_role`, an address)."""
    if re.fullmatch(r"(?:RO|BFO)[:_]\d+", name):
        return name
    last = re.split(r"[/#]", name)[-1]
    return last if re.fullmatch(r"(?:RO|BFO)[:_]\d+", last) else last.rsplit(":", 1)[-1]


def _stars(subset: str) -> int:
    found = re.match(r"(?:.*[/#:])?([1-3])[_:]STAR", subset)
    return int(found[1]) if found else 0


def _obsolete(stanza: Stanza) -> bool:
    return any(plain_value(value).lower() == "true" for value in stanza.values("is_obsolete"))


def _first(stanza: Stanza, tag: str) -> str:
    values = stanza.values(tag)
    return plain_value(values[0]) if values else ""
