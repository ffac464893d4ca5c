"""Captions rendered from rows of the ChEBI ontology, in the words of ChEBI-20 (Edwards et al., EMNLP 2021).

A ChEBI-20 caption is a ChEBI definition whose subject is hidden ("The molecule is a …"), followed by one
sentence for each kind of relation: "It has a role as a …, a … and a …. It is a … and a member of …. It
    derives from a …. It is a conjugate base of a …." Order, articles and list style follow the published
    captions.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_KIND_OF_IDENTIFIER = {
    # Import modules name a relation by its identifier where its label is not declared; both mean the same.
    "RO:0000087": "has_role",
    "BFO:0000051": "has_part",
    "has_component_part": "has_part",
    "RO:0018033": "is_conjugate_base_of",
    "RO:0018034": "is_conjugate_acid_of",
    "RO:0018036": "is_tautomer_of",
    "RO:0018037": "is_substituent_group_from",
    "RO:0018038": "has_functional_parent",
    "RO:0018039": "is_enantiomer_of",
    "RO:0018040": "has_parent_hydride",
}

_PREDICATES = (
    # In the order of the captions (counted on the validation split); roles and classes go before all of them.
    ("has_part", "contains"),
    ("has_functional_parent", "derives from"),
    ("is_conjugate_base_of", "is a conjugate base of"),
    ("is_conjugate_acid_of", "is a conjugate acid of"),
    ("has_parent_hydride", "derives from a hydride of"),
    ("is_enantiomer_of", "is an enantiomer of"),
    ("is_tautomer_of", "is a tautomer of"),
    ("is_substituent_group_from", "is a substituent group from"),
)

_KEEP_SENTENCE, _KEEP_DEFINITION, _KEEP_ORDER = 0.75, 0.85, 0.5


@dataclass(frozen=True, slots=True)
class OntologyRow:
    """One ChEBI class with a structure; relations are (kind, name of the other class) in file order."""

    chebi_id: str
    name: str
    smiles: str
    definition: str
    is_a: tuple[str, ...]
    relations: tuple[tuple[str, str], ...]
    cid: str | None
    synonyms: tuple[str, ...] = ()

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> OntologyRow:
        """From the columns of `chebi_ontology.tsv`; lists are separated by `; `, relations `kind:name`.

        A column `synonyms`, also a list, may follow them.
        """
        return cls(
            chebi_id=fields["chebi_id"],
            name=fields["name"],
            smiles=fields["smiles"],
            definition=fields["definition"],
            is_a=tuple(dict.fromkeys(_split(fields["is_a"]))),
            relations=tuple(dict.fromkeys(filter(None, map(_relation, _split(fields["relations"]))))),
            cid=fields.get("cid") or None,
            synonyms=tuple(dict.fromkeys(_split(fields.get("synonyms", "")))),
        )


def render_caption(row: OntologyRow, rng: random.Random | None = None) -> str:
    """The caption of `row`, or an empty string when the row says nothing.

    With `rng` a variation of it: names within a sentence are shuffled, each sentence may be left out, and
        sentences after the first may change places. At least one sentence stays, and the first names "The
        molecule".
    """
    definition = _definition(row)
    sentences = _sentences(row, rng)
    if rng is not None:
        kept = [sentence for sentence in sentences if rng.random() < _KEEP_SENTENCE]
        if kept and rng.random() > _KEEP_DEFINITION:
            definition = ""
        elif not definition and not kept:
            kept = sentences[:1]
        if rng.random() > _KEEP_ORDER:
            rng.shuffle(kept)
        sentences = kept
    bodies = [definition, *sentences] if definition else sentences
    subjects = ["The molecule", *["It"] * (len(bodies) - 1)]
    return " ".join(f"{subject} {body}" for subject, body in zip(subjects, bodies, strict=False))


def render_names(row: OntologyRow) -> list[str]:
    """The name of `row` and its synonyms, each as a text of its own.

    Captions never say the name of their molecule, but those of its relatives do ("It is a conjugate base of a …"),
    and so do people who search.
    """
    names = {" ".join(name.split()): None for name in (row.name, *row.synonyms)}
    return [name_text(name) for name in names if name]


def name_text(name: str) -> str:
    """The text that states a molecule's name and nothing else."""
    return f"The molecule is {name}."


def listed_phrases(text: str) -> list[str]:
    """The phrases of a sentence's list, articles kept: of "a dye, a member of ureas and an ether" three."""
    return re.split(r"(?:,| and) (?=an? )", text)


def indefinite(name: str) -> str:
    """`name` with its article as ChEBI-20 has it, or "a member of" it if it is a plural: class names often are.

    The article follows the first letter or number after brackets and is `an` before a written vowel: "an
    (E)-…", "an 8-hydroxy steroid", "an 11-…", but "a L-serine", "a N-acyl…", "a uridine" and "a one-carbon
    …".
    """
    if _PLURAL.search(name):
        return f"a member of {name}"
    return f"{'an' if _VOWEL.match(name) else 'a'} {name}"


_PLURAL = re.compile(r"[^su\W]s(?<!\bgas)( [A-Z]\d?)?$")  # "esters", "prostaglandins A"; not "glass", "phosphorus"
_VOWEL = re.compile(
    r"[(\[{]*(?:8|11(?!\d)"
    r"|[AEIOaio](?!ne-)|e(?!u)"  # a one-carbon compound, a eugenol
    r"|U|u(?!r[aeio](?!$)|ni(?!n)|bi|su))"  # a uridine, a uracil, a urea, a universal, a ubiquinone
)


def _definition(row: OntologyRow) -> str:
    """The definition as a predicate of "The molecule", ending with a full stop."""
    text = " ".join(row.definition.split())
    if not text:
        return ""
    first, _, rest = text.partition(" ")
    named = re.match(r"(?:\S+ ){1,6}?is (?=an? |the )", text)
    if first.lower() not in ("a", "an", "the") and named:
        text = text[named.end() :]  # "Sucrose is a …": the name gives way to "The molecule"
    elif re.fullmatch(r"[A-Z][a-z]*", first):
        text = f"{first.lower()} {rest}".rstrip()
    return f"is {text}" if text.endswith((".", "!", "?")) else f"is {text}."


def _sentences(row: OntologyRow, rng: random.Random | None) -> list[str]:
    """Everything but the definition, each as a predicate with a full stop, in the captions' order."""
    related: dict[str, list[str]] = {}
    for kind, name in row.relations:
        related.setdefault(kind, []).append(name)

    classes = _sentence("is", row.is_a, rng)
    roles = _sentence("has a role as", [_singular(role) for role in related.get("has_role", [])], rng)
    # Beside a definition a single class is what that starts with ("A monohydroxybenzoate that is …"), and not
    # said twice; without one the classes take its place.
    repeated = bool(row.definition.strip()) and len(row.is_a) == 1
    opening = [roles, "" if repeated else classes] if row.definition.strip() else [classes, roles]
    others = [_sentence(predicate, related.get(kind, ()), rng) for kind, predicate in _PREDICATES]
    return [sentence for sentence in [*opening, *others] if sentence]


def _sentence(predicate: str, names: Sequence[str], rng: random.Random | None) -> str:
    """`predicate a X, a Y and a Z.`, or an empty string without names."""
    phrases = [indefinite(name) for name in names]
    if not phrases:
        return ""
    if rng is not None:
        rng.shuffle(phrases)
    listed = phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} and {phrases[-1]}"
    return f"{predicate} {listed}."


def _singular(role: str) -> str:
    """Roles are named in the singular but for a few ("… inhibitors"); captions say "an … inhibitor"."""
    return role[:-1] if _PLURAL.search(role) else role


def _relation(text: str) -> tuple[str, str] | None:
    """`kind:name` or, for relations named by identifier, `RO:0000087:name`."""
    match = re.match(r"((?:RO|BFO)[:_]\d+|[a-z_]+):(.+)", text)
    if match is None:
        return None
    kind = match[1].replace("RO_", "RO:").replace("BFO_", "BFO:")
    return _KIND_OF_IDENTIFIER.get(kind, kind), match[2]


def _split(text: str) -> list[str]:
    return [part for part in text.split("; ") if part]
