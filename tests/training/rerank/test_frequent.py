"""FP-growth finds the rules that counting finds."""

from __future__ import annotations

import pytest

from training.config import ConfigError
from training.pairs import Pair
from training.rerank.frequent import mine_rules
from training.rerank.items import substructures
from training.rerank.rules import Rules


def words(text: str) -> list[str]:
    return text.split()


ALCOHOLS = [Pair("CCO", "an alcohol", None, "test"), Pair("CCCO", "an alcohol", None, "test")]


AMINES = [Pair("CCN", "an amine", None, "test"), Pair("CCCN", "an amine", None, "test")]


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
