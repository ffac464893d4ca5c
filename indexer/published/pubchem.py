"""A part of PubChem by CIDs: from its listings, with titles and synonyms, or from the SDF files of a range of CIDs.

| file | lines |
|---|---|
| `CID-SMILES.gz` | CID, SMILES |
| `CID-Title.gz` | CID, the name that its page shows |
| `CID-Synonym-filtered.gz` | CID, a synonym: the best first, several lines a CID |
| `Compound_000000001_000500000.sdf.gz` | half a million CIDs each, with IUPAC names and no synonyms |

All are compressed and have an MD5 beside them (`NAME.md5`); the listings are replaced every week. They have no header,
cover all of PubChem, and a few of their lines are Latin-1.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import groupby, islice
from pathlib import Path

from indexer.corpus.lines import numbered_lines, open_bytes
from indexer.corpus.rows import CorpusLimits
from indexer.corpus.sdf import read_items
from indexer.errors import CorpusError
from indexer.published.corpus import MAX_BYTES, Addresses, GatheredCorpus, MoleculeTable
from model.published.checks import ChecksumsCheck, GzipCheck, Sized, read_checksums
from model.published.fetching import LocalFile
from model.published.sources import DataSource, RemoteFile

_SMILES, _TITLES, _SYNONYMS = "CID-SMILES.gz", "CID-Title.gz", "CID-Synonym-filtered.gz"
_LISTING_BYTES = {_SMILES: 1_400_000_000, _TITLES: 1_700_000_000, _SYNONYMS: 950_000_000}
_CIDS_A_FILE = 500_000
_SDF_BYTES = 300_000_000
_MOST_FILES = 400
_MAX_CID = 999_999_999

_SDF_SMILES = ("PUBCHEM_SMILES", "PUBCHEM_OPENEYE_ISO_SMILES", "PUBCHEM_OPENEYE_CAN_SMILES")
_SDF_NAMES = (
    "PUBCHEM_IUPAC_NAME",
    "PUBCHEM_IUPAC_OPENEYE_NAME",
    "PUBCHEM_IUPAC_TRADITIONAL_NAME",
    "PUBCHEM_IUPAC_CAS_NAME",
)


@dataclass(frozen=True, slots=True)
class Cids:
    """A set of CIDs: ranges, both ends included, and single ones."""

    ranges: tuple[tuple[int, int], ...] = ()
    single: frozenset[int] = frozenset()

    def __contains__(self, cid: int) -> bool:
        return cid in self.single or any(first <= cid <= last for first, last in self.ranges)

    @classmethod
    def parse(cls, text: str) -> Cids:
        """From `1-500000,702`. Raises CorpusError."""
        ranges, single = [], set()
        for part in text.replace(" ", "").split(","):
            first, dash, last = part.partition("-")
            if not _is_cid(first) or (dash and not (_is_cid(last) and int(first) <= int(last))):
                raise CorpusError(f"{part!r} is no CID and no range of CIDs such as 1-500000")
            if dash:
                ranges.append((int(first), int(last)))
            else:
                single.add(int(first))
        return cls(tuple(ranges), frozenset(single))

    @classmethod
    def read(cls, path: Path) -> Cids:
        """From the first column of a file; a header and what is no CID are passed over. Raises CorpusError."""
        with open_bytes(path) as stream:
            lines = (line for _, line, _ in numbered_lines(stream, CorpusLimits().max_row_bytes))
            first = (line.decode("utf-8", "replace").replace(",", "\t").split("\t")[0].strip(' "') for line in lines)
            single = frozenset(int(text) for text in first if _is_cid(text))
        if not single:
            raise CorpusError(f"{path} has no CIDs in its first column")
        return cls((), single)


def listings_source() -> DataSource:
    return _source("PubChem, listings of all compounds", "Extras", _LISTING_BYTES)


def sdf_source(cids: Cids) -> DataSource:
    """The files that have the CIDs. CorpusError where they are too many."""
    numbers = {(cid - 1) // _CIDS_A_FILE for cid in cids.single}
    for first, last in cids.ranges:
        numbers.update(range((first - 1) // _CIDS_A_FILE, (last - 1) // _CIDS_A_FILE + 1))
    if len(numbers) > _MOST_FILES:
        raise CorpusError(f"these CIDs are in {len(numbers):,} files of PubChem, at most {_MOST_FILES} are fetched")
    names = [f"Compound_{n * _CIDS_A_FILE + 1:09}_{(n + 1) * _CIDS_A_FILE:09}.sdf.gz" for n in sorted(numbers)]
    return _source("PubChem, compounds by CID", "CURRENT-Full/SDF", dict.fromkeys(names, _SDF_BYTES))


def gather_listings(out: Path, cids: Cids, addresses: Addresses) -> GatheredCorpus:
    """Fetch the listings into `out` and write `molecules.tsv` of the CIDs, with titles and synonyms.

    Raises:
        DownloadError: a file cannot be fetched, or is not what its checksum says.
        CorpusError: a file is not in the format that PubChem publishes.
    """
    files = {file.name: file for file in _fetch_checked(listings_source(), out, addresses)}
    with tempfile.TemporaryDirectory(prefix=".names-", dir=out) as work, MoleculeTable(out, "cid") as table:
        with closing(_Names(Path(work) / "names.sqlite")) as names:
            names.add_titles(_lines(files[_TITLES].path, cids))
            names.add_synonyms(_lines(files[_SYNONYMS].path, cids))
            for cid, smiles in _lines(files[_SMILES].path, cids):
                title, synonyms = names.of(cid)
                table.write(str(cid), smiles, title, synonyms)
        return table.finish(files.values())


def gather_sdf(out: Path, cids: Cids, addresses: Addresses) -> GatheredCorpus:
    """Fetch the SDF files of the CIDs into `out` and write `molecules.tsv`, with IUPAC names.

    Raises as `gather_listings`.
    """
    files = _fetch_checked(sdf_source(cids), out, addresses)
    with MoleculeTable(out, "cid") as table:
        for file in files:
            for title, items in read_items(file.path, CorpusLimits().max_row_bytes):
                cid = items.get("PUBCHEM_COMPOUND_CID", title).strip()
                if not _is_cid(cid):
                    raise CorpusError(f"{file.path} has a record without a PUBCHEM_COMPOUND_CID")
                if int(cid) in cids:
                    smiles = next((items[name] for name in _SDF_SMILES if name in items), "")
                    table.write(cid, smiles, "", [items[name] for name in _SDF_NAMES if name in items])
        return table.finish(files)


def _source(title: str, folder: str, sizes: Mapping[str, int]) -> DataSource:
    return DataSource(
        key="pubchem",
        title=title,
        base_url=f"https://ftp.ncbi.nlm.nih.gov/pubchem/Compound/{folder}",
        files=tuple(RemoteFile(name, Sized(1, MAX_BYTES, GzipCheck()), size) for name, size in sizes.items()),
        citation="Kim et al.: PubChem 2025 update, Nucleic Acids Research 53",
        licence="no licence of its own; names come from depositors, whose terms hold "
        "(https://pubchem.ncbi.nlm.nih.gov/docs/downloads)",
    )


def _fetch_checked(source: DataSource, out: Path, addresses: Addresses) -> list[LocalFile]:
    """Each file after its MD5, which is fetched anew as long as the file is not there: listings are replaced."""
    files = []
    for file in source.files:
        note = RemoteFile(f"{file.name}.md5", Sized(1, 10_000, ChecksumsCheck()))
        anew = replace(addresses, force=addresses.force or not (out / file.name).exists())
        [checksum] = anew.fetch(replace(source, files=(note,)), out)
        digest = read_checksums(checksum.path).get(file.name)
        if digest is None:
            raise CorpusError(f"{checksum.path} has no checksum of {file.name}")
        checked = replace(file, check=Sized(1, MAX_BYTES, GzipCheck(digest)))
        files += addresses.fetch(replace(source, files=(checked,)), out)
    return files


def _lines(path: Path, cids: Cids) -> Iterator[tuple[int, str]]:
    """CID and the rest of each line of a listing whose CID is wanted, in the file's order."""
    with open_bytes(path) as stream:
        for number, line, _ in numbered_lines(stream, CorpusLimits().max_row_bytes):
            cid, tab, value = line.partition(b"\t")
            if not tab or not cid.isdigit():
                raise CorpusError(f"{path}, line {number}: not a CID, a tab and a value")
            if int(cid) in cids:
                yield int(cid), _decoded(value).strip()


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


class _Names:
    """Titles and synonyms by CID, in a file: tens of millions of them would not fit into memory."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA synchronous = OFF")  # a scratch file
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("CREATE TABLE titles (cid INTEGER PRIMARY KEY, name TEXT)")
        self._database.execute("CREATE TABLE synonyms (cid INTEGER PRIMARY KEY, names TEXT)")

    def add_titles(self, titles: Iterable[tuple[int, str]]) -> None:
        self._insert("titles", titles)

    def add_synonyms(self, synonyms: Iterable[tuple[int, str]]) -> None:
        """Lines of one CID follow each other; of each as many are kept as a corpus may have."""
        most = CorpusLimits().max_synonyms
        grouped = groupby(synonyms, key=lambda line: line[0])
        self._insert("synonyms", ((cid, "\n".join(name for _, name in islice(lines, most))) for cid, lines in grouped))

    def of(self, cid: int) -> tuple[str, list[str]]:
        title = self._database.execute("SELECT name FROM titles WHERE cid = ?", (cid,)).fetchone()
        names = self._database.execute("SELECT names FROM synonyms WHERE cid = ?", (cid,)).fetchone()
        return title[0] if title else "", names[0].split("\n") if names else []

    def close(self) -> None:
        self._database.close()

    def _insert(self, table: str, rows: Iterable[tuple[int, str]]) -> None:
        self._database.execute("BEGIN")
        self._database.executemany(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", rows)
        self._database.execute("COMMIT")


def _is_cid(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text[:12]) <= _MAX_CID
