"""Searching among the molecules that fit: ranges of properties, tags, substructures that they have or lack.

Ranges and tags are answered from the columns at once. Substructures are screened by fingerprint, and what passes is
matched in the order of the ranking until there are enough hits: a pattern that most candidates have costs a few dozen
matches, one that next to none has is screened down to a few. What neither settles in time is an error, never a shorter
list.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexer.columns import PROPERTIES, Columns
from indexer.engines.base import Bounds, Hits, Rows, Vectors, Where
from indexer.engines.exact import empty_hits
from indexer.release import Release
from indexer.search.substructure import Matcher, MatchTime, Pattern, screen
from indexer.tags import TagFilter

# Candidates of which so few are left are all matched, in one call to a worker, and then searched once. Among more it is
# enough to match the first of the ranking where most of them fit, and patterns may be slow.
_MATCH_ALL = 256
_GROWTH = 3


@dataclass(frozen=True, slots=True)
class MoleculeFilter:
    """Conditions on molecules. `ranges`: least and most of a property, both included, by its name.

    mass: monoisotopic, least and most in g/mol; formulas: in Hill order, of which a molecule has one; atoms: least and
    most of some elements together, by their symbols; without: rows of molecules that are not to be found.
    """

    ranges: tuple[tuple[str, Bounds], ...] = ()
    mass: Bounds | None = None
    formulas: tuple[str, ...] = ()
    atoms: tuple[tuple[tuple[str, ...], Bounds], ...] = ()
    without: tuple[int, ...] = ()
    tags: TagFilter = field(default_factory=TagFilter)
    has: tuple[Pattern, ...] = ()
    lacks: tuple[Pattern, ...] = ()

    def __bool__(self) -> bool:
        numbers = self.ranges or self.mass or self.formulas or self.atoms
        return bool(numbers or self.without or self.tags or self.has or self.lacks)

    def __and__(self, other: "MoleculeFilter | None") -> "MoleculeFilter":
        """Both conditions at once."""
        if other is None:
            return self
        return MoleculeFilter(
            self.ranges + other.ranges,
            _both(self.mass, other.mass),
            _common(self.formulas, other.formulas),
            self.atoms + other.atoms,
            self.without + other.without,
            self.tags & other.tags,
            self.has + other.has,
            self.lacks + other.lacks,
        )


def _both(one: Bounds | None, other: Bounds | None) -> Bounds | None:
    if one is None or other is None:
        return one or other
    least = [value for value in (one[0], other[0]) if value is not None]
    most = [value for value in (one[1], other[1]) if value is not None]
    return max(least, default=None), min(most, default=None)


def _common(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """Formulas that are in both, where both ask for some; one that no molecule has where there are none."""
    if not some or not others:
        return some or others
    return tuple(formula for formula in some if formula in others) or ("",)


def rows_in_ranges(columns: Columns, ranges: tuple[tuple[str, Bounds], ...], count: int) -> NDArray[np.bool_]:
    """Which molecules are within all ranges: bool `(molecules,)`. KeyError for an unknown property."""
    fit = np.ones(count, np.bool_)
    for name, (least, most) in ranges:
        if name not in PROPERTIES:
            raise KeyError(name)
        column = columns.property(name)
        if least is not None:
            fit &= column >= least
        if most is not None:
            fit &= column <= most
    return fit


class FilteredSearch:
    """One search with a filter in one side of a release.

    On the side of the descriptions, those are found whose molecule is in the corpus and fits.
    """

    def __init__(
        self, release: Release, side: Literal["molecules", "descriptions"], filter: MoleculeFilter, matcher: Matcher
    ) -> None:
        self._release = release
        self._side = release.molecules if side == "molecules" else release.descriptions
        self._owners = None if side == "molecules" else release.columns.owners()
        self._filter = filter
        self._matcher = matcher
        # What is known of the molecules so far: 1 fits, 0 does not, -1 has not been matched.
        self._fits = np.full(release.molecules.count, -1, np.int8)

    def search(self, vectors: Vectors, k: int, seconds: float, expires: float | None = None) -> Hits:
        """The k best rows that fit, for each query `(queries, dim)`; fewer only where there are fewer.

        Raises:
            MatchTimeoutError: matching substructures was not done within `seconds`, its wait for a worker not included.
            PatternError: a substructure costs more memory than there is, or crashes RDKit.
        """
        time = MatchTime(seconds, expires)
        allowed, where = self._candidates()
        if not self._filter.has and not self._filter.lacks:
            return self._side.search(vectors, k, allowed, where)
        if len(allowed) <= _MATCH_ALL:
            self._match(allowed, time)
            return self._side.search(vectors, k, self._still_possible(allowed), where)
        hits = empty_hits(len(vectors), k)
        pending, width = np.arange(len(vectors)), 2 * k
        while len(pending):
            allowed = self._still_possible(allowed)
            found = self._side.search(vectors[pending], width, allowed, where)
            self._match(np.unique(found.rows[found.rows >= 0]), time)
            unsettled = []
            for i, position in enumerate(pending):
                rows, scores = found.rows[i], found.scores[i]
                fitting = np.flatnonzero((rows >= 0) & (self._fits[self._molecules(rows)] == 1))[:k]
                if len(fitting) < k and width < len(allowed):
                    unsettled.append(position)
                else:
                    hits.rows[position, : len(fitting)] = rows[fitting]
                    hits.scores[position, : len(fitting)] = scores[fitting]
            pending, width = np.asarray(unsettled, np.int64), width * _GROWTH
        return hits

    def possible(self) -> NDArray[np.bool_]:
        """Molecules that have the properties, tags and fingerprint, matched or not: bool `(molecules,)`."""
        return self._conditions()[0]

    def fitting_molecules(self, rows: Sequence[int], seconds: float, expires: float | None = None) -> list[int]:
        """Those of some molecules that fit, in their order. Raises as `search` does."""
        possible = self.possible()
        wanted = np.asarray([row for row in rows if possible[row]], np.int64)
        if self._filter.has or self._filter.lacks:
            self._match_molecules(wanted, MatchTime(seconds, expires))
            wanted = wanted[self._fits[wanted] == 1]
        found: list[int] = wanted.tolist()
        return found

    def _candidates(self) -> tuple[Rows, Where]:
        """Rows of the side whose molecule has the properties, tags and fingerprint that it needs, ascending.

        And the conditions on properties and tags by themselves.
        """
        possible, conditions, sets = self._conditions()
        rows = self._rows_of(possible)
        fulfil = len(rows) if conditions is possible else len(self._rows_of(conditions))
        return rows, Where(self._filter.ranges, sets, fulfil)

    def _conditions(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_], tuple[int, ...] | None]:
        """Molecules with all that needs no matching; those with the ranges and tags alone; the sets of tags."""
        columns, wanted = self._release.columns, self._filter
        fit = rows_in_ranges(columns, wanted.ranges, self._release.molecules.count)
        sets: tuple[int, ...] | None = None
        if wanted.tags:
            fitting = columns.sets_with(wanted.tags)
            fit &= fitting[columns.tag_sets()]
            sets = tuple(np.flatnonzero(fitting).tolist())
        possible = fit
        if wanted.mass is not None:
            least, most = wanted.mass
            masses = self._release.exact_masses()
            possible = possible & (masses >= (-np.inf if least is None else least))
            possible &= masses <= (np.inf if most is None else most)
        if wanted.formulas:
            possible = possible & self._release.has_formula(wanted.formulas)
        for elements, (least, most) in wanted.atoms:
            counts = self._release.atom_counts(elements)
            possible = possible & (counts >= (-np.inf if least is None else least))
            possible &= counts <= (np.inf if most is None else most)
        if wanted.without:
            possible = possible.copy()
            possible[list(wanted.without)] = False
        if wanted.has:
            possible = possible & screen(self._release.patterns, wanted.has)
        return possible, fit, sets

    def _rows_of(self, fit: NDArray[np.bool_]) -> Rows:
        """Rows of the side whose molecules fit: bool `(molecules,)`."""
        if self._owners is None:
            return np.flatnonzero(fit)
        return np.asarray(np.flatnonzero((self._owners >= 0) & fit[self._owners]), np.int64)

    def _molecules(self, rows: Rows) -> Rows:
        return rows if self._owners is None else np.asarray(self._owners[rows], np.int64)

    def _still_possible(self, rows: Rows) -> Rows:
        return np.asarray(rows[self._fits[self._molecules(rows)] != 0], np.int64)

    def _match(self, rows: Rows, time: MatchTime) -> None:
        self._match_molecules(np.unique(self._molecules(rows)), time)

    def _match_molecules(self, molecules: Rows, time: MatchTime) -> None:
        unknown = molecules[self._fits[molecules] < 0]
        smiles = self._release.records.smiles([int(row) for row in unknown])
        self._fits[unknown] = self._matcher.match(smiles, self._filter.has, self._filter.lacks, time)
