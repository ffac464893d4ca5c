"""Common names of molecules: trivial, trade and older systematic names, from the package `chemicals`.

It has the names that PubChem's depositors use for some 76,000 commercial compounds. Registry numbers, codes and remarks
are among them; a name is taken if it consists of words only, or if OPSIN reads the right molecule from it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, cast

from training.naming.opsin import Opsin
from training.pairs.structures import inchikeys

# "acetylsalicylic acid", "coenzyme A"; not "asa", "stk366316", "50-78-2", "benzoic acid, 2-hydroxy-" or
# "aspirina [italian]".
_WORDS = re.compile(r"(?=.*[A-Za-z]{4})[A-Za-z](?:[A-Za-z' -]{2,58}[A-Za-z])")
_LONGEST = 250
_DOTTED_GREEK = re.compile(r"\.(alpha|beta|gamma|delta|omega)\.")


class CommonNamesError(RuntimeError):
    """The package with the names is not installed."""


class Compound(Protocol):
    """The package's entry for a compound."""

    common_name: str
    iupac_name: str
    synonyms: list[str]


class _Database(Protocol):
    def search_InChI_key(self, InChI_key: str) -> Compound | Literal[False]: ...  # noqa: N802, N803 — not ours


@dataclass(frozen=True, slots=True)
class CommonNames:
    """Names of compounds by InChIKey."""

    database: _Database
    version: str

    @classmethod
    def find(cls) -> CommonNames:
        """From the packages of the extra `names`; loaded on first use, which takes about two seconds.

        Raises CommonNamesError if they are not there.
        """
        try:
            import chemicals
            from chemicals.identifiers import get_pubchem_db
        except ImportError:
            raise CommonNamesError(
                "common names need the package chemicals, which is not installed. "
                "Install it with: pip install -e '.[names]'"
            ) from None
        return cls(cast(_Database, get_pubchem_db()), str(chemicals.__version__))

    def of(
        self,
        smiles_of: Mapping[str, str],
        opsin: Opsin,
        *,
        per_molecule: int,
        seed: int = 0,
    ) -> list[tuple[str, str]]:
        """Names and SMILES of the molecules that have any, at most `per_molecule` names each.

        Args:
            smiles_of: structures by InChIKey.
            seed: of the choice where there are more names; a molecule's depends on it and the InChIKey alone.

        Those of words alone come first, the usual one before others, then those that OPSIN reads.

        Raises OpsinError when OPSIN fails.
        """
        candidates = {key: names for key in smiles_of if (names := self._candidates(key, per_molecule, seed))}
        doubtful = list(dict.fromkeys(name for names in candidates.values() for name in names if not _is_words(name)))
        read = dict(zip(doubtful, opsin.read(doubtful), strict=True))
        key_of = inchikeys(smiles for smiles in read.values() if smiles)
        return [
            (name, smiles_of[key])
            for key, names in candidates.items()
            for name in [name for name in names if _is_words(name) or key_of.get(read[name]) == key][:per_molecule]
        ]

    def _candidates(self, key: str, count: int, seed: int) -> list[str]:
        """Candidate names, best first: all that consist of words, and `count` others."""
        compound = self.database.search_InChI_key(key)
        if not compound:
            return []
        names = [compound.common_name, *_shuffled([compound.iupac_name, *compound.synonyms], f"{seed} {key}")]
        distinct: dict[str, str] = {}
        for name in map(_tidy, names):
            distinct.setdefault(_letters_and_digits(name), name)
        kept = [name for name in distinct.values() if 4 <= len(name) <= _LONGEST]
        words = [name for name in kept if _is_words(name)]
        return words + [name for name in kept if not _is_words(name)][:count]


def _is_words(name: str) -> bool:
    return _WORDS.fullmatch(name) is not None


def _tidy(name: str) -> str:
    return _DOTTED_GREEK.sub(r"\1", " ".join(name.split()))


def _letters_and_digits(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _shuffled(names: Sequence[str], seed: str) -> list[str]:
    return random.Random(seed).sample(sorted(set(names)), len(set(names)))
