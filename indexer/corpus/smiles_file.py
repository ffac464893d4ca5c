"""SMILES files (.smi): a structure and, after white space, its title, one molecule a line."""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from pathlib import Path

from indexer.corpus.aliases import ALIASES, normalised
from indexer.corpus.columns import find_columns
from indexer.corpus.lines import MIXED_ENDS, numbered_lines, open_bytes
from indexer.corpus.rows import CorpusLimits, FieldName, Reject, Row, RowMaker

# Records by which it is seen whether titles repeat.
TITLES = 10_000
_TITLES: tuple[FieldName, ...] = ("id", "cid", "name")
# What a name has and a weight, a count or a score has not.
_WORD = re.compile(r"[^\W\d_]{3}")
_HEADERS = frozenset(normalised(alias) for alias in ALIASES["smiles"])


def read_smiles_file(path: Path, maker: RowMaker, repeated: Collection[str] = ()) -> Iterator[Row | Reject]:
    """The title is the name, and the id too unless it is `repeated`. A first line that begins with a column name is a
    header.
    """
    header: Sequence[str] = ()
    with open_bytes(path) as stream:
        for number, line, too_long in numbered_lines(stream, maker.limits.max_row_bytes):
            if too_long:
                reason = f"The line is longer than {maker.limits.max_row_bytes:,} bytes."
                yield maker.reject(number, "row", "row_too_long", reason, line)
                continue
            if b"\r" in line:
                yield maker.reject(number, "row", "malformed_record", MIXED_ENDS, line)
                continue
            structure, rest = _split_line(line.decode("utf-8", "surrogateescape"))
            if not structure:
                continue
            if number == 1 and normalised(structure) in _HEADERS:
                header = rest.split("\t") if "\t" in rest else rest.split()
                continue
            cells = _titles(rest, header)
            if cells.get("id") in repeated:
                del cells["id"]
            yield maker.make(number, {"smiles": structure, **cells}, line, title_is_id=True)


def _titles(rest: str, header: Sequence[str]) -> dict[FieldName, str]:
    """Id and name of what stands behind a structure.

    Where a header names several columns, these; else a title that is both, and in three columns with tabs an id and a
    name, as the PDB has them.
    """
    cells = rest.split("\t") if "\t" in rest else rest.split(maxsplit=len(header) - 1) if header else [rest]
    if not cells:
        return {"id": "", "name": ""}
    if len(header) > 1 and len(cells) == len(header):
        found = find_columns(header, {}).fields
        values = {field: cells[found[field]].strip() for field in _TITLES if field in found}
        if values:
            return {"name": values.get("id", ""), **values}
    title = cells[0].strip()
    named = len(cells) == 2 and _WORD.search(cells[1])
    return {"id": title, "name": cells[1].strip() if named else title}


def _split_line(line: str) -> tuple[str, str]:
    """Structure, with its CXSMILES extension (`|…|`) if it has one, and what stands behind it."""
    structure, _, rest = line.strip().replace("\t", " \t", 1).partition(" ")
    rest = rest.strip()
    if rest.startswith("|") and "|" in rest[1:]:
        extension, _, rest = rest[1:].partition("|")
        structure = f"{structure} |{extension}|"
    return structure, rest.strip()


def sample_titles(path: Path, limits: CorpusLimits) -> Iterator[str]:
    """The titles of the first lines."""
    with open_bytes(path) as stream:
        for _, line, _ in islice(numbered_lines(stream, limits.max_row_bytes), TITLES):
            yield _titles(_split_line(line.decode("utf-8", "surrogateescape"))[1], ())["id"]
