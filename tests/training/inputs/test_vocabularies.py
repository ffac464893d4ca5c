"""What is learned from training texts: bag features by frequency, and a tokenizer."""

from __future__ import annotations

from collections import Counter

import pytest

from model.network.config import BagConfig
from tests.support.tiny import TEXTS
from training.inputs.vocabularies import bag_vocabulary, count_text_features, train_tokenizer


def test_features_are_counted_once_a_text() -> None:
    counts = count_text_features(["acid acid acid", "acid base", ""])
    assert (counts["w:acid"], counts["w:base"], counts["b:acid acid"]) == (2, 1, 1)


def test_the_most_frequent_features_come_first_and_ties_by_name() -> None:
    counts = Counter({"rare": 1, "b": 3, "a": 3, "often": 9})
    assert bag_vocabulary(counts, BagConfig(min_count=2)).tokens == ("often", "a", "b")
    assert bag_vocabulary(counts, BagConfig(min_count=1, max_features=2)).tokens == ("often", "a")
    assert bag_vocabulary(counts, BagConfig(min_count=10)).tokens == ()


def test_a_trained_tokenizer_speaks_berts_dialect() -> None:
    tokenizer = train_tokenizer(TEXTS, vocabulary_size=300, max_tokens=16)
    ids = tokenizer("A Primary ALCOHOL")["input_ids"]
    assert tokenizer.convert_ids_to_tokens(ids[0]) == "[CLS]"
    assert tokenizer.convert_ids_to_tokens(ids[-1]) == "[SEP]"
    assert tokenizer.decode(ids, skip_special_tokens=True) == "a primary alcohol"
    assert ids == tokenizer("a primary alcohol")["input_ids"]
    assert (tokenizer.pad_token_id, tokenizer.model_max_length) == (0, 16)
    assert len(tokenizer) <= 300
    assert tokenizer.unk_token_id in tokenizer("日本")["input_ids"]


@pytest.mark.parametrize("seed", range(2))
def test_training_a_tokenizer_is_repeatable(seed: int) -> None:
    first, second = (train_tokenizer(TEXTS, 250, 16).get_vocab() for _ in range(2))
    assert first == second
