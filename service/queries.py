"""What was asked for, checked against the operator's bounds: texts to encode, structures that are understood."""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice

from indexer.chemistry import Chemistry, ReadStructure, Want
from indexer.columns import PROPERTIES
from indexer.policy import Standardization
from indexer.search.filters import MoleculeFilter
from indexer.search.substructure import Pattern, PatternError
from indexer.tags import TagFilter
from model.inputs.structure import StructureError
from service.problems import Code, FieldProblem, Problem, printable
from service.schemas import Filter, Mol2TextRequest, Tags, Text2MolRequest
from service.settings import Settings

# Substructures of one filter, had and lacked together, and its tags; the schema says the numbers too.
MOST_SUBSTRUCTURES = 8
MOST_TAGS = 64
# Structures of one request that workers read at once, so that requests with many let others take turns.
_READ_AT_ONCE = 4
# Tags of the corpus that are named to whoever asks for another.
_TAGS_SHOWN = 20

# Control characters other than tab and line breaks, and halves of surrogate pairs, which JSON can smuggle in.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class TextQueries:
    """texts: (queries,), tidied; reference: the structure that hits are compared with, if one was given."""

    texts: tuple[str, ...]
    k: int
    reference: ReadStructure | None
    filter: MoleculeFilter | None = None


@dataclass(frozen=True, slots=True)
class StructureQueries:
    """structures: (queries,), with features and fingerprints."""

    structures: tuple[ReadStructure, ...]
    k: int
    filter: MoleculeFilter | None = None


class QueryReader:
    """Turns requests into queries, and refuses with every fault at once.

    What costs nothing (counts, lengths, characters) is checked for the whole request before RDKit sees any of it.
    """

    def __init__(self, settings: Settings, chemistry: Chemistry) -> None:
        self._settings = settings
        self._chemistry = chemistry

    def texts(
        self, request: Text2MolRequest, policy: Standardization = "none", tags: Collection[str] = ()
    ) -> TextQueries:
        """`policy`: what the structures of the release were standardised to; `tags`: those that it has.

        Raises `Problem`.
        """
        named = _named(request.query, request.queries)
        faults = self._count_faults(len(named), request.k)
        texts: list[str] = []
        for field, text in named if not faults else ():
            texts.append(tidy(text))
            faults += self._text_faults(field, text, texts[-1])
        references: list[ReadStructure] = []
        if request.reference is not None:
            reference_faults = character_faults("reference", request.reference)
            if not faults and not reference_faults:
                named = [("reference", request.reference)]
                references = self._read_structures(named, policy, Want.FINGERPRINT, reference_faults)
            faults += reference_faults
        filter, filter_faults = self._read_filter(request.filter, tags)
        faults += filter_faults
        if faults:
            raise Problem.of_fields(faults)
        return TextQueries(tuple(texts), request.k, references[0] if references else None, filter)

    def structures(
        self, request: Mol2TextRequest, policy: Standardization = "none", tags: Collection[str] = ()
    ) -> StructureQueries:
        """`policy` and `tags` as for `texts`. Raises `Problem`."""
        named = _named(request.query, request.queries)
        faults = self._count_faults(len(named), request.k)
        for field, text in named if not faults else ():
            faults += character_faults(field, text)
        structures: list[ReadStructure] = []
        if not faults:
            structures = self._read_structures(named, policy, Want.FEATURES | Want.FINGERPRINT, faults)
        filter, filter_faults = self._read_filter(request.filter, tags)
        faults += filter_faults
        if faults:
            raise Problem.of_fields(faults)
        return StructureQueries(tuple(structures), request.k, filter)

    def _read_structures(
        self,
        named: Sequence[tuple[str, str]],
        policy: Standardization,
        want: Want,
        faults: list[FieldProblem],
    ) -> list[ReadStructure]:
        """The structures that can be read; what is wrong with the others goes to `faults`."""
        read: list[ReadStructure] = []
        waiting: deque[tuple[str, Future[ReadStructure]]] = deque()
        for field, text in named:
            if is_blank(text[:100]) and is_blank(text):
                detail = f"{field} is empty; give a SMILES, an InChI or a molblock."
                faults.append(FieldProblem(field=field, code=_code(field, "empty"), detail=detail))
                continue
            if len(waiting) == _READ_AT_ONCE:
                _take(waiting, read, faults)
            waiting.append((field, self._chemistry.read(text, policy, want)))
        while waiting:
            _take(waiting, read, faults)
        return read

    def _count_faults(self, queries: int, k: int) -> list[FieldProblem]:
        bounds = self._settings
        faults: list[FieldProblem] = []
        if queries == 0:
            faults.append(FieldProblem(field="queries", code=Code.QUERIES_EMPTY, detail="queries has no entry."))
        if queries > bounds.max_queries:
            detail = f"queries has {queries:,} entries; at most {bounds.max_queries:,} are answered in one request."
            faults.append(FieldProblem(field="queries", code=Code.QUERIES_TOO_MANY, detail=detail))
        if not 1 <= k <= bounds.max_k:
            detail = f"k, the number of hits wanted, must be from 1 to {bounds.max_k:,}."
            faults.append(FieldProblem(field="k", code=Code.K_OUT_OF_RANGE, detail=detail))
        if not faults and queries * k > bounds.max_hits:
            detail = (
                f"{queries:,} queries with {k:,} hits each are more than the {bounds.max_hits:,} hits of one request; "
                "lower k or send fewer queries at once."
            )
            faults.append(FieldProblem(field="k", code=Code.HITS_TOO_MANY, detail=detail))
        return faults

    def _text_faults(self, field: str, text: str, tidied: str) -> list[FieldProblem]:
        if len(text) > self._settings.max_text_characters:
            detail = (
                f"{field} has {len(text):,} characters; at most {self._settings.max_text_characters:,} are accepted."
            )
            return [FieldProblem(field=field, code=Code.QUERY_TOO_LONG, detail=detail)]
        if is_blank(tidied):
            detail = f"{field} is empty; describe the molecules wanted, such as 'an amino acid of proteins'."
            return [FieldProblem(field=field, code=Code.QUERY_EMPTY, detail=detail)]
        return character_faults(field, text)

    def _read_filter(
        self, given: Filter | None, known: Collection[str]
    ) -> tuple[MoleculeFilter | None, list[FieldProblem]]:
        """The filter of a request, if it says anything, and what is wrong with its tags and substructures."""
        if given is None:
            return None, []
        ranges = [(name, getattr(given, name)) for name in PROPERTIES]
        has, lacks = given.has_substructure or [], given.lacks_substructure or []
        if len(has) + len(lacks) > MOST_SUBSTRUCTURES:
            count = len(has) + len(lacks)
            detail = f"The filter has {count:,} substructures; at most {MOST_SUBSTRUCTURES} are searched for."
            return None, [FieldProblem(field="filter", code=Code.SUBSTRUCTURES_TOO_MANY, detail=detail)]
        faults: list[FieldProblem] = []
        patterns = {
            name: tuple(self._read_patterns(f"filter.{name}", smarts, faults))
            for name, smarts in (("has_substructure", has), ("lacks_substructure", lacks))
        }
        read = MoleculeFilter(
            ranges=tuple((name, (range.min, range.max)) for name, range in ranges if range is not None),
            tags=_read_tags(given.tags, known, faults),
            has=patterns["has_substructure"],
            lacks=patterns["lacks_substructure"],
        )
        return read if read else None, faults

    def _read_patterns(self, field: str, given: Sequence[str], faults: list[FieldProblem]) -> Iterator[Pattern]:
        """The substructures that can be read; what is wrong with the others goes to `faults`."""
        for number, smarts in enumerate(given):
            place = f"{field}[{number}]"
            odd = character_faults(place, smarts)
            if odd:
                faults += odd
                continue
            try:
                yield self._chemistry.pattern(smarts).result()
            except PatternError as error:
                code = Code(f"substructure_{error.code}")  # type: ignore[call-arg]
                faults.append(FieldProblem(field=place, code=code, detail=f"{place}: {error}"))


def _read_tags(given: Tags | None, known: Collection[str], faults: list[FieldProblem]) -> TagFilter:
    """The tags asked for; what is wrong with them goes to `faults`."""
    asked = {} if given is None else {"any": given.any or [], "all": given.all or [], "none": given.none or []}
    count = sum(len(tags) for tags in asked.values())
    if count > MOST_TAGS:
        detail = f"The filter has {count:,} tags; at most {MOST_TAGS} are asked for."
        faults.append(FieldProblem(field="filter.tags", code=Code.TAGS_TOO_MANY, detail=detail))
        return TagFilter()
    for name, tags in asked.items():
        for number, tag in enumerate(tags):
            if tidy(tag) not in known:
                place = f"filter.tags.{name}[{number}]"
                detail = f"{place}: the corpus has no tag {printable(tag)!r}; {_shown(known)}."
                faults.append(FieldProblem(field=place, code=Code.TAG_UNKNOWN, detail=detail))
    return TagFilter(**{name: tuple(map(tidy, tags)) for name, tags in asked.items()})


def _shown(known: Collection[str]) -> str:
    """The tags of a corpus, the most frequent ones if they are many."""
    if not known:
        return "it has no tags"
    shown = ", ".join(printable(tag) for tag in islice(known, _TAGS_SHOWN))
    more = len(known) - _TAGS_SHOWN
    return f"it has {shown}" + (f" and {more:,} more, which GET /version lists" if more > 0 else "")


def tidy(text: str) -> str:
    """A text as it is searched for: every run of white space one space, none at the ends."""
    return " ".join(text.split())


def is_blank(text: str) -> bool:
    """Whether nothing of the text would show: white space and invisible format characters only."""
    return all(c.isspace() or unicodedata.category(c) == "Cf" for c in text)


def character_faults(field: str, text: str) -> list[FieldProblem]:
    """One fault for the first character that no text has: a control character such as NUL, or half a surrogate pair."""
    found = _UNPRINTABLE.search(text)
    if found is None:
        return []
    number = ord(found.group())
    place = f"(U+{number:04X}) at position {found.start() + 1}"
    if number >= 0xD800:
        detail = f"{field} is not valid Unicode: it has half of a surrogate pair {place}."
        return [FieldProblem(field=field, code=Code.TEXT_NOT_UNICODE, detail=detail)]
    detail = f"{field} has a control character {place}."
    return [FieldProblem(field=field, code=Code.TEXT_CONTROL_CHARACTER, detail=detail)]


def _named(query: str | None, queries: Sequence[str] | None) -> list[tuple[str, str]]:
    """The queries with the field each came in."""
    if query is not None:
        return [("query", query)]
    return [(f"queries[{row}]", text) for row, text in enumerate(queries or ())]


def _code(field: str, code: str) -> Code:
    """The problem's code for a fault of a structure."""
    return Code(f"{'reference' if field == 'reference' else 'query'}_{code}")  # type: ignore[call-arg]


def _take(
    waiting: deque[tuple[str, Future[ReadStructure]]], read: list[ReadStructure], faults: list[FieldProblem]
) -> None:
    """Wait for the first structure; it goes to `read`, or what is wrong with it to `faults`."""
    field, future = waiting.popleft()
    try:
        read.append(future.result())
    except StructureError as error:
        faults.append(FieldProblem(field=field, code=_code(field, error.code), detail=str(error)))
