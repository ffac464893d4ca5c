"""The tokenizer that a run learns from its own texts."""

from __future__ import annotations

from tests.support.tiny_run import TRAIN
from training.inputs.vocabularies import train_tokenizer

TEXTS = [text for _, text in TRAIN]


def test_equal_texts_give_an_equal_tokenizer() -> None:
    """The library's own trainer numbers characters, and so breaks ties, another way in every run."""
    first = train_tokenizer(TEXTS, 200, 32).get_vocab()
    assert all(train_tokenizer(TEXTS, 200, 32).get_vocab() == first for _ in range(3))
    assert sorted(first.values()) == list(range(len(first)))


def test_only_the_five_special_tokens_are_special() -> None:
    tokenizer = train_tokenizer(TEXTS, 200, 32)
    assert sorted(tokenizer.all_special_tokens) == ["[CLS]", "[MASK]", "[PAD]", "[SEP]", "[UNK]"]
    assert tokenizer.tokenize("AN ALCOHOL") == ["an", "alcohol"]
    assert "##l" in tokenizer.get_vocab()
    assert "##l" not in tokenizer.tokenize("##l")
    assert tokenizer.decode(tokenizer("an alcohol")["input_ids"]) == "[CLS] an alcohol [SEP]"
