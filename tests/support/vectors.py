"""Small vectors whose losses can be written out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

Vector = Sequence[float]


def unit(*angles: float) -> list[list[float]]:
    """Unit vectors of the plane at some angles, in degrees."""
    return [[math.cos(math.radians(angle)), math.sin(math.radians(angle))] for angle in angles]


def tensor(rows: Sequence[Vector]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float32, requires_grad=True)


def dot(a: Vector, b: Vector) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True))


def distance(a: Vector, b: Vector) -> float:
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b, strict=True)))


TEXT = unit(0, 50, 120, 200)
MOLECULE = unit(10, 90, 100, 290)
APART = torch.arange(4)
