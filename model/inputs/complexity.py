"""What a structure's graph will cost, counted in time linear in its bonds, before anything costly sees it.

RDKit's ring perception and its torsion and pattern fingerprints enumerate rings and small subgraphs. On molecules that
is cheap; the complete graph of 20 atoms takes 30 s and that of 12 takes 3 GB, though neither is large.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GraphCost:
    """degree: most neighbours of an atom. closures: bonds beyond a tree, in all fragments together.

    paths: walks along five bonds that never turn straight back, each counted once. These are the paths of six atoms
    and a few that meet themselves; an organic molecule has about six for each atom.
    """

    degree: int
    closures: int
    paths: int


def graph_cost(atoms: int, bonds: Sequence[tuple[int, int]]) -> GraphCost:
    """The cost of a graph of `atoms` numbered from 0, by the two atoms of each bond."""
    degrees = [0] * atoms
    fragment = list(range(atoms))
    closures = 0
    for one, other in bonds:
        degrees[one] += 1
        degrees[other] += 1
        one, other = _root(fragment, one), _root(fragment, other)
        closures += one == other
        fragment[one] = other
    return GraphCost(max(degrees, default=0), closures, _paths(atoms, bonds))


def _root(parents: list[int], node: int) -> int:
    while parents[node] != node:
        parents[node] = node = parents[parents[node]]
    return node


def _paths(atoms: int, bonds: Sequence[tuple[int, int]]) -> int:
    """Walks along five bonds, extended bond by bond: those that come into an atom go out by all its other bonds."""
    forth = [1] * len(bonds)
    back = [1] * len(bonds)
    for _ in range(4):
        arriving = [0] * atoms
        for (one, other), to_other, to_one in zip(bonds, forth, back, strict=True):
            arriving[other] += to_other
            arriving[one] += to_one
        forth, back = (
            [arriving[one] - count for (one, _), count in zip(bonds, back, strict=True)],
            [arriving[other] - count for (_, other), count in zip(bonds, forth, strict=True)],
        )
    return (sum(forth) + sum(back)) // 2
