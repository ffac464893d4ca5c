"""The filter of a search, for type checkers. Anything that the service knows can be given, also what is not here."""

from __future__ import annotations

from typing import TypedDict


class Range(TypedDict, total=False):
    """From min to max, both included; either may be left out."""

    min: float
    max: float


class Tags(TypedDict, total=False):
    """Tags that a molecule has; `Client.version().release.tags` lists those of the corpus."""

    any: list[str]
    all: list[str]
    none: list[str]


class Filter(TypedDict, total=False):
    """What a hit's molecule has to be like: all that is given holds. Substructures are SMARTS."""

    molecular_weight: Range
    exact_mass: Range
    formula: list[str]
    logp: Range
    tpsa: Range
    hbd: Range
    hba: Range
    rings: Range
    rotatable_bonds: Range
    heavy_atoms: Range
    formal_charge: Range
    tags: Tags
    has_substructure: list[str]
    lacks_substructure: list[str]
