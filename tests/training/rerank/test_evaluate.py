"""What rules do to the first hits."""

from __future__ import annotations

import numpy as np

from training.evaluation import EmbeddedSet, prepare
from training.pairs import Candidate, Pair
from training.rerank.evaluate import reranked, tuned
from training.rerank.frequent import mine_rules
from training.rerank.rules import RuleReranker


def words(text: str) -> list[str]:
    return text.split()


ALCOHOLS = [Pair("CCO", "an alcohol", None, "test"), Pair("CCCO", "an alcohol", None, "test")]


AMINES = [Pair("CCN", "an amine", None, "test"), Pair("CCCN", "an amine", None, "test")]


def test_rules_move_the_truth_up_and_never_down_when_tuned() -> None:
    """The base system takes the amine for the alcohol; the rules know better, and the tuned share follows them."""
    pool = [Candidate("1", "CCCCO"), Candidate("2", "CCCCN"), Candidate("3", "C")]
    prepared = prepare([Pair("CCCCO", "an alcohol", "1", "test")], pool)
    embedded = EmbeddedSet(np.array([[1.0, 0.0]]), np.array([[0.9, 0.44], [1.0, 0.0], [0.0, 1.0]]))
    reranker = RuleReranker(mine_rules([*ALCOHOLS, *AMINES], words, minimum_support=0.25), words)
    best = tuned(prepared, embedded, reranker, first=2)
    assert 0 <= best.share < 1
    assert reranked(prepared, embedded, best, first=2).mean_rank == 1
    assert reranked(prepared, embedded, RuleReranker(reranker.rules, words, share=1.0), first=2).mean_rank == 2
    # Not among the first hits, a molecule keeps its rank whatever the rules say.
    far = EmbeddedSet(embedded.texts, np.array([[0.0, 1.0], [1.0, 0.0], [0.9, 0.44]]))
    assert reranked(prepared, far, best, first=2).mean_rank == 3
