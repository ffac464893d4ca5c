"""What wrong first hits look like: kinds and shares among a seeded sample of misses."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from model.inputs.fingerprint import morgan_fingerprint, tanimoto
from model.inputs.structure import parse_structure
from training.evaluation import EvaluationSet
from training.report.geometry import sample_rows
from training.report.relation import Difference, Relation, compare
from training.report.retrieval import Retrieval, wrong_first_hits

REMEDIES: dict[Relation, str] = {
    Relation.PROTONATION: (
        "Features of charge and protonation on the molecule side, and conjugate acids and bases, which the ontology "
        "names, as hard negatives of each other."
    ),
    Relation.STEREO: (
        "Stereo-aware features (chiral counts, atom and bond stereo in the graph) where the text names a "
        "configuration, and stereo-isomers as hard negatives; where it names none, nothing can."
    ),
    Relation.HOMOLOGUE: (
        "Counts rather than presence of features (atoms, chain lengths, formula), a text side that reads locants "
        "and numbers, and homologues as hard negatives."
    ),
    Relation.SAME_CLASS: (
        "Structural neighbours as hard negatives (Morgan Tanimoto ≥ 0.6), and positions of substituents on both "
        "sides: locants in the text, larger environments in the molecule."
    ),
    Relation.UNRELATED: (
        "More and broader training pairs and heavier regularisation: a first hit shares something that the text says "
        "(a role, a group) with the truth, but not its structure, so finer features of molecules come second."
    ),
}


@dataclass(frozen=True, slots=True)
class Miss:
    """A text whose first hit is wrong; ids and SMILES as in the pool."""

    text: str
    truth_id: str
    truth_smiles: str
    truth_rank: float
    hit_id: str
    hit_smiles: str
    difference: Difference


@dataclass(frozen=True, slots=True)
class KindOfMiss:
    """One kind among the sample.

    share: of the sample, with its 95 % interval (Wilson); isomers: those with the truth's molecular formula;
    tanimoto, truth_rank: medians, None without a miss; gain: rise of Hits@1 if all of this kind were right.
    """

    relation: Relation
    count: int
    share: float
    interval: tuple[float, float]
    isomers: int
    tanimoto: float | None
    truth_rank: float | None
    gain: float


@dataclass(frozen=True, slots=True)
class ErrorAnalysis:
    """A sample of misses, kinds in the order of `Relation`; total: all misses of the queries.

    chance: Tanimoto similarity of each sampled truth to a molecule of the pool sampled at random, for comparison.
    """

    misses: tuple[Miss, ...]
    kinds: tuple[KindOfMiss, ...]
    total: int
    queries: int
    chance: tuple[float, ...]

    @property
    def largest(self) -> KindOfMiss:
        return max(self.kinds, key=lambda kind: kind.count)

    def of(self, relation: Relation) -> list[Miss]:
        return [miss for miss in self.misses if miss.difference.relation is relation]


@dataclass(frozen=True, slots=True)
class TrainingOverlap:
    """Training molecules among the wrong first hits of all queries, and in the pool."""

    wrong_hits: int
    wrong_hits_trained: int
    pool: int
    pool_trained: int

    @property
    def share(self) -> float:
        return self.wrong_hits_trained / max(self.wrong_hits, 1)

    @property
    def pool_share(self) -> float:
        return self.pool_trained / max(self.pool, 1)


def analyse_misses(
    prepared: EvaluationSet, retrieval: Retrieval, *, sample: int = 200, seed: int = 0
) -> ErrorAnalysis | None:
    """Classify the wrong first hits of a seeded sample of misses; None without misses."""
    queries, hits = wrong_first_hits(retrieval, prepared.text_truth)
    if not len(queries):
        return None
    generator = np.random.default_rng([seed, 1])
    misses, chance = [], []
    for index in sample_rows(len(queries), sample, seed):
        query, hit = int(queries[index]), int(hits[index])
        truth = int(retrieval.truth[query])
        meant = parse_structure(prepared.smiles[truth])
        sampled = parse_structure(prepared.smiles[generator.integers(len(prepared.smiles))])
        chance.append(float(tanimoto(morgan_fingerprint(meant.mol), morgan_fingerprint(sampled.mol)[None])[0]))
        misses.append(
            Miss(
                text=prepared.texts[query],
                truth_id=prepared.molecule_ids[truth],
                truth_smiles=prepared.smiles[truth],
                truth_rank=float(retrieval.ranks[query]),
                hit_id=prepared.molecule_ids[hit],
                hit_smiles=prepared.smiles[hit],
                difference=compare(meant, parse_structure(prepared.smiles[hit])),
            )
        )
    return summarise(misses, chance, total=len(queries), queries=len(prepared.texts))


def summarise(misses: Sequence[Miss], chance: Sequence[float], *, total: int, queries: int) -> ErrorAnalysis:
    """Count the kinds of a sample out of `total` misses of `queries` texts."""
    kinds = []
    for relation in Relation:
        some = [miss for miss in misses if miss.difference.relation is relation]
        share = len(some) / len(misses)
        kinds.append(
            KindOfMiss(
                relation=relation,
                count=len(some),
                share=share,
                interval=wilson(len(some), len(misses)),
                isomers=sum(miss.difference.isomers for miss in some),
                tanimoto=statistics.median(miss.difference.tanimoto for miss in some) if some else None,
                truth_rank=statistics.median(miss.truth_rank for miss in some) if some else None,
                gain=share * total / queries,
            )
        )
    return ErrorAnalysis(tuple(misses), tuple(kinds), total, queries, tuple(chance))


def overlap(prepared: EvaluationSet, retrieval: Retrieval, trained: NDArray[np.bool_] | None) -> TrainingOverlap | None:
    """How often a training molecule is a wrong first hit. trained: bool (pool,), or None."""
    if trained is None:
        return None
    _, hits = wrong_first_hits(retrieval, prepared.text_truth)
    return TrainingOverlap(len(hits), int(trained[hits].sum()), len(trained), int(trained.sum()))


def wilson(count: int, sample: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    interval = binomtest(count, sample).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)
