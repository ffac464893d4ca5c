"""Captioning metrics of equal, similar and foreign captions."""

from __future__ import annotations

import numpy as np
import pytest

from training.captioning.metrics import caption_metrics, text2mol_metric


def test_metrics_of_equal_and_of_foreign_captions() -> None:
    references = ["the molecule is a primary alcohol .", "it is a weak base of plants ."]
    same = caption_metrics(references, references)
    assert same["bleu-2"] == same["bleu-4"] == pytest.approx(1)
    assert same["rouge-l"] == pytest.approx(1)
    assert same["meteor"] > 0.99
    foreign = caption_metrics(["zinc", "tin"], references)
    assert all(value < 0.05 for value in foreign.values())
    half = caption_metrics(["the molecule is a weak base .", references[1]], references)
    assert foreign["bleu-2"] < half["bleu-4"] < half["bleu-2"] < 1
    with pytest.raises(ValueError, match="1 captions for 2"):
        caption_metrics(["one"], references)


def test_the_text2mol_metric_is_a_mean_cosine() -> None:
    assert text2mol_metric(np.array([[2.0, 0], [0, 1]]), np.array([[1.0, 0], [3, 0]])) == pytest.approx(0.5)
