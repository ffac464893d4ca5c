"""The open carbon chains of a molecule, numbered from their ends as chemical names number them.

Names say where along a chain things are: in (9Z,11E,13S)-13-hydroxyoctadeca-9,11-dienoic acid, 18 carbons from the
acid, double bonds at 9 and 11, a hydroxy group at 13. Circular environments cannot count that far; these keys do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from rdkit import Chem

from model.inputs.anatomy import Anatomy

_MIN_CARBONS = 3
_GEOMETRY = {Chem.BondStereo.STEREOE: "E", Chem.BondStereo.STEREOZ: "Z"}
_MULTIPLE = {Chem.BondType.DOUBLE: "=", Chem.BondType.TRIPLE: "#"}
_PATTERN_LENGTH = 6  # longer lists of substituents are cut here: they are too rare to be learned

_Neighbours = Mapping[int, Mapping[int, int]]
"""For each open carbon the open carbons beside it, with the bond's index."""


def chain_counts(anatomy: Anatomy) -> Counter[str]:
    """What a molecule's chains of carbon atoms outside rings are like.

    Of each connected set of at least two: `~18` the carbons of its longest chain, `~18:2` with its double and triple
    bonds, `~18/20` with all its carbons if it branches.

    From each end of at least three, an end being `A` an acyl carbon, `D` another carbonyl, `H` a carbon on a
    heteroatom, `R` one on a ring, `W` any other: the longest chain that starts there, `A18`, and `AO18` with the
    heteroatom; what it has by position, `A9=`, `A9=Z`, `A13O1S` (a hydroxy group there, S); and the patterns of these,
    `A18:2`, `A18:9Z,11E`, `A:9Z,11E`, `A18+13O1`. Of several longest chains the alphabetically first counts, so that
    the order of atoms does not matter.
    """
    neighbours = _open_carbons(anatomy)
    counts = Counter(_skeletons(anatomy, neighbours))
    for start in neighbours:
        if len(neighbours[start]) > 1:
            continue
        paths = _longest_paths(neighbours, start)
        if len(paths[0]) < _MIN_CARBONS:
            continue
        kind, atom = _end(anatomy, start)
        chain = min((_read(anatomy, neighbours, path) for path in paths), key=lambda chain: chain.sort_key)
        counts.update(_keys(kind, atom, chain))
    return counts


@dataclass(frozen=True, slots=True)
class _Chain:
    """length in carbons; multiple: position, `=` or `#`, geometry; substituents: position, what, CIP label."""

    length: int
    multiple: tuple[tuple[int, str, str], ...]
    substituents: tuple[tuple[int, str, str], ...]

    @property
    def sort_key(self) -> tuple[object, ...]:
        return (self.multiple, self.substituents)


def _open_carbons(anatomy: Anatomy) -> _Neighbours:
    rings, symbols = anatomy.smallest_rings, anatomy.symbols
    neighbours: dict[int, dict[int, int]] = {
        index: {} for index, symbol in enumerate(symbols) if symbol == "C" and not rings[index]
    }
    for bond, (begin, end) in enumerate(anatomy.ends):
        if begin in neighbours and end in neighbours:
            neighbours[begin][end] = bond
            neighbours[end][begin] = bond
    return neighbours


def _skeletons(anatomy: Anatomy, neighbours: _Neighbours) -> Iterator[str]:
    seen: set[int] = set()
    for first in neighbours:
        if first in seen or not neighbours[first]:
            continue
        members = _reach(neighbours, first)
        seen.update(members)
        bonds = {bond for member in members for bond in neighbours[member].values()}
        longest = len(_longest_paths(neighbours, next(reversed(members)))[0])
        yield f"~{longest}"
        yield f"~{longest}:{sum(anatomy.orders[bond] in _MULTIPLE for bond in bonds)}"
        if longest < len(members):
            yield f"~{longest}/{len(members)}"


def _reach(neighbours: _Neighbours, start: int) -> dict[int, int]:
    """Every carbon that `start` is connected to, nearest first, and the one through which it is reached."""
    through = {start: -1}
    queue = [start]
    for here in queue:
        for there in neighbours[here]:
            if there not in through:
                through[there] = here
                queue.append(there)
    return through


def _longest_paths(neighbours: _Neighbours, start: int) -> list[list[int]]:
    """The longest paths from `start`; open carbons form trees, so one path leads to each."""
    through = _reach(neighbours, start)
    depth = {start: 0}
    for here, before in through.items():
        if before >= 0:
            depth[here] = depth[before] + 1
    deepest = next(reversed(depth.values()))
    paths = []
    for leaf in [here for here, steps in depth.items() if steps == deepest]:
        path = [leaf]
        while through[path[-1]] >= 0:
            path.append(through[path[-1]])
        paths.append(path[::-1])
    return paths


def _end(anatomy: Anatomy, carbon: int) -> tuple[str, str]:
    """The kind of a chain's end, and the heteroatom that it is bound to by a single bond, or nothing."""
    double, single, ring = False, "", False
    for other, bond in anatomy.neighbours[carbon]:
        ring = ring or bool(anatomy.smallest_rings[other])
        if anatomy.symbols[other] != "C":
            if anatomy.orders[bond] == Chem.BondType.DOUBLE:
                double = True
            else:
                single = max(single, anatomy.symbols[other])
    if double:
        return ("A", single) if single else ("D", "")
    if ring:
        return "R", ""
    return ("H", single) if single else ("W", "")


def _read(anatomy: Anatomy, neighbours: _Neighbours, path: list[int]) -> _Chain:
    multiple, substituents = [], []
    for position, (here, there) in enumerate(pairwise(path), 1):
        bond = neighbours[here][there]
        if sign := _MULTIPLE.get(anatomy.orders[bond]):
            multiple.append((position, sign, _GEOMETRY.get(anatomy.geometries[bond], "")))
    members = set(path)
    for position, here in enumerate(path[1:], 2):
        for other, bond in anatomy.neighbours[here]:
            if other not in members:
                what = _MULTIPLE.get(anatomy.orders[bond], "") + _substituent(anatomy, other)
                substituents.append((position, what, anatomy.labels[here]))
    return _Chain(len(path), tuple(multiple), tuple(sorted(substituents)))


def _substituent(anatomy: Anatomy, atom: int) -> str:
    """The atom that a substituent is bound by: element, in small letters if aromatic; hydrogens, or `r` in a ring."""
    symbol = anatomy.symbols[atom]
    if anatomy.aromatic[atom]:
        symbol = symbol.lower()
    return f"{symbol}r" if anatomy.smallest_rings[atom] else f"{symbol}{anatomy.hydrogens[atom]}"


def _keys(kind: str, atom: str, chain: _Chain) -> Iterator[str]:
    length = chain.length
    yield f"{kind}{length}"
    if atom:
        yield f"{kind}{atom}{length}"
    for position, sign, geometry in chain.multiple:
        yield f"{kind}{position}{sign}"
        if geometry:
            yield f"{kind}{position}{sign}{geometry}"
    if chain.multiple:
        pattern = ",".join(f"{position}{geometry or sign}" for position, sign, geometry in chain.multiple)
        yield f"{kind}{length}:{len(chain.multiple)}"
        yield f"{kind}{length}:{pattern}"
        yield f"{kind}:{pattern}"
    for position, what, label in chain.substituents:
        yield f"{kind}{position}{what}"
        if label:
            yield f"{kind}{position}{what}{label}"
    if chain.substituents:
        pattern = ",".join(f"{position}{what}" for position, what, _ in chain.substituents[:_PATTERN_LENGTH])
        yield f"{kind}{length}+{pattern}"
