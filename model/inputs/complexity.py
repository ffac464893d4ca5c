"""What a structure's graph will cost, counted without enumerating anything, before anything costly sees it.

RDKit's ring perception and its torsion and pattern fingerprints enumerate rings and small subgraphs. On molecules that
is cheap; the complete graph of 20 atoms takes 30 s and that of 12 takes 3 GB, though neither is large. A ring of n
para-phenylenes has 2ⁿ smallest rings: around each arene it goes one way or the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rdkit import Chem

# Rings of so many atoms and fewer have few others of their size: neighbours of an atom are few.
_SMALL_RING = 8


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


def equal_rings(atoms: int, bonds: Sequence[tuple[int, int]]) -> int:
    """About how many rings RDKit will find: a smallest set of rings, and all others that could take the place of one.

    A large ring is counted as often as there are pairs of shortest paths between two opposite atoms of it: nearly all,
    if its parts are joined by single bonds or atoms, and some of the circumferences of a tube.
    """
    graph = Chem.RWMol()
    for _ in range(atoms):
        graph.AddAtom(Chem.Atom(0))
    neighbours: list[list[int]] = [[] for _ in range(atoms)]
    for one, other in bonds:
        graph.AddBond(one, other, Chem.BondType.SINGLE)
        neighbours[one].append(other)
        neighbours[other].append(one)
    rings = [tuple(ring) for ring in Chem.GetSSSR(graph)]
    sides = [[frozenset(side) for side in zip(ring, ring[1:] + ring[:1], strict=True)] for ring in rings]
    shared = Counter(side for ring in sides for side in ring)
    count = 0
    for ring, own in zip(rings, sides, strict=True):
        if len(ring) <= _SMALL_RING:
            count += 1
            continue
        cut = min(range(len(ring)), key=lambda place, own=own: shared[own[place]])  # type: ignore[misc]
        first, second, *rest = ring[cut:] + ring[:cut]
        half = len(ring) // 2
        opposite = rest[half - 1]
        forth = _shortest_paths(neighbours, second, first, opposite, half)
        back = _shortest_paths(neighbours, first, second, opposite, len(ring) - 1 - half)
        count += max(1, forth * back)
    return count


def _shortest_paths(neighbours: Sequence[Sequence[int]], start: int, without: int, end: int, length: int) -> int:
    """How many paths of `length` bonds lead from `start` to `end` past `without`; 0 if there is a shorter one."""
    distance = {start: 0, without: -1}
    ways = Counter({start: 1})
    layer = [start]
    for step in range(1, length + 1):
        after = []
        for here in layer:
            for there in neighbours[here]:
                if there not in distance:
                    distance[there] = step
                    after.append(there)
                if distance[there] == step:
                    ways[there] += ways[here]
        layer = after
    return ways[end] if distance.get(end) == length else 0
