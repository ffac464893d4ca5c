"""Association rules by hand, and what they do to the first hits."""

from __future__ import annotations

import numpy as np
import pytest

from model import load_checkpoint
from training.config import ConfigError
from training.evaluation import EmbeddedSet, prepare
from training.pairs import Candidate, Pair
from training.rerank.attention import attention_rules
from training.rerank.evaluate import reranked, tuned
from training.rerank.frequent import mine_rules
from training.rerank.items import substructures, text_items
from training.rerank.rules import RuleReranker, Rules

ALCOHOLS = [Pair("CCO", "an alcohol", None, "test"), Pair("CCCO", "an alcohol", None, "test")]
AMINES = [Pair("CCN", "an amine", None, "test"), Pair("CCCN", "an amine", None, "test")]


def words(text: str) -> list[str]:
    return text.split()


def test_confidence_is_the_share_of_what_comes_with_a_token() -> None:
    rules = Rules.of_support({("a", "x"): 3.0, ("a", "y"): 1.0, ("b", "y"): 2.0})
    assert rules.score(["a"], ["x"]) == 0.75
    assert rules.score(["a", "b"], ["y"]) == pytest.approx((0.25 + 1) / 2)
    assert rules.score(["a", "unknown"], ["x", "other"]) == 0.75
    assert rules.score(["unknown"], ["x"]) == 0


def test_only_the_ten_strongest_rules_count() -> None:
    support = {("a", str(number)): float(number) for number in range(1, 21)}
    expected = np.mean([number / 210 for number in range(11, 21)])
    assert Rules.of_support(support).score(["a"], [str(number) for number in range(1, 21)]) == pytest.approx(expected)


def test_fp_growth_finds_what_counting_finds() -> None:
    rules = mine_rules([*ALCOHOLS, *AMINES], words, minimum_support=0.25)
    counted: dict[tuple[str, str], float] = {}
    for pair in [*ALCOHOLS, *AMINES]:
        for word in words(pair.text):
            for name in substructures(pair.smiles):
                counted[word, name] = counted.get((word, name), 0) + 1
    expected = Rules.of_support(counted)
    assert set(rules.tokens) == {"an", "alcohol", "amine"}
    for word, name in counted:
        assert rules.score([word], [name]) == pytest.approx(expected.score([word], [name]))
    frequent = mine_rules([*ALCOHOLS, *AMINES], words, minimum_support=0.5)
    assert len(frequent.substructures) < len(rules.substructures)
    with pytest.raises(ConfigError, match="no token and substructure share 1 of the 4 pairs"):
        mine_rules([*ALCOHOLS, *AMINES], lambda text: [text], minimum_support=1.0)


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


def test_attention_gives_rules_over_tokens_and_substructures() -> None:
    encoder = load_checkpoint("compact").network
    rules = attention_rules(encoder, [*ALCOHOLS, *AMINES], seed=1)
    assert rules.confidence.sum(axis=1) == pytest.approx(1, abs=1e-5)
    tokens = text_items(encoder)("an alcohol")
    assert set(tokens) <= set(rules.tokens)
    assert "[CLS]" not in rules.tokens
    again = attention_rules(encoder, [*ALCOHOLS, *AMINES], seed=1)
    np.testing.assert_array_equal(rules.confidence, again.confidence)
