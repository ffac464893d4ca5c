"""The open carbon chains of a molecule, numbered from their ends as chemical names number them.

Names say where along a chain things are: in (9Z,11E,13S)-13-hydroxyoctadeca-9,11-dienoic acid, 18 carbons from the
acid, double bonds at 9 and 11, a hydroxy group at 13. Circular environments cannot count that far; these keys do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

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
    tails = _Tails(anatomy, neighbours)
    counts = Counter(_skeletons(anatomy, neighbours, tails))
    for start, others in neighbours.items():
        if len(others) != 1:
            continue
        chain = tails.chain_from(start)
        if chain.length >= _MIN_CARBONS:
            kind, atom = _end(anatomy, start)
            counts.update(_keys(kind, atom, chain))
    return counts


_Marks = tuple[tuple[int, str, str], ...]


class _Chain(NamedTuple):
    """length in carbons; multiple: position, `=` or `#`, geometry; substituents: position, what, CIP label."""

    length: int
    multiple: _Marks
    substituents: _Marks


class _Tail(NamedTuple):
    """The longest chain from a carbon on, away from the one before it.

    Of what is on it, places are counted back from the chain's end, negative, so that a tail is part of every chain
    that ends in it and of two equally long ones the alphabetically first is the first there, too.
    """

    length: int
    multiple: _Marks
    substituents: _Marks


class _Tails:
    """The tails of each bond between open carbons, in both directions, each made of those that follow it.

    Open carbons form trees, so there is an order in which each is made once: towards the leaves first.
    """

    def __init__(self, anatomy: Anatomy, neighbours: _Neighbours) -> None:
        self._anatomy = anatomy
        self._neighbours = neighbours
        self._tails: dict[tuple[int, int], _Tail] = {}
        seen: set[int] = set()
        for root in neighbours:
            if root in seen:
                continue
            through = _reach(neighbours, root)
            seen.update(through)
            for here, before in reversed(through.items()):
                if before >= 0:
                    self._tails[before, here] = self._tail(before, here)
            for here, before in through.items():
                for after in neighbours[here]:
                    if after != before:
                        self._tails[after, here] = self._tail(after, here)

    def chain_from(self, start: int) -> _Chain:
        """The longest chain from an end."""
        (second,) = self._neighbours[start]
        tail = self._tails[start, second]
        length = tail.length + 1
        multiple = self._multiple(length, start, second) + tail.multiple
        return _Chain(length, _numbered(length, multiple), _numbered(length, tail.substituents))

    def _tail(self, before: int, here: int) -> _Tail:
        after = [other for other in self._neighbours[here] if other != before]
        if not after:
            return _Tail(1, (), self._substituents(1, here, (before,)))
        if len(after) == 1:  # as nearly always
            other = after[0]
            tail = self._tails[here, other]
            length = tail.length + 1
            return _Tail(
                length,
                self._multiple(length, here, other) + tail.multiple,
                self._substituents(length, here, (before, other)) + tail.substituents,
            )
        longest = max(self._tails[here, other].length for other in after)
        length = longest + 1
        candidates = []
        for other in after:
            tail = self._tails[here, other]
            if tail.length == longest:
                multiple = self._multiple(length, here, other) + tail.multiple
                candidates.append((multiple, self._substituents(length, here, (before, other)) + tail.substituents))
        return _Tail(length, *min(candidates))

    def _multiple(self, place: int, here: int, there: int) -> _Marks:
        bond = self._neighbours[here][there]
        sign = _MULTIPLE.get(self._anatomy.orders[bond])
        return ((-place, sign, _GEOMETRY.get(self._anatomy.geometries[bond], "")),) if sign else ()

    def _substituents(self, place: int, here: int, chain: tuple[int, ...]) -> _Marks:
        anatomy = self._anatomy
        if len(anatomy.neighbours[here]) == len(chain):
            return ()
        found = []
        for other, bond in anatomy.neighbours[here]:
            if other not in chain:
                what = _MULTIPLE.get(anatomy.orders[bond], "") + _substituent(anatomy, other)
                found.append((-place, what, anatomy.labels[here]))
        return tuple(sorted(found))


def _numbered(length: int, marks: _Marks) -> _Marks:
    """Places counted from the chain's beginning, which is 1."""
    return tuple((length + 1 + place, what, more) for place, what, more in marks)


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


def _skeletons(anatomy: Anatomy, neighbours: _Neighbours, tails: _Tails) -> Iterator[str]:
    seen: set[int] = set()
    for first in neighbours:
        if first in seen or not neighbours[first]:
            continue
        members = _reach(neighbours, first)
        seen.update(members)
        bonds = {bond for member in members for bond in neighbours[member].values()}
        longest = tails.chain_from(next(reversed(members))).length
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
