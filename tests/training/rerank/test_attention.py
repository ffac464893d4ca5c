"""Rules from attention: distributions over substructures, by seed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.tiny import tiny_config, tiny_encoder
from training.pairs import Pair
from training.rerank.attention import attention_rules
from training.rerank.items import text_items

ALCOHOLS = [Pair("CCO", "an alcohol", None, "test"), Pair("CCCO", "an alcohol", None, "test")]


AMINES = [Pair("CCN", "an amine", None, "test"), Pair("CCCN", "an amine", None, "test")]


def test_attention_gives_rules_over_tokens_and_substructures() -> None:
    encoder = tiny_encoder(tiny_config())
    rules = attention_rules(encoder, [*ALCOHOLS, *AMINES], seed=1)
    assert rules.confidence.sum(axis=1) == pytest.approx(1, abs=1e-5)
    tokens = text_items(encoder)("an alcohol")
    assert set(tokens) <= set(rules.tokens)
    assert "[CLS]" not in rules.tokens
    again = attention_rules(encoder, [*ALCOHOLS, *AMINES], seed=1)
    np.testing.assert_array_equal(rules.confidence, again.confidence)
