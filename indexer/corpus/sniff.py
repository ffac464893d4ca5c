"""What a file is that is none of the formats: by its name, by what kind of thing it is, by its first bytes."""

import re
import stat
from pathlib import Path

from indexer.corpus.lines import open_bytes
from indexer.errors import CorpusError

_WORKBOOK = "is a workbook of several sheets: save the one with the molecules as 'CSV UTF-8'"
_PACKED = "is an archive: unpack it and name the file that is in it"
_JSON = "is JSON: write it as CSV or Parquet, a column a field"
_DOCUMENT = "is a document and no table: export its data as CSV or SDF"
_DRAWING = "cannot be read: convert it to an SD file"
_REACTIONS = "is a file of reactions: write their molecules to an SD file"
# What people have that is no corpus, and what to do with it.
_ADVICE = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".ods"), _WORKBOOK),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".7z", ".rar", ".bz2", ".xz", ".zst"), _PACKED),
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), _JSON),
    **dict.fromkeys((".html", ".htm", ".xml", ".pdf", ".docx"), _DOCUMENT),
    **dict.fromkeys((".cdx", ".cdxml", ".mol2", ".pdb", ".cif", ".xyz", ".cml", ".mrv"), _DRAWING),
    **dict.fromkeys((".mae", ".maegz"), "is a Maestro file: export it as an SD file"),
    **dict.fromkeys((".rxn", ".rdf"), _REACTIONS),
    ".dwar": "is a DataWarrior file: save it there as an SD file, or as text with a column of SMILES",
    **dict.fromkeys((".feather", ".arrow"), "is an Arrow file: write it as Parquet"),
    ".obo": "is an ontology: molseek-index corpus chebi fetches ChEBI's and makes tables of it",
    ".inchi": "cannot be read by itself: write a table with the column inchi",
}
_PIPES = ("-", "/dev/stdin", "/dev/fd", "/proc/self/fd")

# First bytes, whatever the name says.
_MAGIC = (
    (b"\x1f\x8b", "is packed with gzip, which its name does not say: add .gz to it"),
    (
        b"PK\x03\x04",
        "is an Excel workbook or a zip archive, whatever its name says: save it as 'CSV UTF-8', or unpack it",
    ),
    (b"\xd0\xcf\x11\xe0", "is an old Excel workbook, whatever its name says: save it as 'CSV UTF-8'"),
    (b"PAR1", "is a Parquet file: call it .parquet"),
    (b"ARROW1", "is an Arrow file: write it as Parquet"),
    (b"%PDF", _DOCUMENT),
    (b"BZh", _PACKED),
    (b"\xfd7zXZ\0", _PACKED),
    (b"7z\xbc\xaf", _PACKED),
    (b"\x28\xb5\x2f\xfd", _PACKED),
    (b"$RXN", _REACTIONS),
    (b"$RDFILE", _REACTIONS),
)
_MARKUP = (
    (b"<!doctype html", "is a web page, perhaps one that says why there is no download: fetch the file again"),
    (b"<html", "is a web page, perhaps one that says why there is no download: fetch the file again"),
    (b"<?xml", "is XML: export its data as CSV or SDF"),
    (b'{"', _JSON),
    (b"[{", _JSON),
)
_OLD_MAC = "has the line ends of old Macs (CR alone): save it with Unix or Windows line ends"
_UTF_16 = "is UTF-16, not UTF-8 text (Excel's 'Unicode Text'): save it as 'CSV UTF-8', or as UTF-8 if it is no table"
_SNIFFED = 1 << 16


def check_kind(path: Path) -> None:
    """Raise a CorpusError if a path is no file: a pipe, a device, a directory, or nothing."""
    try:
        mode = path.stat().st_mode if str(path) != "-" else 0
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise CorpusError(
            f"{path} is a directory; name the files in it, each with its own --molecules or --descriptions"
        )
    if not stat.S_ISREG(mode) or str(path).startswith(_PIPES[1:]):
        raise CorpusError(f"{path} is a pipe or a device, not a file: it is read more than once, so save it to a file")


def advice_for(suffix: str) -> str | None:
    """What to do with a file that has this suffix, if it cannot be read but is of a known kind."""
    return _ADVICE.get(suffix.lower())


def check_text(path: Path) -> None:
    """Raise a CorpusError if the first bytes of a text file are those of something else, or encoded otherwise."""
    with open_bytes(path) as stream:
        head = stream.read(_SNIFFED)
    if not head:
        raise CorpusError(f"{path} is empty")
    for magic, said in _MAGIC:
        if head.startswith(magic):
            raise CorpusError(f"{path} {said}")
    start = head[:100].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    for beginning, said in _MARKUP:
        if start.startswith(beginning):
            raise CorpusError(f"{path} {said}")
    first_line = head.split(b"\n", 1)[0]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or first_line.count(b"\0") * 3 > len(first_line):
        raise CorpusError(f"{path} {_UTF_16}")
    if re.search(rb"\r[^\r]", first_line):
        raise CorpusError(f"{path} {_OLD_MAC}")
