"""SMILES files (.smi): a structure and, after white space, its title, one molecule a line."""

from collections.abc import Iterator
from pathlib import Path

from indexer.corpus.columns import ALIASES, normalised
from indexer.corpus.lines import numbered_lines, open_bytes
from indexer.corpus.rows import FieldName, Reject, Row, RowMaker

_HEADERS = frozenset(normalised(alias) for alias in ALIASES["smiles"])


def read_smiles_file(path: Path, maker: RowMaker) -> Iterator[Row | Reject]:
    """The title is taken as both id and name. A first line that starts with a column name is a header."""
    with open_bytes(path) as stream:
        for number, line, too_long in numbered_lines(stream, maker.limits.max_row_bytes):
            if too_long:
                reason = f"The line is longer than {maker.limits.max_row_bytes:,} bytes."
                yield maker.reject(number, "row", "row_too_long", reason, line)
                continue
            words = line.decode("utf-8", "surrogateescape").split(None, 1)
            if not words or (number == 1 and normalised(words[0]) in _HEADERS):
                continue
            cells: dict[FieldName, str] = {"smiles": words[0]}
            if len(words) == 2:
                title = _without_extension(words[1])
                cells |= {"id": title, "name": title}
            yield maker.make(number, cells, line)


def _without_extension(rest: str) -> str:
    """The title after a CXSMILES extension (`|…|`), which says nothing that is used here."""
    if rest.startswith("|"):
        _, _, rest = rest[1:].partition("|")
    return rest.strip().split("\t")[0]
