"""First hits, sampled cases, and the counts of misses."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from training.evaluation import prepare
from training.pairs import Candidate, Pair
from training.report.cases import Outcome, choose, make_cases, outcome_of
from training.report.error_analysis import Miss, analyse_misses, overlap, summarise, wilson
from training.report.relation import Difference, Relation
from training.report.retrieval import retrieve, wrong_first_hits

TEXTS = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
POOL = np.array([[2, 0], [1, 0.1], [0, 1], [1, 0.9]], np.float32)
TRUTH = [np.array([0]), np.array([3]), np.array([2, 3])]


def test_first_hits_come_best_first_with_cosines_and_the_rank_of_the_truth() -> None:
    found = retrieve(TEXTS, POOL, TRUTH, k=2)
    assert found.rows.tolist() == [[0, 1], [2, 3], [3, 1]]
    assert found.scores[0].tolist() == pytest.approx([1, 1 / np.sqrt(1.01)])
    assert found.ranks.tolist() == [1, 2, 1]
    assert found.truth.tolist() == [0, 3, 3]  # the better-scoring of two
    queries, hits = wrong_first_hits(found, TRUTH)
    assert (queries.tolist(), hits.tolist()) == ([1], [2])


def test_blocks_and_brute_force_agree() -> None:
    generator = np.random.default_rng(0)
    texts, pool = generator.normal(size=(300, 4)), generator.normal(size=(40, 4))
    found = retrieve(texts, pool, [np.array([0])] * 300, k=3)
    unit = pool / np.linalg.norm(pool, axis=1, keepdims=True)
    assert found.rows.tolist() == np.argsort(-(texts @ unit.T), axis=1)[:, :3].tolist()


def test_equal_scores_come_in_the_order_of_the_pool() -> None:
    assert retrieve(np.ones((1, 2)), np.ones((4, 2)), [np.array([3])], k=4).rows.tolist() == [[0, 1, 2, 3]]


def test_outcomes_by_rank() -> None:
    ranks = (1, 1.5, 10, 11, 100, 101)
    near, bad = Outcome.NEAR_MISS, Outcome.BAD_MISS
    assert [outcome_of(rank) for rank in ranks] == [Outcome.HIT, near, near, None, None, bad]


def test_the_lot_depends_on_the_seed_alone_and_never_repeats() -> None:
    ranks = np.array([1.0] * 20 + [5.0] * 2 + [500.0] * 20)
    chosen = choose(ranks, each=3, seed=4)
    assert chosen == choose(ranks, each=3, seed=4) != choose(ranks, each=3, seed=5)
    assert [len(set(queries)) for queries in chosen.values()] == [3, 2, 3]
    assert all(ranks[query] == 500 for query in chosen[Outcome.BAD_MISS])


def chemistry() -> tuple[list[Pair], list[Candidate]]:
    pool = ["CC(=O)O", "CC(=O)[O-]", "CCCCO", "CCCCCO"]
    pairs = [Pair(pool[0], "acetic acid", "0", "test"), Pair(pool[2], "butanol", "2", "test")]
    return pairs, [Candidate(str(row), smiles) for row, smiles in enumerate(pool)]


def test_misses_are_classified_against_the_first_hit() -> None:
    prepared = prepare(*chemistry())
    molecules = np.eye(4, dtype=np.float32)
    texts = np.array([[0.5, 1, 0, 0], [0, 0, 0.5, 1]], np.float32)
    found = retrieve(texts, molecules, prepared.text_truth)
    errors = analyse_misses(prepared, found)
    assert errors is not None
    assert Counter(miss.difference.relation for miss in errors.misses) == {
        Relation.PROTONATION: 1,
        Relation.HOMOLOGUE: 1,
    }
    assert (errors.total, errors.queries, len(errors.chance)) == (2, 2, 2)
    trained = np.array([False, True, True, False])
    shares = overlap(prepared, found, trained)
    assert shares is not None
    assert (shares.share, shares.pool_share) == (0.5, 0.5)
    cases = make_cases(prepared, found, trained=trained)
    assert [case.outcome for case in cases] == [Outcome.NEAR_MISS] * 2
    butanol = next(case for case in cases if case.text == "butanol")
    assert (butanol.hits[0].smiles, butanol.hits[0].is_truth, butanol.hits[1].is_truth) == ("CCCCCO", False, True)
    assert butanol.hits[1].tanimoto == 1
    assert [hit.trained for hit in butanol.hits[:2]] == [False, True]


def test_without_a_miss_there_is_nothing_to_analyse() -> None:
    prepared = prepare(*chemistry())
    found = retrieve(np.eye(4)[[0, 2]], np.eye(4), prepared.text_truth)
    assert analyse_misses(prepared, found) is None


def test_sums_over_a_sample_by_hand() -> None:
    def miss(relation: Relation, tanimoto: float, rank: float) -> Miss:
        return Miss("text", "1", "C", rank, "2", "CC", Difference(relation, tanimoto, isomers=tanimoto > 0.8))

    sample = [miss(Relation.STEREO, 1.0, 2), miss(Relation.STEREO, 0.5, 4), miss(Relation.STEREO, 0.9, 9)]
    errors = summarise([*sample, miss(Relation.UNRELATED, 0.1, 70)], [0.1] * 4, total=40, queries=100)
    stereo = errors.largest
    assert (stereo.relation, stereo.count, stereo.share, stereo.isomers) == (Relation.STEREO, 3, 0.75, 2)
    assert (stereo.tanimoto, stereo.truth_rank) == (0.9, 4)
    assert stereo.gain == pytest.approx(0.3)  # of 40 misses among 100 texts three quarters
    assert sum(kind.share for kind in errors.kinds) == 1


def test_wilson_intervals() -> None:
    assert wilson(0, 10) == pytest.approx((0, 0.2775), abs=1e-3)  # Wilson 1927, as tabulated for 0 of 10
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-3)
