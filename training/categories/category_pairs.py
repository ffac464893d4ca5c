"""Pairs of molecules and short texts that say a class or a role and little else, made from what captions state.

Captions say what a molecule is and does beside much else; people who search often say only that. Written as one table,
which `molseek-train fit --pairs` takes: `source` (`category`), `smiles`, `description`; and beside it, as `.json`, what
went into it.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from training.categories.statements import Category, bare, stated_categories
from training.leaks import inchikeys
from training.made_pairs import origin, write_made_pairs
from training.pairs import read_pairs

COLUMNS = ("source", "smiles", "description")
_LEAST_MOLECULES = 2  # a class of one molecule is a description of it, which its caption is already
_TOGETHER = ((1, 2, 3), (0.6, 0.3, 0.1))
"""How many categories a text says, and how often."""


@dataclass(frozen=True, slots=True)
class CategoryPairsSummary:
    """molecules: of the training files; categories: those that two of them or more have, which may be said; stated:
    molecules that have one, and so a text; texts: distinct ones.
    """

    molecules: int
    categories: int
    stated: int
    texts: int

    def __str__(self) -> str:
        return (
            f"{self.molecules:,} molecules, {self.categories:,} classes and roles that two of them or more have\n"
            f"{self.stated:,} texts, {self.texts:,} different ones, written"
        )


def make_category_pairs(sources: Sequence[str], out: Path, *, seed: int = 0, workers: int = 1) -> CategoryPairsSummary:
    """Write one short text for each molecule (InChIKey) of training files whose captions state what it is or does.

    It says one to three of the molecule's categories, the rarer the likelier: as people type them, or as a caption has
    them.

    Args:
        sources: what `fit --pairs` is given.
        seed: of what is said. A molecule's text depends on it, the molecule, and how common its categories are.
        workers: processes that make InChIKeys.

    Raises:
        PairFileError: a training file cannot be read.
        OSError: `out` cannot be written; what was there stays.
    """
    pairs = [pair for source in sources for pair in read_pairs(source, limits=None).pairs]
    keys = inchikeys((pair.smiles for pair in pairs), workers=workers)
    smiles_of = {keys[pair.smiles]: pair.smiles for pair in reversed(pairs) if keys[pair.smiles]}
    stated: dict[str, dict[Category, None]] = {key: {} for key in smiles_of}
    for pair in pairs:
        if key := keys[pair.smiles]:
            stated[key].update((category, None) for category in stated_categories(pair.text))
    counts = Counter(category for categories in stated.values() for category in categories)
    rows = []
    for key, smiles in sorted(smiles_of.items()):
        common = [category for category in stated[key] if counts[category] >= _LEAST_MOLECULES]
        if common:
            rng = random.Random(f"{seed} {key}")
            rows.append(("category", smiles, _text(_drawn(common, counts, rng), rng)))
    summary = CategoryPairsSummary(
        molecules=len(stated),
        stated=len(rows),
        categories=sum(count >= _LEAST_MOLECULES for count in counts.values()),
        texts=len({text for _, _, text in rows}),
    )
    write_made_pairs(out, COLUMNS, rows, asdict(summary) | {"seed": seed, "sources": list(map(origin, sources))})
    return summary


def _drawn(categories: Sequence[Category], counts: Mapping[Category, int], rng: random.Random) -> list[Category]:
    """Some of the categories, classes first; a metabolite is most often told by something else."""
    left = list(categories)
    drawn: list[Category] = []
    for _ in range(min(rng.choices(*_TOGETHER)[0], len(left))):
        drawn += rng.choices(left, [1 / math.sqrt(counts[category]) for category in left])
        left.remove(drawn[-1])
    return sorted(drawn, key=lambda category: category.kind)


def _text(categories: Sequence[Category], rng: random.Random) -> str:
    if rng.random() < 0.5:
        return ", ".join(map(bare, categories))
    predicates = {"class": "is", "role": "has a role as"}
    said = {
        kind: f"{predicate} {' and '.join(one.phrase for one in categories if one.kind == kind)}"
        for kind, predicate in predicates.items()
        if any(one.kind == kind for one in categories)
    }
    return f"The molecule {' and '.join(said.values())}."
