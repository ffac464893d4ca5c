"""The lexicon of a release: which molecules a name, an identifier, a formula or a few words stand for.

`indexer.build.lexicon_writer` makes the file, which lies beside the records. InChIKeys, ids and CIDs are looked up in
the records themselves. Everything here is safe in threads, and its cost is bounded whatever is asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from indexer.readonly import ReadOnlyDatabase
from indexer.search.identifiers import Identifier
from indexer.search.names import (
    LONGEST_NAME,
    OPTICAL_SIGNS,
    is_close,
    name_key,
    prefix_key,
    same_locants,
    says_less,
    sound,
    trigrams,
    ways_to_write,
)
from indexer.search.salts import parents
from indexer.search.word_index import WordIndex
from model.inputs.bm25 import WordHits
from model.inputs.words import FUNCTION_WORDS, within_one_error

LEXICON = "lexicon.sqlite"
LEXICON_VERSION = 6
# In 3, the words of tags are not searched; before 5, salts are not known by their parents; before 6, a few plurals and
# British words are words of their own, and names with the sign of a trade mark are not found.
_READABLE = {"3", "4", "5", "6"}
# How a name is written down in the file; the first in this order is the most trustworthy.
NAME_KINDS: tuple["MatchKind", ...] = ("name", "synonym", "cas", "common name")

MatchKind = Literal[
    "name",
    "synonym",
    "cas",
    "common name",
    "inchikey",
    "skeleton",
    "formula",
    "id",
    "cid",
    "description",
    "structure",
    "parent",
    "salt",
    "composition",
]

NEAR_KINDS: frozenset["MatchKind"] = frozenset({"skeleton", "parent", "salt", "composition"})
"""Matches that are not the very molecule that was asked for."""
SALT_KEY = 25
"""Letters of an InChIKey by which salts are looked up: all but the one for protons."""
MOST_SYNONYMS = 10
_MOST_MATCHES = 100
_ROWS_A_QUERY = 500
_COMPLETIONS_READ = 200
# One error spoils at most four runs of three characters, so one of five is found.
_GRAMS = 5
_MOST_CANDIDATES = 4_000
_SHORTEST_UNSIGNED = 4  # letters of a name that is looked up with a sign before it
_SIGN_KEYS = tuple(dict.fromkeys(name_key(f"{sign}x").removesuffix("x") for sign in OPTICAL_SIGNS))
# Of a name that is looked for without them: "D-fructose 1,6-bisphosphate".
_LONGEST_LOCANTS = 12
# Names looked for among the words of a text: of so many letters and words, in so many words of it.
_SHORTEST_NAMED = 4
_LONGEST_NAMED = 3
_MOST_WORDS_READ = 8


@dataclass(frozen=True, slots=True)
class Match:
    """A molecule of the release, and what it was found by: `value` as the corpus writes it.

    kind: `structure` is a structure given with the same InChIKey, `parent` one without its salts, solvents and charges
    or a component of it, `salt` one of which this is a salt or solvate; `composition` has the same formula with the
    same metals and ligands, bound in another way; `skeleton` is the first block of the InChIKey, the same atoms and
    bonds with any stereo, isotopes and protons, or a name that says no stereo where the molecule's does; `common name`
    comes from the package `chemicals`, not from the corpus; a `description` has no value.
    """

    row: int
    kind: MatchKind
    value: str


class Lexicon:
    """The lexicon beside the records of a release. `counts`: entries of each kind. `close` ends it for all threads."""

    def __init__(self, path: Path, records: Path) -> None:
        self._database = ReadOnlyDatabase(path)
        self._records = ReadOnlyDatabase(records)
        values = dict(self._select(self._database, "SELECT key, value FROM about"))
        self._words = WordIndex(self._database, int(values["molecules"]))
        self._knows_salts = int(values["version"]) >= 5
        self.counts = {str(kind): int(count) for kind, count in self._select(self._database, "SELECT * FROM counts")}

    def close(self) -> None:
        self._database.close()
        self._records.close()

    def find_name(self, name: str) -> list[Match]:
        """The molecules that are called exactly so, however it is written; of equal ones those of the lower row first.

        Where the corpus itself calls a molecule so, names from elsewhere do not count. Accents, and brackets around all
        of it, count only where there are names with them.
        """
        if len(name) > LONGEST_NAME:
            return []
        return next((found for written in ways_to_write(name) if (found := self._called(written))), [])

    def find_called(self, name: str) -> list[Match]:
        """As `find_name`; where nothing is called so, as `find_signed`."""
        return self.find_name(name) or self.find_signed(name)

    def find_signed(self, name: str) -> list[Match]:
        """The molecules that are called so but for an optical sign or descriptor at the front, `(+)-alpha-pinene` for
        `alpha-pinene`. As matches of the skeleton: which is meant is not said.
        """
        if not _SHORTEST_UNSIGNED <= len(name) <= LONGEST_NAME:
            return []
        key = name_key(name)
        keys = tuple(sign + key for sign in _SIGN_KEYS)
        marks = ",".join("?" * len(keys))
        query = f"SELECT row, kind, shown FROM names WHERE key IN ({marks}) ORDER BY kind, row LIMIT ?"
        signed = self._select(self._database, query, (*keys, _MOST_MATCHES))
        return _first_of_each_row([Match(row, "skeleton", shown) for row, _, shown in signed])

    def _called(self, name: str) -> list[Match]:
        if len(name) > LONGEST_NAME or not (key := name_key(name)):
            return []
        query = "SELECT row, kind, shown FROM names WHERE key = ? ORDER BY kind, row LIMIT ?"
        found = [
            Match(row, NAME_KINDS[kind], shown)
            for row, kind, shown in self._select(self._database, query, (key, _MOST_MATCHES))
            if same_locants(name, shown)
        ]
        own = [match for match in found if match.kind != "common name"]
        return _first_of_each_row(own or found)

    def find_identifier(self, identifier: Identifier) -> list[Match]:
        """The molecules that have this identifier; for a formula, those that are made of these atoms."""
        kind, value = identifier.kind, identifier.value
        if kind == "inchikey":
            return self.find_inchikey(value)
        if kind == "skeleton":
            return self.find_skeleton(value)
        if kind == "formula":
            query = "SELECT row FROM formulas WHERE formula = ? ORDER BY row LIMIT ?"
            rows = self._select(self._database, query, (value, _MOST_MATCHES))
            return [Match(row, "formula", value) for (row,) in rows]
        if kind == "cas":
            return self.find_name(value)
        if kind == "cid":
            query = "SELECT row FROM molecules WHERE cid = ? ORDER BY row LIMIT ?"
            return [Match(row, "cid", value) for (row,) in self._select(self._records, query, (value, _MOST_MATCHES))]
        return self.find_id(value) or self.find_name(value)

    def find_id(self, id: str) -> list[Match]:
        """The molecule with this id, as it is written or in capitals."""
        written = id.strip().encode("utf-8", "replace").decode()
        query = "SELECT row, id FROM molecules WHERE id IN (?, ?)"
        found = [Match(row, "id", own) for row, own in self._select(self._records, query, (written, written.upper()))]
        return [match for match in found if match.value == written] or found

    def find_inchikey(self, key: str) -> list[Match]:
        """The molecules with this whole InChIKey."""
        query = "SELECT row FROM molecules WHERE inchikey = ? AND inchikey != '' ORDER BY row LIMIT ?"
        return [Match(row, "inchikey", key) for (row,) in self._select(self._records, query, (key, _MOST_MATCHES))]

    def find_skeleton(self, block: str) -> list[Match]:
        """The molecules whose InChIKey begins with these 14 letters: the same skeleton, whatever its stereo."""
        query = "SELECT row FROM molecules WHERE inchikey >= ? AND inchikey < ? AND inchikey != '' ORDER BY row LIMIT ?"
        rows = self._select(self._records, query, (f"{block[:14]}-", f"{block[:14]}.", _MOST_MATCHES))
        return [Match(row, "skeleton", block[:14]) for (row,) in rows]

    def keys_and_names(self, rows: Sequence[int]) -> list[tuple[str, str]]:
        """The InChIKey of each of a few molecules and its name, its id where it has none, in the order of the rows."""
        marks = ",".join("?" * len(rows))
        query = f"SELECT inchikey, coalesce(name, id) FROM molecules WHERE row IN ({marks}) ORDER BY row"
        return [(str(key), str(name)) for key, name in self._select(self._records, query, tuple(rows))]

    def find_salts(self, key: str) -> list[Match]:
        """The molecules of several components of which the largest has this InChIKey, but for protons."""
        if not self._knows_salts:
            return []
        query = "SELECT row FROM salts WHERE parent = ? ORDER BY row LIMIT ?"
        rows = self._select(self._database, query, (key[:SALT_KEY], _MOST_MATCHES))
        return [Match(row, "salt", key) for (row,) in rows]

    def find_salts_named(self, name: str) -> list[Match]:
        """The molecules of several components called so with the name of a counter-ion or hydrate behind it."""
        key = prefix_key(name)
        if not key or len(name) > LONGEST_NAME:
            return []
        found = self._beginning_with(key)
        named = {row: shown for _, row, _, shown in found if any(name_key(one.name) == key for one in parents(shown))}
        if not named:
            return []
        marks = ",".join("?" * len(named))
        query = f"SELECT row FROM molecules WHERE row IN ({marks}) AND instr(smiles, '.') ORDER BY row"
        return [Match(row, "salt", named[row]) for (row,) in self._select(self._records, query, tuple(named))]

    def _beginning_with(self, key: str) -> list[tuple[str, int, int, str]]:
        query = "SELECT key, row, kind, shown FROM names WHERE key >= ? AND key < ? ORDER BY key LIMIT ?"
        return list(self._select(self._database, query, (key, key + "\U0010ffff", _COMPLETIONS_READ)))

    def close_names(self, name: str, limit: int = 5) -> list[Match]:
        """Names that are `name` but for one typing error or the order of the words, else but for locants and
        descriptors that it does not have: to suggest, never exact.
        """
        key = name_key(name)
        if not 5 <= len(key) <= LONGEST_NAME:
            return []
        letters, heard = sorted(key), sound(key)
        found = [
            (kind, row, shown)
            for other, row, kind, shown in self._sharing_grams(key, len(key) - 1, len(key) + 1)
            # Cheap looks first: most candidates only share a few letters.
            if (within_one_error(heard, sound(other)) or within_one_error(key, other) or sorted(other) == letters)
            and is_close(name, shown)
        ]
        if not found:
            mine = set(key)
            found = [
                (kind, row, shown)
                for other, row, kind, shown in self._sharing_grams(key, len(key) + 1, len(key) + _LONGEST_LOCANTS)
                if mine <= set(other) and says_less(name, shown)
            ]
        return _first_of_each_row([Match(row, NAME_KINDS[kind], shown) for kind, row, shown in sorted(found)])[:limit]

    def _sharing_grams(self, key: str, shortest: int, longest: int) -> list[tuple[str, int, int, str]]:
        """Key, row, kind and name of those of this length that have one of the rarest runs of letters of a key."""
        grams = trigrams(key)
        marks = ",".join("?" * len(grams))
        counted = dict(
            self._select(self._database, f"SELECT gram, names FROM grams WHERE gram IN ({marks})", tuple(grams))
        )
        rarest = sorted(grams, key=lambda gram: counted.get(gram, 0))[:_GRAMS]
        wanted = " OR ".join(f'"{gram.replace(chr(34), chr(34) * 2)}"' for gram in rarest if gram in counted)
        if not wanted:
            return []
        query = (
            "SELECT n.key, n.row, n.kind, n.shown FROM gram_index g JOIN names n ON n.number = g.rowid "
            "WHERE gram_index MATCH ? AND length(n.key) BETWEEN ? AND ? LIMIT ?"
        )
        values = (wanted, shortest, longest, _MOST_CANDIDATES)
        return list(self._select(self._database, query, values))

    def names_in(self, text: str, limit: int = 5) -> list[Match]:
        """Names that a text has among its words, longer ones before the shorter ones in them: to suggest."""
        asked = text.split()[:_MOST_WORDS_READ]
        found: list[Match] = []
        start = 0
        while start < len(asked):
            for length in range(min(_LONGEST_NAMED, len(asked) - start), 0, -1):
                if asked[start].lower() in FUNCTION_WORDS:
                    break
                span = " ".join(asked[start : start + length]).strip("()[],;:.?!'\"")
                may_be = len(span) <= LONGEST_NAME and len(name_key(span)) >= _SHORTEST_NAMED
                named = self.find_name(span) if may_be else []
                if named:
                    found.append(named[0])
                    start += length - 1
                    break
            start += 1
        return _first_of_each_row(found)[:limit]

    def complete(self, prefix: str, limit: int = 10) -> list[Match]:
        """Names that begin so, the corpus's own first and short ones before long ones; none twice."""
        key = prefix_key(prefix)
        if not key or len(prefix) > LONGEST_NAME:
            return []
        found = self._beginning_with(key)
        names: dict[str, Match] = {}
        for own, row, kind, shown in sorted(found, key=lambda one: (one[2], len(one[3]), one[3], one[1])):
            names.setdefault(own, Match(row, NAME_KINDS[kind], shown))
        return list(names.values())[:limit]

    def synonyms(self, rows: Sequence[int]) -> dict[int, list[str]]:
        """Other names of these molecules, at most 10 of each, the corpus's own and short ones first; without those that
        have none.
        """
        found: dict[int, list[str]] = {}
        for start in range(0, len(rows), _ROWS_A_QUERY):
            part = tuple(int(row) for row in rows[start : start + _ROWS_A_QUERY])
            marks = ",".join("?" * len(part))
            query = f"SELECT row, shown FROM synonyms WHERE row IN ({marks})"
            found.update((row, shown.split("\n")) for row, shown in self._select(self._database, query, part))
        return found

    def search_words(self, text: str, k: int, allowed: NDArray[np.bool_] | None = None) -> WordHits:
        """See `WordIndex.search`."""
        return self._words.search(text, k, allowed)

    @staticmethod
    def _select(database: ReadOnlyDatabase, query: str, values: tuple[object, ...] = ()) -> Iterator[tuple[Any, ...]]:
        with database.connection() as connection:
            yield from connection.execute(query, values)


def open_lexicon(release: Path, records: Path) -> Lexicon | None:
    """The lexicon of a release directory; None for a release that has none, or one of another version."""
    path = release / LEXICON
    if not path.exists():
        return None
    database = ReadOnlyDatabase(path)
    try:
        with database.connection() as connection:
            version = connection.execute("SELECT value FROM about WHERE key = 'version'").fetchone()
    finally:
        database.close()
    return Lexicon(path, records) if version is not None and version[0] in _READABLE else None


def _first_of_each_row(matches: Sequence[Match]) -> list[Match]:
    found: dict[int, Match] = {}
    for match in matches:
        found.setdefault(match.row, match)
    return list(found.values())
