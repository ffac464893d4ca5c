"""The tag of the corpus that a text asks for by its name: "musks", "an antifungal drug", "drugs for gout"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import dropwhile

from model.inputs.thesaurus import thesaurus
from model.inputs.words import words

_LONGEST = 100  # characters; longer texts are asked for more than a tag
_ARTICLES = frozenset({"a", "an", "the", "some", "any", "all", "show", "give", "list", "find", "me", "us"})
_DRUGS = frozenset({"drug", "medicine", "medication"})
_WHICH = frozenset({"what", "which"})
# "Which drug is used to treat gout?"
_USES = frozenset({"for", "against", "treat", "treating"})
_TREATS = _DRUGS | _USES | {"that", "which", "is", "are", "used", "to"}
_KINDS = _DRUGS | {"agent", "compound", "molecule", "substance", "chemical"}


def tag_asked(text: str, tags: Mapping[str, str]) -> str | None:
    """The tag that is all a text asks for, None if it asks for something else, or for more.

    A word that stands for a tag and nothing else asks for it, too: "weedkiller" for "herbicide".

    tags: those of the corpus, by their words (`model.inputs.words`) with spaces between them.
    """
    if not tags or len(text) > _LONGEST:
        return None
    for asked in _ways_to_say(words(text)):
        if (tag := tags.get(asked)) is not None:
            return tag
        meant = thesaurus().synonym(asked)
        if meant is not None and (tag := tags.get(" ".join(words(meant)))) is not None:
            return tag
    return None


def _ways_to_say(said: list[str]) -> Iterator[str]:
    """A text as tags may have it, in the words of the text as far as can be."""
    said = said[1:] if said[:1] and said[0] in _WHICH else _without_article(said)
    yield " ".join(said)
    if len(said) > 1 and said[-1] in _KINDS:
        yield " ".join(said[:-1])
        yield " ".join([*said[:-1], "drug"])
    treated = list(dropwhile(_TREATS.__contains__, said))
    if treated != said and not _USES.isdisjoint(said[: len(said) - len(treated)]):
        yield " ".join([*_without_article(treated), "drug"])


def _without_article(said: list[str]) -> list[str]:
    """Without what asks for something: "show me all"."""
    return list(dropwhile(_ARTICLES.__contains__, said))
