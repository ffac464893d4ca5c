"""Vectors depend on the input alone, to the last bit, whatever it is embedded together with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexer.build.embedding import ROWS, Embedder
from indexer.build.report import StageClock
from indexer.errors import BuildError
from model.checkpoint import load_checkpoint
from model.inputs.features import MoleculeFeatures
from model.inputs.structure import parse_structure
from model.network.encoder import TextMoleculeEncoder

LENGTHS = (*([3] * 21), *([5] * 8), 9)
LONG = 200


@pytest.fixture(scope="module")
def encoder(tiny_checkpoint: Path) -> TextMoleculeEncoder:
    """One that reads atoms and tokens, of which there can be more or fewer."""
    return load_checkpoint(tiny_checkpoint).encoder


def molecules(encoder: TextMoleculeEncoder, lengths: Sequence[int]) -> list[MoleculeFeatures]:
    ends = "FNOPS"
    smiles = ["C" * (length - 1) + ends[row % len(ends)] for row, length in enumerate(lengths)]
    return [encoder.featurizer(parse_structure(one)) for one in smiles]


def test_every_forward_pass_holds_as_many_inputs_of_one_length(
    encoder: TextMoleculeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    passes: Counter[tuple[int, int]] = Counter()
    encode = encoder.encode_features

    def counting(features: Sequence[MoleculeFeatures]) -> NDArray[np.float32]:
        (length,) = {item.num_atoms for item in features}
        passes[length, len(features)] += 1
        return encode(features)

    monkeypatch.setattr(encoder, "encode_features", counting)
    clock = StageClock()
    vectors = Embedder(encoder, 256, clock).molecules(molecules(encoder, (*LENGTHS, LONG, LONG)))
    assert passes == {(3, ROWS): 3, (5, ROWS): 1, (9, ROWS): 1, (LONG, 1): 2}
    assert vectors.shape == (len(LENGTHS) + 2, encoder.dim)
    assert clock.embedded["molecules"] == len(vectors)


def test_company_and_order_do_not_change_a_bit(encoder: TextMoleculeEncoder) -> None:
    items = molecules(encoder, LENGTHS)
    embedder = Embedder(encoder, 256, StageClock())
    together = embedder.molecules(items)
    order = np.random.default_rng(0).permutation(len(items))
    np.testing.assert_array_equal(embedder.molecules([items[row] for row in order]), together[order])
    np.testing.assert_array_equal(embedder.molecules(items[:1])[0], together[0])
    texts = ["an acid", "a base", "a much longer text about a salt of an acid"] * 5
    np.testing.assert_array_equal(embedder.texts(texts[2:3])[0], embedder.texts(texts)[2])


def test_vectors_of_another_length_than_one_are_a_damaged_checkpoint(
    encoder: TextMoleculeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "encode_features", lambda items: np.full((len(items), encoder.dim), 3, np.float32))
    with pytest.raises(BuildError, match="the checkpoint is damaged"):
        Embedder(encoder, 256, StageClock()).molecules(molecules(encoder, [3]))
