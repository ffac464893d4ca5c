"""What the published collections have in common: where to fetch from, the table to write, what came of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from indexer.disk import write_limit
from indexer.errors import CorpusError
from model.counts import counted
from model.published.fetching import LocalFile, fetch_files
from model.published.sources import DataSource
from model.published.tables import Tables, joined_synonyms

MOLECULES = "molecules.tsv"
MAX_BYTES = 100_000_000_000
"""Of any file that is fetched; the largest of today has 2 GB."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where to fetch from instead of the collection's own address, and whether files are fetched again."""

    base_url: str | None = None
    force: bool = False

    def fetch(self, source: DataSource, out: Path) -> list[LocalFile]:
        """See `fetch_files`. Raises DownloadError."""
        return fetch_files(source, out, base_url=self.base_url, force=self.force)


@dataclass(frozen=True, slots=True)
class GatheredCorpus:
    """The tables that were written, and what they hold.

    left_out: entries without a structure that can be used; descriptions: None where the collection has no texts.
    """

    molecules: Path
    count: int
    named: int
    left_out: int
    descriptions: Path | None = None


class MoleculeTable:
    """`molecules.tsv` while it is written: id (or CID), name, synonyms, SMILES. Complete, or not there."""

    def __init__(self, out: Path, id_column: str = "id") -> None:
        self._path = out / MOLECULES
        self._tables = Tables(out, {MOLECULES: (id_column, "name", "synonyms", "smiles")})
        self._count = self._named = self._left_out = 0

    def __enter__(self) -> Self:
        self._tables.__enter__()
        return self

    def write(self, id: str, smiles: str, name: str = "", synonyms: Iterable[str] = ()) -> None:
        """Add a molecule; one without a structure is only counted. Without a name its first synonym is the name."""
        if not smiles:
            self._left_out += 1
            return
        names = [one for one in dict.fromkeys(" ".join(each.split()) for each in (name, *synonyms)) if one]
        self._count += 1
        self._named += bool(names)
        self._tables.write(MOLECULES, (id, names[0] if names else "", joined_synonyms(names[1:]), smiles))

    def finish(self, files: Iterable[LocalFile]) -> GatheredCorpus:
        """Give the table its name; `files`: what it was made from. CorpusError if there is no molecule in it."""
        if not self._count:
            without = f": {counted(self._left_out, 'entry has', 'entries have')} no structure" if self._left_out else ""
            kept = f"; {self._path} is left as it was" if self._path.exists() else ""
            raise CorpusError(f"{', '.join(file.name for file in files)}: no molecule was found{without}{kept}")
        done = GatheredCorpus(self._path, self._count, self._named, self._left_out)
        self._tables.finish(
            {
                "molecules": done.count,
                "named": done.named,
                "left_out": done.left_out,
                "files": {file.name: file.sha256 for file in files},
            }
        )
        return done

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._tables.__exit__(kind, error, traceback)


@contextmanager
def write_limits_reported(out: Path) -> Iterator[None]:
    """Turn what is raised on a full disk and the like into a CorpusError while tables are written; downloads say it."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        limit = write_limit(error, next(path for path in (out, *out.absolute().parents) if path.is_dir()))
        if limit is None:
            raise
        raise CorpusError(
            f"{out}: {limit}. Downloads are kept: {limit.remedy} and run the same command again"
        ) from error
