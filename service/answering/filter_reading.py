"""The filter of a request, checked and read: ranges, tags of the corpus, substructures."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from indexer.chemistry import Chemistry
from indexer.columns import PROPERTIES
from indexer.search.filters import MoleculeFilter
from indexer.search.identifiers import hill_formula
from indexer.search.substructure import Pattern, PatternError
from indexer.tags import TagFilter
from model.inputs.normal_text import normal_text
from service.answering.texts import character_faults, tidy
from service.problems import Code, FieldProblem, printable
from service.schemas import Filter, Tags

# Substructures of one filter, had and lacked together, and its tags; the schema says the numbers too.
MOST_SUBSTRUCTURES = 8
MOST_TAGS = 64
MOST_FORMULAS = 64
_LONGEST_FORMULA = 100
# Tags of the corpus that are named to whoever asks for another.
_TAGS_SHOWN = 20


def read_filter(
    given: Filter | None, known: Collection[str], chemistry: Chemistry
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
        name: tuple(_read_patterns(f"filter.{name}", smarts, chemistry, faults))
        for name, smarts in (("has_substructure", has), ("lacks_substructure", lacks))
    }
    read = MoleculeFilter(
        mass=(given.exact_mass.min, given.exact_mass.max) if given.exact_mass is not None else None,
        formulas=_read_formulas(given.formula or [], faults),
        ranges=tuple((name, (range.min, range.max)) for name, range in ranges if range is not None),
        tags=_read_tags(given.tags, known, faults),
        has=patterns["has_substructure"],
        lacks=patterns["lacks_substructure"],
    )
    return read if read else None, faults


def _read_formulas(given: Sequence[str], faults: list[FieldProblem]) -> tuple[str, ...]:
    """Formulas in Hill order; what is wrong with the others goes to `faults`."""
    if len(given) > MOST_FORMULAS:
        detail = f"The filter has {len(given):,} formulas; at most {MOST_FORMULAS} are searched for."
        faults.append(FieldProblem(field="filter.formula", code=Code.FILTER_INVALID_FORMULA, detail=detail))
        return ()
    read: list[str] = []
    for number, text in enumerate(given):
        formula = hill_formula(normal_text(text[:_LONGEST_FORMULA]))
        if formula is None or len(text) > _LONGEST_FORMULA:
            place = f"filter.formula[{number}]"
            detail = f"{place}: {printable(text)!r} is no molecular formula; C9H8O4 is one."
            faults.append(FieldProblem(field=place, code=Code.FILTER_INVALID_FORMULA, detail=detail))
        else:
            read.append(formula)
    return tuple(read)


def _read_patterns(
    field: str, given: Sequence[str], chemistry: Chemistry, faults: list[FieldProblem]
) -> Iterator[Pattern]:
    """The substructures that can be read; what is wrong with the others goes to `faults`."""
    odd = [character_faults(f"{field}[{number}]", smarts) for number, smarts in enumerate(given)]
    asked = {smarts: chemistry.pattern(smarts) for smarts, fault in zip(given, odd, strict=True) if not fault}
    for number, (smarts, fault) in enumerate(zip(given, odd, strict=True)):
        if fault:
            faults += fault
            continue
        try:
            yield asked[smarts].result()
        except PatternError as error:
            place = f"{field}[{number}]"
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
