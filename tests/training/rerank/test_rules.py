"""Association rules by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.rerank.rules import Rules


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
