"""Captions rendered from rows of the ChEBI ontology, in the words of ChEBI-20 (Edwards et al., EMNLP 2021).

A ChEBI-20 caption is a ChEBI definition whose subject is hidden ("The molecule is a …"), followed by one
sentence for each kind of relation.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass


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

    @classmethod
    def from_fields(cls, fields: Mapping[str, str]) -> OntologyRow:
        """From the columns of `chebi_ontology.tsv`; lists there are separated by `; `."""
        relations = [part.partition(":") for part in _split(fields["relations"])]
        return cls(
            chebi_id=fields["chebi_id"],
            name=fields["name"],
            smiles=fields["smiles"],
            definition=fields["definition"],
            is_a=_split(fields["is_a"]),
            relations=tuple((kind, target) for kind, colon, target in relations if colon and target),
            cid=fields.get("cid") or None,
        )


def render_caption(row: OntologyRow, rng: random.Random | None = None) -> str:
    """The caption of `row`, or an empty string when the row says nothing."""
    raise NotImplementedError


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split("; ") if part)
