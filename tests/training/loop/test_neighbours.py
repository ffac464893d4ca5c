"""The table of molecules that a network finds most alike."""

from __future__ import annotations

import torch

from training.loop.neighbours import NeighbourTable


def test_each_molecule_has_its_nearest_others_first() -> None:
    angles = torch.tensor([0.0, 0.1, 0.3, 1.0, 3.0])
    table = NeighbourTable(5, 2)
    assert int(table.epoch) == -1
    table.refresh(torch.stack([angles.cos(), angles.sin()], dim=1), epoch=4)
    assert table.rows.tolist() == [[1, 2], [0, 2], [1, 0], [2, 1], [3, 2]]
    assert int(table.epoch) == 4


def test_many_molecules_are_compared_with_all_others() -> None:
    vectors = torch.nn.functional.normalize(torch.randn(2500, 8, generator=torch.Generator().manual_seed(0)), dim=1)
    table = NeighbourTable(2500, 3)
    table.refresh(vectors, 0)
    similarity = (vectors @ vectors.T).fill_diagonal_(-2)
    assert torch.equal(similarity.gather(1, table.rows.long()), similarity.topk(3, dim=1).values)


def test_few_molecules_have_few_neighbours() -> None:
    table = NeighbourTable(2)
    table.refresh(torch.eye(2), 0)
    assert table.rows.tolist() == [[1], [0]]
