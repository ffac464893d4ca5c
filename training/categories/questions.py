"""Questions about classes, roles and parts of training molecules, each with all molecules that answer it."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from training.categories.statements import Category, bare, stated_categories
from training.pairs import Pair
from training.structural.parts import Part

_LEAST_ANSWERS = 2  # a class of one molecule describes it, which its caption does already
# What a question is about, how many categories it names, and how often.
_About = Literal["stated", "structure", "both"]
_ABOUT: dict[_About, float] = {"stated": 0.4, "structure": 0.45, "both": 0.15}
_STATED_TOGETHER = (1, 2, 3), (0.6, 0.3, 0.1)
_PARTS_TOGETHER = (1, 2, 3), (0.4, 0.4, 0.2)  # a part says less than a class
_SUBJECTS = ("a compound", "a molecule", "a substance")
_WITH = ("with", "with", "containing", "bearing", "that has", "having")
_CONTAINS = ("has", "contains", "carries")


@dataclass(frozen=True, slots=True)
class Question:
    """text: one to four categories, phrased as a search or as in captions; answers: rows of `molecules`,
    ascending, of all that have every one of them.
    """

    text: str
    answers: tuple[int, ...]


class Questions:
    """Questions about the molecules of some pairs: classes and roles that texts state, and parts of structures.

    molecules: SMILES, one for each key, of those that answer any question.

    Args:
        pairs: training pairs.
        keys: by SMILES, equal for equal molecules (`inchikeys`); an empty key leaves a pair out.
        parts: what the structures have in them, by SMILES; a molecule's first in the pairs is looked up. Without any,
            questions are about classes and roles only.
        everyday: other words for classes and roles, by what texts call them (`read_everyday_words`).

    Raises:
        ValueError: nothing is common to two molecules.
    """

    def __init__(
        self,
        pairs: Sequence[Pair],
        keys: Mapping[str, str],
        parts: Mapping[str, Sequence[Part]] | None = None,
        everyday: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        smiles_of: dict[str, str] = {}
        stated: dict[str, dict[Category, None]] = {}
        for pair in pairs:
            if key := keys[pair.smiles]:
                smiles_of.setdefault(key, pair.smiles)
                categories = (_in_everyday_words(one, everyday or {}) for one in stated_categories(pair.text))
                stated.setdefault(key, {}).update(dict.fromkeys(categories))
        parts = parts or {}
        built = {key: [_as_category(part) for part in parts.get(smiles, ())] for key, smiles in smiles_of.items()}
        kept = [key for key in smiles_of if stated[key] or built[key]]
        self.molecules = tuple(smiles_of[key] for key in kept)
        members: dict[Category, set[int]] = {}
        for row, key in enumerate(kept):
            for category in (*stated[key], *built[key]):
                members.setdefault(category, set()).add(row)
        self._members = {category: rows for category, rows in members.items() if len(rows) >= _LEAST_ANSWERS}
        of_kept = [(self._shared(stated[key]), self._shared(built[key])) for key in kept]
        molecules_with: dict[_About, list[tuple[list[Category], list[Category]]]] = {
            "stated": [one for one in of_kept if one[0]],
            "structure": [one for one in of_kept if one[1]],
            "both": [one for one in of_kept if all(one)],
        }
        self._molecules_with = {about: molecules for about, molecules in molecules_with.items() if molecules}
        if not self._molecules_with:
            raise ValueError("nothing that texts state or structures have is common to two molecules")

    def _shared(self, categories: Iterable[Category]) -> list[Category]:
        return [category for category in categories if category in self._members]

    def sample(self, rng: random.Random) -> Question:
        """A question that a randomly sampled molecule answers; rarer categories of it are preferred."""
        about = rng.choices(list(self._molecules_with), [_ABOUT[about] for about in self._molecules_with])[0]
        stated, built = rng.choice(self._molecules_with[about])
        if about == "stated":
            sampled = self._some(stated, rng.choices(*_STATED_TOGETHER)[0], rng)
        elif about == "structure":
            sampled = self._some(built, rng.choices(*_PARTS_TOGETHER)[0], rng)
        else:
            sampled = self._some(stated, 1, rng) + self._some(built, rng.choice((1, 2)), rng)
        answers = set.intersection(*(self._members[category] for category in sampled))
        return Question(_text(sampled, rng), tuple(sorted(answers)))

    def _some(self, categories: Sequence[Category], count: int, rng: random.Random) -> list[Category]:
        left = list(categories)
        sampled: list[Category] = []
        while left and len(sampled) < count:
            sampled += rng.choices(left, [1 / math.sqrt(len(self._members[category])) for category in left])
            left.remove(sampled[-1])
        return sorted(sampled, key=lambda category: category.kind)


def _in_everyday_words(category: Category, everyday: Mapping[str, tuple[str, ...]]) -> Category:
    return replace(category, also=everyday.get(bare(category.phrase), ()))


def _as_category(part: Part) -> Category:
    return Category("structure", part.names[0], part.names[1:])


def _text(categories: Sequence[Category], rng: random.Random) -> str:
    chosen: dict[str, list[str]] = {"class": [], "role": [], "structure": []}
    for category in categories:
        chosen[category.kind].append(rng.choice(category.phrases))
    form = rng.random()
    if form < 0.35:
        return ", ".join(bare(phrase) for phrases in chosen.values() for phrase in phrases)
    if form < 0.6:
        return _phrase(chosen["class"] + chosen["role"], chosen["structure"], rng)
    predicates = {"class": "is", "role": "has a role as", "structure": rng.choice(_CONTAINS)}
    statements = [f"{predicates[kind]} {_joined(phrases)}" for kind, phrases in chosen.items() if phrases]
    return f"The molecule {' and '.join(statements)}."


def _phrase(what: list[str], parts: list[str], rng: random.Random) -> str:
    """As in "an alkaloid with an indole ring", "a compound that has an indole ring", "indole with a nitrile"."""
    if not parts:
        return _joined(what)
    if what or len(parts) == 1 or rng.random() < 0.5:
        return f"{_joined(what or [rng.choice(_SUBJECTS)])} {rng.choice(_WITH)} {_joined(parts)}"
    return f"{bare(parts[0])} {rng.choice(_WITH)} {_joined(parts[1:])}"


def _joined(phrases: Sequence[str]) -> str:
    return " and ".join(phrases)
