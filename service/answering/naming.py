"""What a text may name that has another name in the corpus: a salt or its parent, what OPSIN reads, some of isomers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from indexer.chemistry import Chemistry
from indexer.chemistry.name_reader import NamedStructure
from indexer.release.opened import Release
from indexer.search.lexicon import Lexicon, Match
from indexer.search.parts import ELEMENTS
from indexer.search.salts import parents
from indexer.search.understanding import asked_name
from model.inputs.thesaurus import thesaurus
from service.answering.isomers import Isomers, isomers_named
from service.answering.wording import may_be_a_name, may_be_systematic, names_meant

# Without a locant, what OPSIN reads as one molecule is as often the name of a class: "dichlorobenzene", "porphyrin".
_LOCANT = re.compile(
    r"\d|\((?:[RSEZ+-]|\u00b1)\)-|\b(?:alpha|beta|gamma|delta|tert|sec|ortho|meta|para|cis|trans)-|\b[NORSEZDLmop]-|[α-ω]"
)


def has_locants(name: str) -> bool:
    """Whether a name says where its parts are attached, or how they lie."""
    return _LOCANT.search(name) is not None


@dataclass(frozen=True, slots=True)
class Namer:
    """Reads names for one release."""

    _chemistry: Chemistry
    _release: Release
    _lexicon: Lexicon

    def is_class(self, text: str, matches: Sequence[Match]) -> bool:
        """Whether a name is one for a whole class, which only others than the corpus give to one molecule of it, or
        which the corpus gives to none but with a sign before it.
        """
        if any(match.kind not in ("common name", "skeleton") for match in matches) or not self._release.asks_for_class(
            text
        ):
            return False
        # "vitamin C" is a term of the thesaurus, too, and yet names this molecule and no other.
        named = {
            match.row for name in names_meant(thesaurus().widen(text)) for match in self._lexicon.find_called(name)
        }
        return not named or not named <= {match.row for match in matches}

    def without_salt(self, text: str) -> tuple[Match, ...]:
        """The molecules that a name means without the counter-ion, hydrate or ester at its end."""
        for parent in parents(text):
            found = [replace(match, kind="parent") for match in self._lexicon.find_name(parent.name)]
            found = found or list(self.salts_named(parent.name))
            records = self._release.records.molecules([match.row for match in found])
            # Of what has no nitrogen a phosphate is an ester, which is another molecule than its salt would be.
            fitting = [match for match, record in zip(found, records, strict=True) if parent.may_be(record.formula)]
            if found:
                return tuple(fitting)
        return ()

    def _makes_no_salt(self, text: str) -> bool:
        """Whether a text names a salt of a molecule of the corpus that makes none of that kind."""
        return any(self._lexicon.find_name(parent.name) and not self.without_salt(text) for parent in parents(text))

    def salts_named(self, text: str) -> tuple[Match, ...]:
        """The salts and hydrates of what a text names; of an element they are other things."""
        if text.lower() in ELEMENTS or not may_be_a_name(text):
            return ()
        return tuple(self._lexicon.find_salts_named(text))

    def read(self, text: str) -> NamedStructure:
        """What a text describes, if it is a systematic name and such names are read here."""
        name = asked_name(text)
        if not may_be_systematic(name) or self._release.asks_for_class(name) or thesaurus().widen(name).words:
            return NamedStructure("")
        named = self._chemistry.read_name(name)
        # OPSIN reads "glucose phosphate" as a salt, which glucose makes none of.
        return NamedStructure("") if "." in named.smiles and self._makes_no_salt(name) else named

    def isomers_called(self, text: str, matches: Sequence[Match]) -> Isomers | None:
        """As `isomers`, of what only others than the corpus call so: xylene is o-xylene in a list, and others, too."""
        if any(match.kind != "common name" for match in matches) or has_locants(text):
            return None
        isomers = self.isomers(text, self._chemistry.read_name(asked_name(text)))
        rows = {match.row for match in matches}
        return isomers if isomers is not None and rows <= set(isomers.rows) else None  # else it is no such name

    def isomers(self, text: str, named: NamedStructure) -> Isomers | None:
        """What a name without locants may mean of which OPSIN gives one isomer of several."""
        if not named.ambiguous or has_locants(text):
            return None
        return isomers_named(asked_name(text), named.smiles, self._chemistry, self._release)
