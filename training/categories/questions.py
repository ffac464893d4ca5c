"""Questions for classes and roles that training texts state, each with all training molecules that answer it."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.categories.statements import Category, bare, stated_categories
from training.pairs import Pair

_LEAST_ANSWERS = 2  # a class of one molecule describes it, which its caption does already
_TOGETHER = ((1, 2, 3), (0.6, 0.3, 0.1))
"""How many categories a question names, and how often."""


@dataclass(frozen=True, slots=True)
class Question:
    """text: one to three categories, as people type them or as captions have them; answers: rows of `molecules`,
    ascending, of all that have every one of them.
    """

    text: str
    answers: tuple[int, ...]


class Questions:
    """All that may be asked of some pairs.

    molecules: SMILES of those that state a class or role, one for each key.

    Args:
        pairs: training pairs.
        keys: by SMILES, equal for equal molecules (`inchikeys`); an empty key leaves a pair out.

    Raises:
        ValueError: no class or role is stated of two molecules.
    """

    def __init__(self, pairs: Sequence[Pair], keys: Mapping[str, str]) -> None:
        smiles_of: dict[str, str] = {}
        stated: dict[str, dict[Category, None]] = {}
        for pair in pairs:
            key, found = keys[pair.smiles], stated_categories(pair.text)
            if key and found:
                smiles_of.setdefault(key, pair.smiles)
                stated.setdefault(key, {}).update(dict.fromkeys(found))
        self.molecules = tuple(smiles_of.values())
        members: dict[Category, set[int]] = {}
        for row, categories in enumerate(stated.values()):
            for category in categories:
                members.setdefault(category, set()).add(row)
        self._members = {category: rows for category, rows in members.items() if len(rows) >= _LEAST_ANSWERS}
        of_molecule = [[one for one in categories if one in self._members] for categories in stated.values()]
        self._of_molecule = [categories for categories in of_molecule if categories]
        if not self._of_molecule:
            raise ValueError("no class or role is stated of two molecules")

    def draw(self, rng: random.Random) -> Question:
        """A question that a molecule drawn by lot answers, of its categories rather the rarer."""
        left = list(rng.choice(self._of_molecule))
        drawn: list[Category] = []
        for _ in range(min(rng.choices(*_TOGETHER)[0], len(left))):
            drawn += rng.choices(left, [1 / math.sqrt(len(self._members[category])) for category in left])
            left.remove(drawn[-1])
        drawn.sort(key=lambda category: category.kind)
        answers = set.intersection(*(self._members[category] for category in drawn))
        return Question(_text(drawn, rng), tuple(sorted(answers)))


def _text(categories: Sequence[Category], rng: random.Random) -> str:
    form = rng.random()
    if form < 0.35:
        return ", ".join(map(bare, categories))
    if form < 0.6:
        return _joined(categories)
    said = [
        f"{predicate} {_joined([category for category in categories if category.kind == kind])}"
        for kind, predicate in (("class", "is"), ("role", "has a role as"))
        if any(category.kind == kind for category in categories)
    ]
    return f"The molecule {' and '.join(said)}."


def _joined(categories: Sequence[Category]) -> str:
    return " and ".join(category.phrase for category in categories)
