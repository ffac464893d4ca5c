"""What is asked for by its relation to a molecule: "drugs similar to morphine", "isomers of CC(C)O"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from indexer.chemistry import ReadStructure
from indexer.properties import Properties
from indexer.release.opened import Release
from indexer.search.filters import MoleculeFilter
from indexer.search.identifiers import Identifier, read_identifier
from indexer.search.lexicon import SALT_KEY, Lexicon, Match
from indexer.search.relations import Change, Relation, mirror_image, read_relation
from indexer.search.understanding import match_structure, means_structure
from model.inputs.structure import StructureError
from model.inputs.thesaurus import thesaurus
from service.answering.asked import Reading
from service.answering.wording import read_words
from service.problems import printable

ReadSmiles = Callable[[str], ReadStructure]
"""Reads a structure with all that a search needs and its properties. Raises StructureError."""

# What "like ibuprofen but more soluble" bounds by the value of ibuprofen, and whether from below.
_CHANGES: Mapping[Change, tuple[str, str, bool]] = {
    "more soluble": ("logp", "logP", False),
    "less soluble": ("logp", "logP", True),
    "smaller": ("molecular_weight", "molecular weight", False),
    "larger": ("molecular_weight", "molecular weight", True),
}
# Relations that a molecule does not have to itself.
_OTHERS = frozenset({"isomer", "stereoisomer", "metabolite"})
_ISOTOPE = re.compile(r"\[\d")


def related(text: str, release: Release, lexicon: Lexicon, read: ReadSmiles) -> tuple[Reading, ReadStructure] | None:
    """What a text asks for by its relation to a molecule of the corpus or to a structure that it gives, and the
    structure to search by; None where it asks for no relation, or to nothing that is known.
    """
    asked = read_relation(text)
    if asked is None or (found := _other_side(asked.named, release, lexicon, read)) is None:
        return None
    structure, name, itself = found
    searched = read(mirror_image(structure.smiles)) if asked.relation == "enantiomer" else structure
    matches, remark = _matches(asked.relation, name, structure, searched, release, lexicon)
    others = tuple(match for match in matches if match.row not in itself)
    if asked.relation not in ("like", "metabolite") and not others:
        remark += f" The corpus has none but {name} itself." if itself else " The corpus has none."
    reading = Reading("structure", searched.smiles, others, remarks=(remark,))
    if asked.relation in _OTHERS and itself:  # which is as like itself as can be
        without = MoleculeFilter(without=tuple(sorted(itself)))
        reading = replace(reading, filter=without, filters=(f"not {name}",))
    if asked.change is not None:
        reading = _changed(reading, asked.change, name, _properties(structure))
    return reading, searched


def metabolites_named(text: str, release: Release, lexicon: Lexicon) -> Reading | None:
    """What the thesaurus names where it knows what a molecule becomes in the body, without the molecule itself."""
    asked = read_relation(text)
    if asked is None or asked.relation != "metabolite" or not thesaurus().widen(text).names:
        return None
    if not (named := lexicon.find_called(asked.named)):
        return None
    reading = read_words(text, release.asks_for_class, release.tags, lexicon.find_called)
    others = MoleculeFilter(without=tuple(sorted({match.row for match in named})))
    return replace(reading, filter=others & reading.filter, filters=(*reading.filters, f"not {named[0].value}"))


def _other_side(
    named: str, release: Release, lexicon: Lexicon, read: ReadSmiles
) -> tuple[ReadStructure, str, frozenset[int]] | None:
    """The structure on the other side of a relation, what to call it, and the row of the molecule that it is."""
    if means_structure(named):
        try:
            structure = read(named)
        except StructureError:
            return None
        rows = {match.row for match in match_structure(structure, lexicon) if match.kind == "structure"}
        return structure, printable(named), frozenset(rows)
    identifier = read_identifier(named)
    matches: Sequence[Match] = lexicon.find_called(named)
    if not matches and identifier is not None and identifier.kind not in ("formula", "skeleton"):
        matches = lexicon.find_identifier(identifier)
    if not matches:
        return None
    (record,) = release.records.molecules([matches[0].row])
    rows = {match.row for match in matches}
    name = matches[0].value if identifier is None else record.name or record.id
    return read(record.smiles), name, frozenset(rows if len(rows) == 1 else ())


def _matches(
    relation: Relation,
    name: str,
    structure: ReadStructure,
    searched: ReadStructure,
    release: Release,
    lexicon: Lexicon,
) -> tuple[Sequence[Match], str]:
    """The molecules of the corpus that are in a relation to a structure, itself among them or not, and what was looked
    for. searched: its mirror image, where that is asked for.
    """
    if relation == "like":
        return (), f"Searched for molecules like {name}, by its structure."
    if relation == "metabolite":
        return (), f"The corpus does not tell what is made of {name}, or becomes it; what is like it follows."
    if relation == "isomer":
        formula = _properties(structure).formula
        isomers = lexicon.find_identifier(Identifier("formula", formula))
        return isomers, f"Isomers of {name} are what is made of {formula}; what else is like it follows."
    if relation == "enantiomer":
        if searched.inchikey == structure.inchikey:
            return (), f"The structure of {name} is its own mirror image; what is like it follows."
        mirrored = [match for match in match_structure(searched, lexicon) if match.kind == "structure"]
        return mirrored, f"The mirror image of {name} is {searched.smiles}; what is like it follows."
    key = structure.inchikey or ""
    skeleton = lexicon.find_skeleton(key) if key else []
    records = release.records.molecules([match.row for match in skeleton])
    if relation == "protonation":
        same = [record.inchikey[:SALT_KEY] == key[:SALT_KEY] for record in records]
        forms = "protonation"
    else:  # the second block of a key says isotopes, too, and its last letter protons
        isotopic = _ISOTOPE.search(structure.smiles) is not None
        same = [
            record.inchikey[-1:] == key[-1:] and (_ISOTOPE.search(record.smiles) is not None) == isotopic
            for record in records
        ]
        forms = "stereochemistry"
    kept = [match for match, alike in zip(skeleton, same, strict=True) if alike]
    return kept, f"Searched for the skeleton of {name} with other {forms}; what is like it follows."


def _properties(structure: ReadStructure) -> Properties:
    assert structure.properties is not None
    return structure.properties


def _changed(reading: Reading, change: Change, name: str, properties: Properties) -> Reading:
    """Only what has more or less of a property than the molecule itself."""
    property, shown, above = _CHANGES[change]
    value = round(float(getattr(properties, property)), 2)
    bounds = (value + 0.01, None) if above else (None, value - 0.01)
    said = f"{shown} {'above' if above else 'below'} {value:g}, that of {name}"
    return replace(reading, filter=MoleculeFilter(ranges=((property, bounds),)), filters=(said,))
