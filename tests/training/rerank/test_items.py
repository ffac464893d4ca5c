"""What rules are about: tokens of a text, substructures of a molecule."""

from __future__ import annotations

from model.network.config import BagConfig
from tests.support.tiny import tiny_config, tiny_encoder
from training.rerank.items import substructures, text_items


def test_tokens_are_distinct_and_as_the_encoder_reads_them() -> None:
    encoder = tiny_encoder(tiny_config())
    tokenizer = encoder.text_featurizer.tokenizer
    assert tokenizer is not None
    tokens = text_items(encoder)("an acid and an acid")
    assert len(tokens) == len(set(tokens)) > 0
    assert set(tokens) <= set(tokenizer.get_vocab()) - set(tokenizer.all_special_tokens)


def test_words_are_the_items_of_an_encoder_without_tokenizer() -> None:
    bag = BagConfig(width=8, min_count=1)
    bags = tiny_encoder(tiny_config(text_encoder=None, graph_encoder=None, text_bag=bag, molecule_bag=bag))
    assert text_items(bags)("An Acid, an alpha-acid.") == ["an", "acid", "alpha-acid"]


def test_substructures_do_not_depend_on_how_a_molecule_is_written() -> None:
    assert set(substructures("OCC")) == set(substructures("CCO"))
    assert substructures("C(C") == ()
