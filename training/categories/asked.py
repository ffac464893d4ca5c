"""How well a checkpoint answers what people ask first: a class, a role or a part of the structure, and nothing else.

The categories that held-out texts state are asked by themselves ("plant metabolite"), and the molecules of the same
texts are ranked; those whose texts state the category are the answers. Texts do not state all that is true, so these
figures are too low for every checkpoint alike. What structures have in them ("nitrile") is asked in the same way, in
every wording; there the answers are all that are true.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from training.categories.statements import Category, bare, stated_categories
from training.evaluation import Encoder, EvaluationError, embed_molecules, prepare
from training.pairs import Pair
from training.structural.parts import parts_of_all

_Figures = tuple[float, float, float, float]

_FIRST = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """Means over the categories of a kind, each weighing the same.

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


def ask_categories(
    encoder: Encoder, pairs: Sequence[Pair], *, least: int = _FIRST, workers: int = 0
) -> dict[str, Asked]:
    """Figures by kind of category, of those that `least` molecules or more have: "class", "role", "structure".

    workers: processes for RDKit's share.

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
    asked = {category: rows for category, rows in answers.items() if len(rows) >= least}
    if not asked:
        raise EvaluationError(f"No class, role or part of a structure is common to {least} molecules of the pairs.")
    queries = encoder.encode_text([bare(category.phrase) for category in asked])
    scores = queries @ embed_molecules(encoder, prepared).T
    return _by_kind(asked, scores)


def as_json(figures: Mapping[str, Asked]) -> dict[str, dict[str, float | int]]:
    """`{"class": {"hits1": …, …}, "role": {…}}`."""
    return {kind: asdict(values) for kind, values in figures.items()}


def _by_kind(asked: Mapping[Category, set[int]], scores: NDArray[np.floating]) -> dict[str, Asked]:
    found: dict[str, list[_Figures]] = {}
    for (category, rows), row in zip(asked.items(), scores, strict=True):
        answer = np.zeros(len(row), bool)
        answer[list(rows)] = True
        found.setdefault(category.kind, []).append(_figures(answer[np.lexsort((answer, -row))]))
    summed = {}
    for kind, values in sorted(found.items()):
        hits, precision, r_precision, average = (fmean(column) for column in zip(*values, strict=True))
        summed[kind] = Asked(hits, precision, r_precision, average, queries=len(values), pool=scores.shape[1])
    return summed


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
