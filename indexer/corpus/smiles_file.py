"""SMILES files (.smi): a structure and, after white space, its title, one molecule a line."""

from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from indexer.corpus.columns import ALIASES, normalised
from indexer.corpus.lines import numbered_lines, open_bytes
from indexer.corpus.rows import CorpusLimits, FieldName, Reject, Row, RowMaker

# Records by which it is seen whether titles repeat.
TITLES = 10_000
_HEADERS = frozenset(normalised(alias) for alias in ALIASES["smiles"])


def read_smiles_file(path: Path, maker: RowMaker, repeated: Collection[str] = ()) -> Iterator[Row | Reject]:
    """The title is the name, and the id too unless it is `repeated`. A first line that begins with a column name is a
    header.
    """
    with open_bytes(path) as stream:
        for number, line, too_long in numbered_lines(stream, maker.limits.max_row_bytes):
            if too_long:
                reason = f"The line is longer than {maker.limits.max_row_bytes:,} bytes."
                yield maker.reject(number, "row", "row_too_long", reason, line)
                continue
            structure, title = split_line(line.decode("utf-8", "surrogateescape"))
            if not structure or (number == 1 and normalised(structure) in _HEADERS):
                continue
            cells: dict[FieldName, str] = {"smiles": structure, "name": title}
            if title not in repeated:
                cells["id"] = title
            yield maker.make(number, cells, line, title_is_id=True)


def split_line(line: str) -> tuple[str, str]:
    """Structure, with its CXSMILES extension (`|…|`) if it has one, and title."""
    structure, _, rest = line.strip().replace("\t", " \t", 1).partition(" ")
    rest = rest.strip()
    if rest.startswith("|") and "|" in rest[1:]:
        extension, _, rest = rest[1:].partition("|")
        structure = f"{structure} |{extension}|"
    return structure, rest.strip().split("\t")[0].strip()


def sample_titles(path: Path, limits: CorpusLimits) -> Iterator[str]:
    """The titles of the first lines."""
    with open_bytes(path) as stream:
        for _, line, _ in islice(numbered_lines(stream, limits.max_row_bytes), TITLES):
            yield split_line(line.decode("utf-8", "surrogateescape"))[1]
