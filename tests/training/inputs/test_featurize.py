"""Features from worker processes: in order, and the same as without any."""

from __future__ import annotations

import numpy as np

from model import Vocabulary
from model.inputs.features import Featurizer
from training.inputs.featurize import count_features, featurize
from training.inputs.parallel import CHUNK

SMILES = [*("C" * length + "O" for length in range(1, CHUNK)), "C(C", "c1ccccc1", "CCO"]  # a second chunk


def test_workers_and_this_process_give_the_same_in_order() -> None:
    counts = count_features(SMILES, 0)
    featurizer = Featurizer(None, Vocabulary(sorted(counts)))
    alone, together = featurize(SMILES, featurizer, 0), featurize(SMILES, featurizer, 2)
    assert len(alone) == len(together) == len(SMILES)
    for smiles, one, other in zip(SMILES, alone, together, strict=True):
        if smiles == "C(C":
            assert one is None and other is None
        else:
            assert one is not None and other is not None
            np.testing.assert_array_equal(one.bag, other.bag)


def test_a_feature_is_counted_once_a_molecule() -> None:
    once, thrice = count_features(["CCO"], 0), count_features(["CCO", "CCO", "CCO", "C(C"], 0)
    assert set(once.values()) == {1}
    assert thrice == dict.fromkeys(once, 3)
