"""Which pairs of a batch are no negatives of each other, and distances from cosines."""

from __future__ import annotations

import pytest
import torch

from tests.support.vectors import MOLECULE, TEXT, distance, tensor
from training.losses.distances import euclidean, false_negatives


def test_pairs_of_one_molecule_or_of_one_text_are_no_negatives() -> None:
    """Columns of groups: pairs 0 and 1 share their molecule, 1 and 2 their text, 3 nothing."""
    groups = torch.tensor([[0, 5], [0, 6], [1, 6], [2, 7]])
    expected = [[False, True, False, False], [True, False, True, False], [False, True, False, False], [False] * 4]
    assert false_negatives(groups).tolist() == expected
    assert false_negatives(torch.tensor([0, 0, 1])).tolist() == [
        [False, True, False],
        [True, False, False],
        [False] * 3,
    ]


def test_distances_are_euclidean_and_have_a_gradient_where_they_are_zero() -> None:
    found = euclidean(tensor(TEXT), tensor(MOLECULE))
    assert found.tolist() == [pytest.approx([distance(a, b) for b in MOLECULE], abs=1e-6) for a in TEXT]
    same = tensor(TEXT)
    euclidean(same, same.detach()).sum().backward()
    assert same.grad is not None and same.grad.isfinite().all()
