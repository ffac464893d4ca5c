"""Everyday, clinical and trade words, and what chemists' texts say instead: words that widen a query."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files

from model.inputs.words import FUNCTION_WORDS, within_one_error, words

# Beside what smells they all mean one thing: "banana flavour", "smell of bananas".
_SMELLS = frozenset({"smell", "scent", "odor", "aroma", "fragrance", "flavor", "taste"})
# "Sugar found in milk" is milk sugar, and "a dye for the hair" is hair dye.
_OF = frozenset({"of", "in", "from", "for", "against", "to"})
_FOUND = frozenset(
    {"that", "which", "is", "are", "found", "present", "contained", "made", "obtained", "used", "occurring"}
)
_FOUND_OF = _FOUND | _OF
_MOST_BEFORE = 2  # words on either side of these
_NAME = " [name]"  # after what is a molecule's name, and not the word for a kind of molecules
# "EC 1.17.3.2 (xanthine oxidase) inhibitor" is what inhibits xanthine oxidase.
_INHIBITOR = re.compile(r"EC [\d./EC ]+\*? [\[(](?P<name>.+?)(?: \(.*)?[\])] inhibitor$")
_SHORTEST_TYPED, _LONGEST_TYPED = 6, 40  # characters of what may be a term with a typing error
_ARTICLES = frozenset({"a", "an", "the"})
_LONGEST_TERM = 200  # characters that are looked at for one term
_LONGEST_QUERY = 400  # words; those after them are not looked at
# Beside a term they say nothing: "a drug against malaria" asks for what "malaria" does.
_CARRIERS = (
    FUNCTION_WORDS
    | {"drug", "medicine", "medication", "remedy", "pill", "tablet", "agent", "treatment", "therapy", "use", "used"}
    | {"against", "treat", "treating", "cure", "help", "find", "found", "made", "make", "give", "show", "list", "name"}
    | {"which", "why", "how", "who", "when", "where", "does", "do", "did", "can", "there", "called", "known", "want"}
    | {"me", "my", "you", "your", "i", "we", "one", "need", "looking", "responsible", "cause", "causing", "due"}
    | {"type", "kind", "class", "group", "like", "such", "these", "those", "other", "common", "typical"}
)


@dataclass(frozen=True, slots=True)
class Widened:
    """A query and what its terms stand for.

    parts: the query in order: each term with all that it stands for, and the words between terms, which are one phrase.
    words: what terms stand for, each once; understood: what was read as what, in words. wider: of these words the kinds
    that hold more than the term does, as "herbicide" does for "ALS inhibitor", or "toxin" beside the names of toxins;
    names: the names of molecules, by term.
    """

    parts: tuple[tuple[str, ...], ...] = ()
    words: tuple[str, ...] = ()
    wider: frozenset[str] = frozenset()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    understood: tuple[str, ...] = ()

    def without(self, denied: Sequence[str]) -> "Widened":
        """The same without what is said not to be asked for: a painkiller that is no opioid is no opioid analgesic."""
        kinds = [set(words(kind)) for kind in denied]

        def kept(phrases: Sequence[str]) -> tuple[str, ...]:
            return tuple(one for one in phrases if not any(kind <= set(words(one)) for kind in kinds))

        return replace(self, parts=tuple(map(kept, self.parts)), words=kept(self.words)) if kinds else self


@dataclass(frozen=True, slots=True)
class _Entry:
    """A term and all that it stands for: names of molecules, and kinds. Beside names these are wider, else all but the
    first are.
    """

    term: str
    meant: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    wider: tuple[str, ...] = ()


class Thesaurus:
    """Entries by their terms. Plural, case, British spelling, spaces and hyphens do not count; the longest term that
    fits is taken, and what a term stands for is left as it is.
    """

    def __init__(self, lines: list[str]) -> None:
        self._entries: dict[str, _Entry] = {}
        kinds: list[str] = []
        for line in lines:
            term, tab, cell = line.partition("\t")
            if tab:
                meant = [one.strip() for one in cell.split(";") if one.strip()]
                some = [one for one in meant if not one.endswith(_NAME)]
                names = tuple(one.removesuffix(_NAME) for one in meant if one.endswith(_NAME))
                entry = _Entry(
                    term, tuple(one.removesuffix(_NAME) for one in meant), names, tuple(some if names else some[1:])
                )
                self._entries[_key(words(term))] = entry
                kinds += some
        for phrase in kinds:
            self._entries.setdefault(_key(words(phrase)), _Entry(phrase))
            if (enzyme := _INHIBITOR.match(phrase)) is not None:
                term = f"{enzyme['name']} inhibitor"
                self._entries.setdefault(_key(words(term)), _Entry(term, (phrase,)))
        for entry in list(self._entries.values()):
            self._entries.setdefault(_smell_key(words(entry.term)), entry)
        self._beginning = {key[:end] for key in self._entries for end in range(1, len(key) + 1)}
        self._near: dict[str, list[str]] = {}  # keys by what is left of them without one character, or all of it
        self._longest = max((len(words(entry.term)) for entry in self._entries.values()), default=0)

    def close_term(self, text: str) -> str | None:
        """The term or kind that a short text is but for one typing error, if there is just one. An article before it is
        none: "a drug" is not "z-drug".
        """
        asked = words(text)
        said = _key(asked[1:] if asked[:1] and asked[0] in _ARTICLES else asked)
        if said in self._entries or not _SHORTEST_TYPED <= len(said) <= _LONGEST_TYPED:
            return None
        if not self._near:  # two threads may both make it; they make the same
            made: dict[str, list[str]] = {}
            for key in self._entries:
                for part in _shortened(key):
                    made.setdefault(part, []).append(key)
            self._near = made
        near = {key for part in _shortened(said) for key in self._near.get(part, ())}
        close = {self._entries[key].term for key in near if within_one_error(said, key)}
        return close.pop() if len(close) == 1 else None

    @property
    def terms(self) -> dict[str, tuple[str, ...]]:
        """What each term is widened by."""
        return {entry.term: entry.meant for entry in self._entries.values() if entry.meant}

    @property
    def phrases(self) -> list[str]:
        """All terms, and all kinds of molecules that they are widened by."""
        return list(dict.fromkeys(entry.term for entry in self._entries.values()))

    def term_length(self, text: str) -> int:
        """How many words of a text are the term or kind that it begins with, 0 if it begins with none."""
        asked = words(text[:_LONGEST_TERM])
        length, entry = self._at(asked, 0) if asked else (0, None)
        return 0 if entry is None else length

    def synonym(self, text: str) -> str | None:
        """The kind of molecules that a text is just another word for: a term that stands for it and nothing else."""
        entry = self._entries.get(_key(words(text)))
        return entry.meant[0] if entry is not None and len(entry.meant) == 1 and not entry.names else None

    def widen(self, query: str) -> Widened:
        """What the terms in a query stand for."""
        asked = words(query)[:_LONGEST_QUERY]
        parts: list[tuple[str, ...]] = []
        between: list[str] = []
        found: dict[str, None] = {}
        understood: list[str] = []
        wider: set[str] = set()
        names: dict[str, tuple[str, ...]] = {}
        start = 0
        while start < len(asked):
            length, entry = max(self._at(asked, start), self._turned(asked, start), key=_length)
            if entry is None:
                between.append(asked[start])
            else:
                term, meant = entry.term, entry.meant
                said = asked[start : start + length]
                spelled = () if said == words(term) else (term,)  # "nonsteroidal" is written "non-steroidal"
                parts += [*_phrase(between), (" ".join(said), *spelled, *meant)]
                between = []
                wider.update(entry.wider)
                if entry.names:
                    names[term] = entry.names
                found.update(dict.fromkeys((*spelled, *meant)))
                if set(meant) - {term}:
                    understood.append(f"“{term}” also as {', '.join(one for one in meant if one != term)}")
                elif spelled:
                    understood.append(f"“{' '.join(said)}” also as {term}")
            start += length
        if not found:
            return Widened(((" ".join(asked),),) if asked else ())
        return Widened(
            (*parts, *_phrase(between)), tuple(found), frozenset(wider), names, tuple(dict.fromkeys(understood))
        )

    def _at(self, asked: list[str], start: int) -> tuple[int, _Entry | None]:
        """The longest entry that begins at a word, and how many words it has."""
        # One more than the longest has: "pain killer" is "painkiller".
        said = asked[start : start + self._longest + 1]
        found = {length: entry for length, key in self._beginnings(said) if (entry := self._entries.get(key))}
        if not _SMELLS.isdisjoint(said):
            for length, key in self._smells(said):
                if (entry := self._entries.get(key)) is not None:
                    found.setdefault(length, entry)
        longest = max(found, default=1)
        return longest, found.get(longest)

    def _beginnings(self, said: Sequence[str]) -> Iterator[tuple[int, str]]:
        """How many words, and their key, for each beginning of some words that an entry begins with, too."""
        key = ""
        for length, word in enumerate(said, 1):
            key += _word_key(word)
            if key not in self._beginning:
                return
            yield length, key

    def _smells(self, said: Sequence[str]) -> Iterator[tuple[int, str]]:
        """As `_beginnings`, by keys as `_smell_key` makes them."""
        named = ["smell" if word in _SMELLS else word for word in said]
        if named[0] == "smell" and named[1:2] in (["of"], ["like"]):
            for length, key in self._beginnings(named[2:]):
                yield length + 2, key + "smell"
        else:
            for length, key in self._beginnings(named):
                if length > 1:
                    yield length, key

    def _turned(self, asked: list[str], start: int) -> tuple[int, _Entry | None]:
        """The longest entry that is said the other way round at a word, "sugar found in milk" for "milk sugar", and how
        many words that takes.
        """
        found: tuple[int, _Entry | None] = 1, None
        for at in range(start + 1, min(start + _MOST_BEFORE, len(asked) - 2) + 1):
            if asked[at] not in _FOUND_OF:
                continue
            of = next((place for place in range(at, len(asked)) if asked[place] not in _FOUND), len(asked))
            if of == len(asked) or asked[of] not in _OF:
                continue
            first = of + 1 + (not _ARTICLES.isdisjoint(asked[of + 1 : of + 2]))
            for end in range(first + 1, min(first + _MOST_BEFORE, len(asked)) + 1):
                said = [*asked[first:end], *asked[start:at]]
                entry = self._entries.get(_key(said))
                if entry is not None and len(words(entry.term)) == len(said):  # an acid of ants is no antacid
                    found = end - start, entry
        return found


def _length(found: tuple[int, _Entry | None]) -> int:
    return 0 if found[1] is None else found[0]


def _shortened(key: str) -> set[str]:
    """A key whole and without each of its characters: two keys that one error makes the same have one in common."""
    return {key, *(key[:place] + key[place + 1 :] for place in range(len(key)))}


def _key(said: Sequence[str]) -> str:
    """Without what parts words, but for letters that stand alone: "vitamine" is not "vitamin E"."""
    return "".join(map(_word_key, said))


def _word_key(word: str) -> str:
    if word == "gase":  # what `words` leaves of "gases"
        return "gas"
    return f" {word} " if len(word) == 1 and word.isalpha() else word


def _smell_key(said: Sequence[str]) -> str:
    """As `_key`, for what smells: in one word for all that smells do, and after what it is the smell of."""
    if len(said) > 2 and said[0] in _SMELLS and said[1] in ("of", "like"):
        said = [*said[2:], said[0]]
    return _key(["smell" if word in _SMELLS and len(said) > 1 else word for word in said])


def telling_length(text: str) -> int:
    """How many words of a text tell something of what is asked for, of the first so many."""
    return len([word for word in words(text)[:_LONGEST_QUERY] if word not in _CARRIERS])


def _phrase(said: Sequence[str]) -> list[tuple[str, ...]]:
    """Words as a part of their own, unless they say nothing."""
    telling = [word for word in said if word not in _CARRIERS]
    return [(" ".join(telling),)] if telling else []


@cache
def thesaurus() -> Thesaurus:
    """The thesaurus that comes with Molseek."""
    text = files("model.inputs").joinpath("thesaurus.tsv").read_text(encoding="utf-8")
    return Thesaurus(text.splitlines())
