"""Makes lexicon.sqlite from finished records: the same content gives the same bytes, or a copy of an earlier one."""

import hashlib
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from itertools import chain
from pathlib import Path

from indexer.build.common_names import NamesOf, common_names, common_names_source
from indexer.build.salt_parents import known_parents, salt_parents
from indexer.build.word_index_writer import sorter, write_word_index
from indexer.durable import sync_file
from indexer.errors import BuildError, ReleaseError
from indexer.release.manifest import read_manifest
from indexer.release.opened import RECORDS
from indexer.search.identifiers import cas_number, miswritten_cas
from indexer.search.lexicon import LEXICON, LEXICON_VERSION, MOST_SYNONYMS, NAME_KINDS
from indexer.search.names import LONGEST_NAME, name_key
from model.files import sha256_file
from model.inputs.words import words

Synonyms = Callable[[], Iterable[tuple[str, ...]]]
"""The synonyms of every molecule, in row order; called more than once."""

_SCHEMA = """
PRAGMA page_size = 8192;
PRAGMA encoding = 'UTF-8';
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -65536;
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE counts (kind TEXT PRIMARY KEY, entries INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE names (number INTEGER PRIMARY KEY, key TEXT NOT NULL, row INTEGER NOT NULL, kind INTEGER NOT NULL,
    shown TEXT NOT NULL);
CREATE TABLE synonyms (row INTEGER PRIMARY KEY, shown TEXT NOT NULL);
CREATE TABLE formulas (formula TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (formula, row)) WITHOUT ROWID;
CREATE TABLE salts (parent TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (parent, row)) WITHOUT ROWID;
CREATE VIRTUAL TABLE gram_index USING fts5(key, content='', detail=none, columnsize=0, tokenize='trigram');
CREATE TABLE grams (gram TEXT PRIMARY KEY, names INTEGER NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE unsorted (key TEXT, kind INTEGER, row INTEGER, shown TEXT);
"""
# Names lie in the order of their keys, so that those that begin alike are neighbours.
_SORT = f"""
INSERT INTO names (key, row, kind, shown)
    SELECT key, row, min(kind), shown FROM unsorted GROUP BY key, row ORDER BY key, min(kind), row;
CREATE INDEX names_by_key ON names (key);
INSERT INTO synonyms SELECT row, group_concat(shown, char(10)) FROM (
    SELECT row, shown, row_number() OVER (PARTITION BY row ORDER BY kind, length(shown), shown) AS place
    FROM names WHERE kind > 0 ORDER BY row, place
) WHERE place <= {MOST_SYNONYMS} GROUP BY row;
INSERT INTO gram_index (rowid, key) SELECT min(number), key FROM names GROUP BY key ORDER BY key;
INSERT INTO gram_index (gram_index) VALUES ('optimize');
CREATE VIRTUAL TABLE temp.gram_terms USING fts5vocab(main, gram_index, row);
INSERT INTO grams SELECT term, doc FROM gram_terms ORDER BY term;
"""
_MOLECULES = "SELECT row, name, inchikey, formula FROM molecules ORDER BY row"
_TAGS = "SELECT t.tags FROM molecules m JOIN tag_sets t ON t.number = m.tag_set ORDER BY m.row"
_TEXTS = "SELECT molecule_row, text FROM descriptions WHERE molecule_row IS NOT NULL ORDER BY molecule_row, row"


def check_fts() -> None:
    """Raise a BuildError that says what is missing if SQLite cannot make a lexicon."""
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5(name, tokenize='trigram')")
    except sqlite3.OperationalError as error:
        raise BuildError(
            f"the lexicon needs SQLite 3.34 or later with FTS5 and its trigram tokenizer; Python's SQLite here is "
            f"{sqlite3.sqlite_version} ({error}). Use a Python from python.org, conda or a current distribution."
        ) from error
    finally:
        connection.close()


def write_lexicon(directory: Path, records: Path, synonyms: Synonyms, earlier: Path | None = None) -> dict[str, int]:
    """Write the lexicon of the molecules in `records` into a release directory; how many entries it has of each kind.

    `earlier`: a release directory whose lexicon is copied if it was made of the same content. Raises BuildError where
    SQLite lacks what it takes.
    """
    check_fts()
    source = common_names_source() or ""
    content = _content_key(records, synonyms, source)
    path = directory / LEXICON
    usable = earlier if earlier is not None and _is_whole(earlier) else None
    if usable is not None and _content(usable) == content:
        shutil.copyfile(usable / LEXICON, path)
    else:
        about = {"content": content, "names": source, "version": str(LEXICON_VERSION)}
        known = _known_parents(usable) if usable is not None else {}
        _write(path, records, synonyms, common_names() if source else None, known, about)
    sync_file(path)
    with sqlite3.connect(path) as connection:
        counts = dict(connection.execute("SELECT kind, entries FROM counts"))
    connection.close()
    return {str(kind): int(entries) for kind, entries in counts.items()}


def _content_key(records: Path, synonyms: Synonyms, source: str) -> str:
    digest = hashlib.sha256(f"{LEXICON_VERSION} {sqlite3.sqlite_version} {source}".encode())
    with sqlite3.connect(records) as connection:
        queries = map(connection.execute, (_MOLECULES, _TAGS, _TEXTS))
        for values in chain(synonyms(), *queries):
            digest.update(repr(values).encode("utf-8", "replace"))
    connection.close()
    return digest.hexdigest()


def _is_whole(release: Path) -> bool:
    """Whether a release has a lexicon that is still what its manifest says."""
    try:
        expected = read_manifest(release).files.get(LEXICON)
        return expected is not None and sha256_file(release / LEXICON) == expected
    except (OSError, ReleaseError):
        return False


def _content(release: Path) -> str | None:
    """What the lexicon of a release was made of."""
    try:
        with closing(_opened(release / LEXICON)) as lexicon:
            found = lexicon.execute("SELECT value FROM about WHERE key = 'content'").fetchone()
    except sqlite3.Error:
        return None
    return str(found[0]) if found is not None else None


def _known_parents(release: Path) -> dict[str, str]:
    try:
        with closing(_opened(release / LEXICON)) as lexicon, closing(_opened(release / RECORDS)) as records:
            return known_parents(lexicon, records)
    except sqlite3.Error:  # of an earlier version, which has none
        return {}


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _write(
    path: Path,
    records: Path,
    synonyms: Synonyms,
    names_of: NamesOf | None,
    known: Mapping[str, str],
    about: dict[str, str],
) -> None:
    source = sqlite3.connect(records)
    target = sqlite3.connect(path, isolation_level=None)
    try:
        target.executescript(_SCHEMA)
        target.execute("BEGIN")
        [molecules] = source.execute("SELECT count(*) FROM molecules").fetchone()
        about = about | {"molecules": str(molecules)}
        target.executemany("INSERT INTO about VALUES (?, ?)", sorted(about.items()))
        names = _Names(source, synonyms, names_of)
        target.executemany("INSERT INTO unsorted VALUES (?, ?, ?, ?)", names.entries())
        formulas = source.execute("SELECT formula, row FROM molecules WHERE formula != '' ORDER BY formula, row")
        target.executemany("INSERT INTO formulas VALUES (?, ?)", formulas)
        target.executemany("INSERT INTO salts VALUES (?, ?)", sorted(salt_parents(source, known)))
        target.execute("COMMIT")
        with sorter(target, path):
            write_word_index(target, _documents(source, synonyms))
        target.executescript("BEGIN;" + _SORT + _counts() + "COMMIT;")
        target.executescript("DROP TABLE temp.gram_terms; DROP TABLE unsorted;")
    finally:
        source.close()
        target.close()


def _counts() -> str:
    kinds = "".join(
        f"INSERT INTO counts SELECT '{kind}', count(*) FROM names WHERE kind = {number};"
        for number, kind in enumerate(NAME_KINDS)
    )
    return kinds + "INSERT INTO counts SELECT 'words', count(*) FROM words;"


class _Names:
    """Every name of every molecule, with its key and its kind."""

    def __init__(self, records: sqlite3.Connection, synonyms: Synonyms, names_of: NamesOf | None) -> None:
        self._records = records
        self._synonyms = synonyms
        self._names_of = names_of

    def entries(self) -> Iterator[tuple[str, int, int, str]]:
        """Key, number of the kind, row, and the name as it is shown."""
        molecules = self._records.execute(_MOLECULES)
        for (row, name, inchikey, _), synonyms in zip(molecules, self._synonyms(), strict=True):
            own = [("name", name)] if name else []
            own += [("synonym", synonym) for synonym in synonyms]
            foreign = self._names_of(inchikey) if self._names_of is not None and inchikey else ()
            for kind, shown in chain(own, (("common name", other) for other in foreign)):
                if len(shown) > LONGEST_NAME or miswritten_cas(shown):
                    continue
                if number := cas_number(shown):
                    kind, shown = "cas", number
                if key := name_key(shown):
                    yield key, NAME_KINDS.index(kind), row, shown


def _documents(records: sqlite3.Connection, synonyms: Synonyms) -> Iterator[tuple[int, str, str]]:
    """Row, words of the names, words of descriptions and tags: of every molecule that has any."""
    texts = records.execute(_TEXTS)
    waiting = next(texts, None)
    molecules = zip(records.execute(_MOLECULES), records.execute(_TAGS), synonyms(), strict=True)
    for (row, name, _, _), (tags,), others in molecules:
        named = " ".join(word for one in (name or "", *others) for word in words(one))
        said = words(tags)
        while waiting is not None and waiting[0] == row:
            said += words(waiting[1])
            waiting = next(texts, None)
        if named or said:
            yield row, named, " ".join(said)
