"""What the words of a query ask for: properties, everyday words and what they stand for, or perhaps a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from indexer.search.amounts import LACKING
from indexer.search.filters import MoleculeFilter
from indexer.search.lexicon import Match
from indexer.search.phrases import read_phrases
from model.inputs.thesaurus import Widened, telling_length, thesaurus
from model.inputs.words import telling_words, words
from service.answering.asked import Reading
from service.answering.claims import is_known, unread_claims
from service.answering.opposed import Opposed, read_opposed
from service.answering.tagged import tag_asked
from service.problems import printable

# Close names are looked for where a query may be a name.
_LONGEST_NAME, _MOST_WORDS = 60, 4
_NO_NAME_HAS = frozenset(
    {"is", "are", "in", "on", "like", "that", "which", "with", "without", "for", "from", "has", "have", "what", "who"}
    | {"how", "can", "does", "do", "makes", "make", "used", "found", "smells", "tastes", "contains", "containing", "to"}
    | {"by", "smell", "odor", "odour", "scent", "aroma", "taste", "flavor", "flavour", "color", "colour", "coloring"}
    | {"colouring", "colored", "coloured", "food", "dye", "dyes", "drug", "drugs", "poison", "poisons", "hormone"}
    | {"hormones", "neurotransmitter", "neurotransmitters", "hallucinogen", "hallucinogens", "ingredient", "compound"}
    | {"relieves", "treats", "kills", "prevents", "causes", "stops", "lowers", "raises", "blocks", "inhibits", "helps"}
    | {"compounds", "substance", "chemical", "chemicals", "molecule", "molecules", "plant", "plants", "toxic"}
)
# Systematic names are longer and have more words: "sodium 4-[(4-aminophenyl)diazenyl]benzene-1-sulfonate".
LONGEST_SYSTEMATIC, _MOST_SYSTEMATIC_WORDS = 300, 8
_ENGLISH = _NO_NAME_HAS | {"a", "an", "the", "and", "or", "of", "not", "no", "any", "some", "all"}
# More words than these describe a molecule, and are encoded as they are. Chosen on everyday questions, which have up to
# 8 (`benchmarks.everyday_questions`; 5 does as well, 4 and 8 worse); validation captions have at least 20.
_MOST_WIDENED = 6
# Or of so many that tell something: "What drug is used to treat malaria?" has one. 3 and 4 do as well; one validation
# caption of 3,301 has so few.
_MOST_TELLING = 5
# Texts of up to so many words ask for what fits them, longer ones describe one molecule. The first 8, 10 and 12 words
# of captions of 99 bundled molecules fit others as well: taken for descriptions, they had some 60 first hits above .9,
# of which one in five was not the caption's molecule.
_MOST_ASKED = 12
# Or with so many that tell something; ten validation captions of 3,301 have so few.
_MOST_TELLING_ASKED = 7
# What is said not to be is not widened either. NO in capitals is nitric oxide.
_DENIED = re.compile(
    rf"(?<!-)\b(?:(?i:not|neither|never|(?!(?:lack|missing)\w* (?:in|of)\b){LACKING}|except|excluding|other than)"
    r"|[Nn]o(?!\. ?\d))\b[^,;.]*"
)
_MOST_DENIED = 8  # that are told
_DENIED_WORD = re.compile(r"\bnon-\w{3,}|\b\w{3,}-free\b", re.I)

NO_SUCH_NAME = "No molecule of this corpus has this name."
UNPROVEN = (
    f"{NO_SUCH_NAME} The hits are what lies nearest, without a confidence: nearness does not "
    "tell whether a molecule is missing."
)


PROPERTIES_ALONE = "Every hit has the properties asked for, and nothing else was: their order means nothing."
NOT_TAGGED_ALONE = (
    "No hit has the tag that is denied, which says little: a tag may be missing. Nothing else was asked for, so the "
    "order of the hits means nothing."
)
OF_HITS = frozenset({UNPROVEN, PROPERTIES_ALONE, NOT_TAGGED_ALONE})
"""Remarks that say something of hits, and nothing where there are none."""
# Words that ask for molecules, and not for what they are.
_ASKING = frozenset(
    {"molecule", "compound", "structure", "thing", "anything", "everything", "one", "find", "show", "give", "list"}
    | {"search", "get", "want", "need", "me", "i", "there", "every"}
)


def read_words(
    text: str,
    asks_for_class: Callable[[str], bool],
    tags: Mapping[str, str],
    find_name: Callable[[str], Sequence[Match]],
) -> Reading:
    """A description, with a filter from what it says of properties. Everyday words widen what is looked up, and what is
    encoded if that is short.
    """
    phrases = read_phrases(text, tags, lambda name: [match.row for match in find_name(name)])
    rest = phrases.text if phrases.understood else text
    length, telling = len(rest.split()), telling_length(rest)
    asks = length <= _MOST_ASKED or telling <= _MOST_TELLING_ASKED
    denied = _denied(rest, tags) if asks else []
    said = _DENIED.sub(lambda match: match[0] if asks and match[0].strip() not in denied else " ", rest)
    opposed = read_opposed(rest, tags, find_name) if asks else Opposed()
    claims = [*opposed.remarks, *unread_claims(rest, tags, find_name)] if asks else []
    if denied and telling_length(said):
        rest = " ".join(said.split())
    for one in denied:  # "non-ionic" is looked up as it is, and stands for nothing else
        said = said.replace(one, " ")
    widened = thesaurus().widen(opposed.in_terms(said)).without(phrases.filter.tags.none)
    looked_up = ", ".join([rest, *widened.words])
    short = length <= _MOST_WIDENED or (telling <= _MOST_TELLING and length <= _MOST_ASKED)
    if phrases.understood and not (set(telling_words(rest)) - _ASKING):
        # All hits fit equally well; the encoder would put them in some order all the same.
        return Reading(
            kind="text",
            value=text,
            filters=phrases.understood,
            filter=phrases.filter,
            remarks=(NOT_TAGGED_ALONE if phrases.filter.tags.none else PROPERTIES_ALONE,),
            unproven=True,
        )
    named = (
        {name: tuple(sorted({match.row for match in find_name(name)})) for name in names_meant(widened)}
        if short
        else {}
    )
    lacking = [
        f"“{term}” stands for {listed(names)}, which this corpus does not have."
        if names != (term,)
        else f"This corpus does not have {term}."
        for term, names in widened.names.items()
        if short and not any(named.get(name) for name in names)
    ]
    understood = bool(widened.words or phrases.understood or denied or claims or opposed.names)
    tag = tag_asked(opposed.in_terms(rest), tags)
    name_like = not understood and tag is None and may_be_a_name(text) and not asks_for_class(text)
    unproven = (UNPROVEN,) if name_like else ()
    return Reading(
        kind="text",
        value=text,
        words=looked_up,
        parts=opposed.without_names(widened.parts) if short else ((said,),),
        wider=widened.wider,
        named=named,
        encoded=looked_up if short else rest,
        widened=widened.understood,
        filters=(*phrases.understood, *(f"not {name}" for name in opposed.names)),
        filter=(MoleculeFilter(without=tuple(sorted({*chain(*opposed.names.values())}))) & phrases.filter) or None,
        remarks=(
            *(() if understood else _misspelt(text)),
            *(
                f"“{printable(one)}” could not be read as a condition, so that hits may not fulfil it."
                for one in denied
            ),
            *claims,
            *unproven,
            *lacking,
        ),
        suggest=name_like,
        mentions=short and not widened.words and not phrases.understood,
        kind_of_text="category" if asks else "description",
        ordered_as="category" if short else "description",
        unproven=name_like or bool(lacking or denied or claims),
        tag=tag,
    )


def _denied(text: str, tags: Mapping[str, str]) -> list[str]:
    """What a request denies and no condition was read from, but for terms that are called so: "non-steroidal".

    Each once, and no more than are told: looking each up takes time.
    """
    found: dict[str, None] = {}
    for pattern in (_DENIED, _DENIED_WORD):
        for match in pattern.finditer(text):
            said = match[0].strip()
            if said in found or len(found) == _MOST_DENIED:
                continue
            if not is_known(text, match.start(), tags, len(words(said))):
                found[said] = None
    return list(found)


def _misspelt(text: str) -> tuple[str, ...]:
    term = thesaurus().close_term(text)
    return () if term is None else (f"Did you mean “{term}”?",)


def names_meant(widened: Widened) -> Iterator[str]:
    """The names of molecules that the terms of a text stand for."""
    for names in widened.names.values():
        yield from names


def may_be_a_name(text: str) -> bool:
    """Whether a text is as short as names are, and has no word that names have not."""
    said = text.split()
    return len(text) <= _LONGEST_NAME and len(said) <= _MOST_WORDS and _NO_NAME_HAS.isdisjoint(map(str.lower, said))


def may_be_systematic(text: str) -> bool:
    """Whether a text may be a name that tells a structure: no sentence, and no longer than such names are."""
    said = text.split()
    return (
        len(text) <= LONGEST_SYSTEMATIC
        and len(said) <= _MOST_SYSTEMATIC_WORDS
        and _ENGLISH.isdisjoint(map(str.lower, said))
    )


def listed(names: Sequence[str]) -> str:
    """Names as a sentence has them: "a, b or c"."""
    shown = [printable(name) for name in names]
    return " or ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
