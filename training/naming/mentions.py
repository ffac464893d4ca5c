"""Possible names in training texts: of the molecule itself, of its relatives, of its parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from model.published.captions import listed_phrases

_NAME = re.compile(r"The molecule is (?!an? |the |one of |any )(?P<name>.+)\.")
_RELATION = r"(?:an? |the )?(?:conjugate (?:base|acid)|enantiomer|tautomer|substituent group|hydride) (?:of|from) "
_SENTENCE = re.compile(
    rf"\b(?:(?:is|derives from) {_RELATION}|derives from |It is (?!{_RELATION}))(?P<list>an? .+?)"
    r"\.(?= [A-Z]|$)"  # not the one in "butane-1,2.3-triol"
)
_EDGES = ".,;:"
_WORDS_AFTER = frozenset({"acid", "phosphate", "diphosphate", "sulfate", "ester", "ether"})
_SHORTEST, _SHORTEST_OF_LETTERS = 6, 8
_ARTICLE = re.compile(r"^(?:an? )?(?:member of (?:the class of )?)?")


def mentioned_names(text: str) -> list[str]:
    """Possible names in a ChEBI-style text, each once.

    Of "The molecule is ethanol." the name; of a caption those in its sentences on relations and classes ("It is a
    conjugate base of a citric acid", "It derives from a butane and a propane."), and its longer words, alone and with
    an "acid" that follows. Most are names of classes or no names at all: who reads them finds out.
    """
    text = " ".join(text.split())
    own = _NAME.fullmatch(text)
    if own:
        return [own["name"]]
    names: dict[str, None] = {}
    for sentence in _SENTENCE.finditer(text):
        for part in listed_phrases(sentence["list"]):
            name = _ARTICLE.sub("", part).strip()
            if name:
                names[name] = None
    names.update((word, None) for word in _words(text))
    return list(names)


def _words(text: str) -> Iterator[str]:
    for word, following in pairwise([*text.split(), ""]):
        bare = word.strip(_EDGES)
        if len(bare) < (_SHORTEST_OF_LETTERS if bare.isalpha() else _SHORTEST):
            continue
        yield bare
        if bare == word and following.strip(_EDGES) in _WORDS_AFTER:
            yield f"{bare} {following.strip(_EDGES)}"
