"""What differs between two releases: molecules by id, descriptions by id and text, and what they were built with."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue

from indexer.errors import ReleaseError
from indexer.release.manifest import Changes, ChangesSince, Manifest, read_manifest
from indexer.release.names import find_release
from indexer.release.opened import RECORDS, RELEASES
from indexer.search.lexicon import LEXICON

_SAME = "o.text_key = n.text_key AND o.id = n.id AND o.text = n.text"
_TAGS = "(SELECT tags FROM {0}.tag_sets WHERE number = {1}.tag_set)"
# Ids on one side only or of rows that changed. Temporary tables grow with the changes, and spill to the disk.
_COMPARE = f"""
CREATE TEMP TABLE molecules_added AS SELECT n.id FROM new.molecules n
    WHERE NOT EXISTS (SELECT 1 FROM old.molecules o WHERE o.id = n.id) ORDER BY n.row;
CREATE TEMP TABLE molecules_removed AS SELECT o.id FROM old.molecules o
    WHERE NOT EXISTS (SELECT 1 FROM new.molecules n WHERE n.id = o.id) ORDER BY o.row;
CREATE TEMP TABLE molecules_changed AS SELECT n.id FROM new.molecules n JOIN old.molecules o ON o.id = n.id
    WHERE n.smiles != o.smiles OR n.cid IS NOT o.cid OR n.name IS NOT o.name
    OR {_TAGS.format("new", "n")} != {_TAGS.format("old", "o")} ORDER BY n.row;
CREATE TEMP TABLE fresh AS SELECT n.row, n.id FROM new.descriptions n
    WHERE NOT EXISTS (SELECT 1 FROM old.descriptions o WHERE {_SAME}) ORDER BY n.row;
CREATE TEMP TABLE stale AS SELECT o.row, o.id FROM old.descriptions o
    WHERE NOT EXISTS (SELECT 1 FROM new.descriptions n WHERE {_SAME}) ORDER BY o.row;
CREATE INDEX temp.fresh_by_id ON fresh (id);
CREATE INDEX temp.stale_by_id ON stale (id);
CREATE TEMP TABLE descriptions_added AS SELECT id FROM fresh WHERE id NOT IN (SELECT id FROM stale) ORDER BY row;
CREATE TEMP TABLE descriptions_removed AS SELECT id FROM stale WHERE id NOT IN (SELECT id FROM fresh) ORDER BY row;
CREATE TEMP TABLE descriptions_changed AS SELECT id FROM fresh WHERE id IN (SELECT id FROM stale) ORDER BY row;
"""


class SideDiff(BaseModel):
    """Counts of one side, and the first ids of each kind of change."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    counts: Changes
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


class Difference(BaseModel):
    """A value of the manifests that is not the same: checkpoint, kind of index, option, library version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    old: JsonValue
    new: JsonValue


class ReleaseDiff(BaseModel):
    """What `new` changed against `old`. `lexicon`: entries of each kind, or its digest where only names changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    old: str
    new: str
    same_content: bool
    molecules: SideDiff
    descriptions: SideDiff
    lexicon: tuple[Difference, ...]
    built_with: tuple[Difference, ...]


def diff_releases(root: Path, old: str, new: str, ids: int | None = 20) -> ReleaseDiff:
    """Compare two releases of an index directory; at most `ids` ids of each kind of change are named (None: all).

    Raises ReleaseError if one of them is not there or cannot be read.
    """
    before, after = (root / RELEASES / find_release(root, name) for name in (old, new))
    was, now = read_manifest(before), read_manifest(after)
    with _compared(before, after) as connection:
        return ReleaseDiff(
            old=was.release,
            new=now.release,
            same_content=was.digest == now.digest,
            molecules=_side(connection, "molecules", now.counts.molecules, ids),
            descriptions=_side(connection, "descriptions", now.counts.descriptions, ids),
            lexicon=tuple(_lexicon_differences(was, now)),
            built_with=tuple(_differences(was, now)),
        )


def changes_since(before: Path, after: Path) -> ChangesSince:
    """Counts alone, of two release directories; the later one needs no manifest yet. ReleaseError as above."""
    was = read_manifest(before)
    with _compared(before, after) as connection:
        counts = {}
        for side in ("molecules", "descriptions"):
            (rows,) = connection.execute(f"SELECT count(*) FROM new.{side}").fetchone()
            counts[side] = _side(connection, side, int(rows), 0).counts
    return ChangesSince(release=was.release, molecules=counts["molecules"], descriptions=counts["descriptions"])


@contextmanager
def _compared(before: Path, after: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect("file::memory:", uri=True, isolation_level=None)
    try:
        for name, path in (("old", before), ("new", after)):
            uri = (path / RECORDS).resolve().as_uri() + "?mode=ro&immutable=1"
            connection.execute(f"ATTACH DATABASE ? AS {name}", (uri,))
        connection.executescript(_COMPARE)
        yield connection
    except sqlite3.Error as error:
        raise ReleaseError(f"the records of {before} and {after} cannot be compared: {error}") from error
    finally:
        connection.close()


def _side(connection: sqlite3.Connection, side: str, rows: int, ids: int | None) -> SideDiff:
    counts, named = {}, {}
    for kind in ("added", "removed", "changed"):
        table = f"{side}_{kind}"
        (counts[kind],) = connection.execute(f"SELECT count(*) FROM temp.{table}").fetchone()
        query = f"SELECT id FROM temp.{table} ORDER BY rowid LIMIT ?"
        named[kind] = tuple(id for (id,) in connection.execute(query, (-1 if ids is None else ids,)))
    unchanged = rows - counts["added"] - counts["changed"]
    return SideDiff(counts=Changes(**counts, unchanged=unchanged), **named)


def _differences(was: Manifest, now: Manifest) -> Iterator[Difference]:
    pairs: list[tuple[str, JsonValue, JsonValue]] = [
        ("checkpoint", _checkpoint(was), _checkpoint(now)),
        ("engine", was.engine, now.engine),
        ("kind", was.kind, now.kind),
        ("parameters", {**was.parameters}, {**now.parameters}),
        ("dim", was.dim, now.dim),
    ]
    for what, mine, theirs in (("option", was.options, now.options), ("version", was.versions, now.versions)):
        pairs += [(f"{what} {name}", mine.get(name), theirs.get(name)) for name in sorted({*mine, *theirs})]
    for what, old, new in pairs:
        if old != new:
            yield Difference(what=what, old=old, new=new)


def _lexicon_differences(was: Manifest, now: Manifest) -> Iterator[Difference]:
    before, after = was.lexicon or {}, now.lexicon or {}
    for kind in sorted({*before, *after}):
        if before.get(kind) != after.get(kind):
            yield Difference(what=kind, old=before.get(kind), new=after.get(kind))
    old, new = was.files.get(LEXICON), now.files.get(LEXICON)
    if before == after and old != new:
        yield Difference(what="digest", old=old, new=new)


def _checkpoint(manifest: Manifest) -> str:
    return f"{manifest.checkpoint.name} {manifest.checkpoint.digest}"
