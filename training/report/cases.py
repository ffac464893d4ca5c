"""Cases: hits, near misses and bad misses with their first hits, sampled at random."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from model.inputs.fingerprint import morgan_fingerprint, tanimoto
from model.inputs.structure import parse_structure
from training.evaluation import EvaluationSet
from training.report.retrieval import Retrieval

NEAR = 10
FAR = 100


class Outcome(StrEnum):
    """By the rank of the true molecule: 1; up to 10; beyond 100."""

    HIT = "hit"
    NEAR_MISS = "near miss"
    BAD_MISS = "bad miss"


@dataclass(frozen=True, slots=True)
class Hit:
    """tanimoto: to the truth (Morgan, radius 2, 2048 bits); trained: it is in the training pairs, None if unknown."""

    id: str
    smiles: str
    score: float
    tanimoto: float
    is_truth: bool
    trained: bool | None


@dataclass(frozen=True, slots=True)
class Case:
    """A text, the molecule that it describes, and the first hits, best first."""

    outcome: Outcome
    text: str
    truth_id: str
    truth_smiles: str
    truth_rank: float
    truth_score: float
    hits: tuple[Hit, ...]


def outcome_of(rank: float) -> Outcome | None:
    """The outcome for a rank; None between a near and a bad miss."""
    if rank <= 1:
        return Outcome.HIT
    if rank <= NEAR:
        return Outcome.NEAR_MISS
    return Outcome.BAD_MISS if rank > FAR else None


def choose(ranks: NDArray[np.float64], *, each: int = 3, seed: int = 0) -> dict[Outcome, tuple[int, ...]]:
    """At most `each` queries of every outcome, the first ones in a seeded random order."""
    order = np.random.default_rng(seed).permutation(len(ranks))
    chosen: dict[Outcome, list[int]] = {outcome: [] for outcome in Outcome}
    for query in order:
        outcome = outcome_of(float(ranks[query]))
        if outcome is not None and len(chosen[outcome]) < each:
            chosen[outcome].append(int(query))
    return {outcome: tuple(queries) for outcome, queries in chosen.items()}


def make_cases(
    prepared: EvaluationSet,
    retrieval: Retrieval,
    *,
    trained: NDArray[np.bool_] | None = None,
    each: int = 3,
    seed: int = 0,
) -> tuple[Case, ...]:
    """Cases sampled at random, hits first. trained: bool (pool,), which candidates were trained on."""
    chosen = choose(retrieval.ranks, each=each, seed=seed)
    return tuple(
        _case(prepared, retrieval, query, outcome, trained) for outcome, queries in chosen.items() for query in queries
    )


def _case(
    prepared: EvaluationSet, retrieval: Retrieval, query: int, outcome: Outcome, trained: NDArray[np.bool_] | None
) -> Case:
    truth, rows = int(retrieval.truth[query]), retrieval.rows[query]
    prints = [_fingerprint(prepared, int(row)) for row in rows]
    similarity = tanimoto(_fingerprint(prepared, truth), np.stack(prints))
    hits = tuple(
        Hit(
            id=prepared.molecule_ids[row],
            smiles=prepared.smiles[row],
            score=float(score),
            tanimoto=float(likeness),
            is_truth=bool(row in prepared.text_truth[query]),
            trained=None if trained is None else bool(trained[row]),
        )
        for row, score, likeness in zip(rows, retrieval.scores[query], similarity, strict=True)
    )
    return Case(
        outcome=outcome,
        text=prepared.texts[query],
        truth_id=prepared.molecule_ids[truth],
        truth_smiles=prepared.smiles[truth],
        truth_rank=float(retrieval.ranks[query]),
        truth_score=float(retrieval.truth_scores[query]),
        hits=hits,
    )


def _fingerprint(prepared: EvaluationSet, row: int) -> NDArray[np.uint8]:
    return morgan_fingerprint(parse_structure(prepared.smiles[row]).mol)
