"""Retrieval by a category alone, which is what people ask first: a class, a role or a part of the structure.

Each class or role that held-out texts state is a query ("plant metabolite"); their molecules are ranked, and those
whose text states it are the answers. Texts do not state everything that is true, so these figures
underestimate every checkpoint alike. Parts of structures ("nitrile") are queries in every wording; their answers are
complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from training.categories.statements import Category, bare, stated_categories
from training.evaluation import Encoder, EvaluationError, EvaluationSet, embed_molecules, prepare
from training.pairs import Pair
from training.structural.parts import parts_of_all

_Figures = tuple[float, float, float, float]

_FIRST = 10


@dataclass(frozen=True, slots=True)
class CategoryMetrics:
    """Means over the categories of a kind, all of equal weight.

    hits1: share whose first hit is an answer; precision10: share of answers among the first ten; r_precision: among
    as many as there are answers; mean_average_precision: of the precisions at each answer; queries: categories; pool:
    molecules ranked.
    """

    hits1: float
    precision10: float
    r_precision: float
    mean_average_precision: float
    queries: int
    pool: int


@dataclass(frozen=True)
class CategoryQueries:
    """molecules: the pool that is ranked; answers: its rows, by category."""

    molecules: EvaluationSet
    answers: Mapping[Category, set[int]]

    @classmethod
    def of(cls, pairs: Sequence[Pair], *, least: int = _FIRST, workers: int = 0) -> CategoryQueries:
        """The categories that `least` molecules of the pairs or more have.

        workers: RDKit worker processes; 0: this process.

        Raises:
            EvaluationError: there is no such category.
        """
        prepared = prepare(pairs, [])  # the pool is the pairs' own molecules
        answers: dict[Category, set[int]] = {}
        for text, rows in zip(prepared.texts, prepared.text_truth, strict=True):
            for category in stated_categories(text):
                answers.setdefault(category, set()).add(int(rows[0]))
        for row, parts in enumerate(parts_of_all(prepared.smiles, workers)):
            for phrase in (phrase for part in parts for phrase in part.names):
                answers.setdefault(Category("structure", phrase), set()).add(row)
        answers = {category: rows for category, rows in answers.items() if len(rows) >= least}
        if not answers:
            raise EvaluationError(f"No class, role or part of a structure is common to {least} molecules of the pairs.")
        return cls(prepared, answers)

    def evaluate(self, encoder: Encoder) -> dict[str, CategoryMetrics]:
        """Metrics by kind of category: "class", "role", "structure"."""
        queries = encoder.encode_text([bare(category.phrase) for category in self.answers])
        scores = queries @ embed_molecules(encoder, self.molecules).T
        found: dict[str, list[_Figures]] = {}
        for (category, rows), row in zip(self.answers.items(), scores, strict=True):
            answer = np.zeros(len(row), bool)
            answer[list(rows)] = True
            found.setdefault(category.kind, []).append(_figures(answer[np.lexsort((answer, -row))]))
        metrics = {}
        for kind, values in sorted(found.items()):
            hits, precision, r_precision, average = (fmean(column) for column in zip(*values, strict=True))
            metrics[kind] = CategoryMetrics(
                hits, precision, r_precision, average, queries=len(values), pool=scores.shape[1]
            )
        return metrics


def evaluate_categories(
    encoder: Encoder, pairs: Sequence[Pair], *, least: int = _FIRST, workers: int = 0
) -> dict[str, CategoryMetrics]:
    """`CategoryQueries.of` the pairs, evaluated."""
    return CategoryQueries.of(pairs, least=least, workers=workers).evaluate(encoder)


def as_json(figures: Mapping[str, CategoryMetrics]) -> dict[str, dict[str, float | int]]:
    """`{"class": {"hits1": …, …}, "role": {…}}`."""
    return {kind: asdict(values) for kind, values in figures.items()}


def _figures(ranked: NDArray[np.bool_]) -> _Figures:
    """ranked: whether each molecule is an answer, best first, the wrong one first where scores are equal."""
    places = np.flatnonzero(ranked) + 1
    precisions = np.arange(1, len(places) + 1) / places
    return (
        float(ranked[0]),
        float(ranked[:_FIRST].mean()),
        float(ranked[: len(places)].mean()),
        float(precisions.mean()),
    )
