"""What a query asks of molecules, gathered phrase by phrase: a filter, and the same in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from indexer.engines.base import Bounds
from indexer.search.filters import MoleculeFilter
from indexer.search.parts import either_pattern, part_in_words, part_pattern
from indexer.search.substructure import Pattern
from indexer.tags import TagFilter

_SHOWN = {
    "molecular_weight": "molecular weight",
    "logp": "logP",
    "tpsa": "polar surface area",
    "hbd": "hydrogen bond donors",
    "hba": "hydrogen bond acceptors",
    "rotatable_bonds": "rotatable bonds",
    "heavy_atoms": "heavy atoms",
    "rings": "rings",
    "formal_charge": "charge",
}


@dataclass(slots=True)
class Conditions:
    """What has been read so far. `understood`: in words, one a phrase.

    has, lacks: parts by their names; has_one: each for one part or another; tagged: tags that it must have; tags: that
    it must not have; without: rows of molecules that are not asked for.
    """

    ranges: dict[str, Bounds] = field(default_factory=dict)
    lacks: dict[str, None] = field(default_factory=dict)
    has: dict[str, None] = field(default_factory=dict)
    has_one: list[Pattern] = field(default_factory=list)
    mass: Bounds | None = None
    formulas: tuple[str, ...] = ()
    atoms: list[tuple[tuple[str, ...], Bounds]] = field(default_factory=list)
    tagged: dict[str, None] = field(default_factory=dict)
    tags: dict[str, None] = field(default_factory=dict)
    without: set[int] = field(default_factory=set)
    understood: list[str] = field(default_factory=list)

    def bound(self, name: str, bounds: Bounds) -> None:
        """A property lies within these, and within those that were said before."""
        self.ranges[name] = within(self.ranges.get(name, (None, None)), bounds)
        self.understood.append(f"{_SHOWN[name]} {in_words(bounds)}")

    def must_have(self, parts: Iterable[str]) -> None:
        for part in parts:
            self.has[part] = None
            self.understood.append(f"has {part_in_words(part)}")

    def must_have_one(self, parts: tuple[str, ...]) -> bool:
        """One part or another, if a pattern can say so."""
        pattern = either_pattern(parts)
        if pattern is not None:
            self.has_one.append(pattern)
            self.understood.append(f"has {' or '.join(map(part_in_words, parts))}")
        return pattern is not None

    def must_lack(self, parts: Iterable[str]) -> None:
        for part in parts:
            self.lacks[part] = None
            self.understood.append(f"no {part_in_words(part)}")

    def filter(self) -> MoleculeFilter:
        """All of it at once."""
        has, lacks = (tuple(map(part_pattern, parts)) for parts in (self.has, self.lacks))
        return MoleculeFilter(
            ranges=tuple(self.ranges.items()),
            mass=self.mass,
            formulas=self.formulas,
            atoms=tuple(self.atoms),
            without=tuple(sorted(self.without)),
            tags=TagFilter(all=tuple(self.tagged), none=tuple(self.tags)),
            has=(*has, *self.has_one),
            lacks=lacks,
        )


def within(*bounds: Bounds) -> Bounds:
    """The bounds of what lies within all of them."""
    least = [value for value, _ in bounds if value is not None]
    most = [value for _, value in bounds if value is not None]
    return max(least, default=None), min(most, default=None)


def in_words(bounds: Bounds) -> str:
    """`at least 2`"""
    least, most = bounds
    if least == most:
        return f"exactly {least:g}"
    if least is not None and most is not None:
        return f"from {least:.8g} to {most:.8g}"
    return f"at least {least:g}" if least is not None else f"at most {most:g}"
