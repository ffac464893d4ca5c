"""Everyday, clinical and trade words, and what chemists' texts say instead: words that widen a query."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from model.inputs.words import words

_LONGEST_QUERY = 400  # words; those after them are not looked at


@dataclass(frozen=True, slots=True)
class Widened:
    """words: to search beside the query's own, each once; understood: what was read as what, in words."""

    words: tuple[str, ...] = ()
    understood: tuple[str, ...] = ()


class Thesaurus:
    """Entries by their terms. Plural, case and British spelling do not count; the longest term that fits is taken."""

    def __init__(self, lines: list[str]) -> None:
        self._entries: dict[tuple[str, ...], tuple[str, tuple[str, ...]]] = {}
        for line in lines:
            term, tab, meant = line.partition("\t")
            if tab:
                self._entries[tuple(words(term))] = term, tuple(one.strip() for one in meant.split(";") if one.strip())
        self._longest = max(map(len, self._entries), default=0)

    @property
    def terms(self) -> dict[str, tuple[str, ...]]:
        """What each term is widened by."""
        return dict(self._entries.values())

    @property
    def phrases(self) -> list[str]:
        """All terms, and all that they are widened by."""
        return [phrase for term, meant in self._entries.values() for phrase in (term, *meant)]

    def widen(self, query: str) -> Widened:
        """What the terms in a query stand for."""
        asked = words(query)[:_LONGEST_QUERY]
        found: dict[str, None] = {}
        understood: list[str] = []
        start = 0
        while start < len(asked):
            for length in range(min(self._longest, len(asked) - start), 0, -1):
                entry = self._entries.get(tuple(asked[start : start + length]))
                if entry is not None:
                    term, meant = entry
                    found.update(dict.fromkeys(meant))
                    understood.append(f"“{term}” also as {', '.join(meant)}")
                    start += length - 1
                    break
            start += 1
        return Widened(tuple(found), tuple(dict.fromkeys(understood)))


@cache
def thesaurus() -> Thesaurus:
    """The thesaurus that comes with Molseek."""
    text = files("model.inputs").joinpath("thesaurus.tsv").read_text(encoding="utf-8")
    return Thesaurus(text.splitlines())
