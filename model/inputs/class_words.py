"""Texts that ask for a class, a role or a use, and not for one molecule: "an analgesic", "drugs for gout"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from model.inputs.words import FUNCTION_WORDS, words

# No molecule is called so, but what it does is.
_ROLES = frozenset(
    {"drug", "medicine", "medication", "remedy", "pill", "treatment", "therapy", "agent", "inhibitor", "antagonist"}
    | {"agonist", "blocker", "killer", "modulator", "activator", "inducer", "relaxant", "repellent", "antidote"}
    | {"antibiotic", "supplement", "additive", "preservative", "reagent", "catalyst", "ingredient", "metabolite"}
)
# Said of a class or role beside its name.
_ADJECTIVES = frozenset(
    {"human", "natural", "synthetic", "strong", "weak", "toxic", "volatile", "sweet", "bitter", "common", "oral"}
    | {"cyclic", "acyclic", "linear", "branched", "straight", "chain", "long", "short", "chiral", "achiral"}
    | {"aliphatic", "aromatic", "saturated", "unsaturated", "primary", "secondary", "tertiary", "substituted", "simple"}
    | {"organic", "inorganic", "small", "large", "heavy", "light", "liquid", "gaseous", "solid", "soluble", "essential"}
    | {"topical", "safe", "potent", "selective", "modern", "old", "new", "mild", "class", "kind", "type", "family"}
)
_ARTICLE = re.compile(r"\s*(?:an?|any|some)\s+[a-z]", re.I)
_LONGEST = 60  # words; longer texts describe


class ClassWords:
    """Knows the phrases of classes and roles, whatever their case, number and spelling."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = {tuple(words(phrase)) for phrase in phrases}
        self._longest = max(map(len, self._phrases), default=0)

    def __call__(self, text: str) -> bool:
        """Whether a text asks for a class or role: it has an article, a word that only roles have, or is made of known
        phrases and words that say nothing.
        """
        asked = words(text)[:_LONGEST]
        if _ARTICLE.match(text) or not _ROLES.isdisjoint(asked):
            return True
        start, known = 0, False
        while start < len(asked):
            length = self._phrase_at(asked, start)
            known = known or length > 0
            if not length and asked[start] not in FUNCTION_WORDS and asked[start] not in _ADJECTIVES:
                return False
            start += max(length, 1)
        return known

    def _phrase_at(self, asked: list[str], start: int) -> int:
        for length in range(min(self._longest, len(asked) - start), 0, -1):
            if tuple(asked[start : start + length]) in self._phrases:
                return length
        return 0
