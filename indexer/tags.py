"""Tags: words that tell groups of molecules apart (`approved`, `natural product`), from a corpus or for a whole file.

However many molecules there are, there are few distinct sets of tags. So a molecule keeps the number of its set, and a
filter looks at the sets alone before it looks at one number a molecule. A set is written as its tags in alphabetical
order with semicolons between them; the set without tags is the empty text, and always number 0.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.errors import CorpusError

SEPARATOR = ";"
# Of a release: what its manifest lists, and what a search looks through. More is a sign of a column that has no tags.
MOST_TAGS = 4_096
MOST_SETS = 1_000_000

_SEPARATORS = re.compile(r"[;\r\n]")


def tags_in(text: str) -> list[str]:
    """The distinct tags of a cell in alphabetical order: between semicolons, runs of white space as one space."""
    parts = (" ".join(part.split()) for part in _SEPARATORS.split(text))
    return sorted({part for part in parts if part})


def split_set(text: str) -> tuple[str, ...]:
    """The tags of a set as it is written."""
    return tuple(text.split(SEPARATOR)) if text else ()


@dataclass(frozen=True, slots=True)
class TagFilter:
    """Molecules with at least one tag of `any`, every one of `all` and none of `none`; what is empty says nothing."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.any or self.all or self.none)

    def __and__(self, other: "TagFilter") -> "TagFilter":
        """Both conditions at once; only one of them may have `any`."""
        if self.any and other.any:
            raise ValueError("only one of two filters may ask for any of several tags")
        return TagFilter(self.any or other.any, self.all + other.all, self.none + other.none)


class TagSets:
    """The distinct sets of tags of a release, by number."""

    def __init__(self, sets: Sequence[str]) -> None:
        tags = [split_set(text) for text in sets]
        self._numbers = {tag: number for number, tag in enumerate(sorted({tag for each in tags for tag in each}))}
        self._count = len(sets)
        # Pairs of a set and a tag that it has.
        self._sets = np.repeat(np.arange(len(sets)), [len(each) for each in tags])
        self._tags = np.asarray([self._numbers[tag] for each in tags for tag in each], np.int64)

    def fitting(self, wanted: TagFilter) -> NDArray[np.bool_]:
        """Which sets fit: bool `(sets,)`. A tag that the corpus lacks fits no set."""
        fit = np.ones(self._count, np.bool_)
        if wanted.any:
            fit &= self._number_of(wanted.any) > 0
        if wanted.all:
            fit &= self._number_of(wanted.all) == len(set(wanted.all))
        if wanted.none:
            fit &= self._number_of(wanted.none) == 0
        return fit

    def _number_of(self, tags: Sequence[str]) -> NDArray[np.int64]:
        """How many of these tags each set has: int64 `(sets,)`."""
        numbers = [self._numbers[tag] for tag in set(tags) if tag in self._numbers]
        return np.bincount(self._sets[np.isin(self._tags, numbers)], minlength=self._count)


class TagCounts:
    """Counts molecules by their sets of tags while a corpus is read, and ends a build that has too many."""

    def __init__(self) -> None:
        self._sets: Counter[str] = Counter()
        self._tags: set[str] = set()

    def add(self, tags: str) -> None:
        """Count a molecule with this set of tags.

        Raises:
            CorpusError: the corpus has too many distinct tags, or sets of tags, to tell groups apart.
        """
        if not tags:
            return
        if tags not in self._sets:
            self._tags.update(split_set(tags))
            if len(self._tags) > MOST_TAGS or len(self._sets) >= MOST_SETS:
                raise CorpusError(
                    f"the corpus has more than {MOST_TAGS:,} different tags, or {MOST_SETS:,} combinations of them: "
                    "its column of tags holds something else; name another by --column tags=NAME, or none by "
                    "--column tags="
                )
        self._sets[tags] += 1

    def by_tag(self) -> dict[str, int]:
        """Molecules with each tag, the most frequent tag first."""
        counts: Counter[str] = Counter()
        for tags, molecules in sorted(self._sets.items()):
            for tag in split_set(tags):
                counts[tag] += molecules
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
