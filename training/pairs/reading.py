"""Molecule–text pairs and candidate pools from the files in which they are published.

Which kind of file it is follows from its columns, so that every command takes every file:

| kind | recognised by | id | text |
|---|---|---|---|
| `chebi20` | `cid`, `smiles`, `description` and nothing else (any case) | cid | description |
| `open_pairs` | `smiles`, `description`, `chebi_style` | cid | description |
| `pcdes` | the published `align_smiles.txt` and `align_des_filt3.txt` (or their folder) | – | description |
| | `smiles`, `description`, `pcdes_split` | cid or id | description |
| `ontology` | `chebi_id`, `smiles`, `definition`, `is_a`, `relations` | cid | rendered: `ontology` |
| `names` | `smiles` and `name`, no text column | cid or id | "The molecule is NAME." |
| `generic` | a column of `SMILES_COLUMNS` and one of `TEXT_COLUMNS` | one of `ID_COLUMNS` | that column |
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from model.published.captions import OntologyRow, name_text, render_caption, render_names
from training.pairs.tables import (
    PCDES_SMILES,
    PairFileError,
    Reject,
    Source,
    Table,
    parse_source,
    read_table,
)

SMILES_COLUMNS = ("smiles", "canonical_smiles", "isomeric_smiles", "isosmiles", "structure", "molecule")
TEXT_COLUMNS = ("description", "text", "caption", "definition", "summary")
ID_COLUMNS = ("cid", "id", "pubchem_cid", "chebi_id", "compound_id")
MAX_TEXT_CHARACTERS = 100_000


class FileKind(StrEnum):
    CHEBI20 = "chebi20"
    OPEN_PAIRS = "open_pairs"
    PCDES = "pcdes"
    ONTOLOGY = "ontology"
    NAMES = "names"
    GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class Pair:
    """A molecule and one text about it.

    `smiles` is as published but for doubled backslashes, which are mended. `id` names the molecule (a CID for
    the published files) and is None where the file does not say; several pairs may share it. `source` says
    where the pair comes from: the file's own `source` column, else its kind, else its name.
    """

    smiles: str
    text: str
    id: str | None
    source: str


@dataclass(frozen=True, slots=True)
class PairFile:
    """The pairs of a file in file order, its rejected rows with reasons, and how many rows were filtered out."""

    path: Path
    kind: FileKind
    pairs: tuple[Pair, ...]
    rejects: tuple[Reject, ...]
    filtered: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """One molecule of a candidate pool."""

    id: str
    smiles: str


@dataclass(frozen=True, slots=True)
class CandidateFile:
    path: Path
    candidates: tuple[Candidate, ...]
    rejects: tuple[Reject, ...]


def read_pairs(
    source: str | Path | Source,
    *,
    captions: int = 1,
    names: bool = False,
    seed: int = 0,
) -> PairFile:
    """Read the pairs of one file. Structures are not parsed here; that is up to the caller.

    Args:
        source: a path; a string may carry a row selector, `pairs_open.tsv?chebi_style=1&pcdes_split!=test`
            (see `parse_source`).
        captions: pairs per ontology row: the full caption, then `captions - 1` seeded variations of it.
        names: one more pair for the name of each ontology row, and for each of its synonyms.
        seed: of the variations.

    Rejected, with line and reason: rows that `read_table` rejects, an empty structure or text, a text longer than
    `MAX_TEXT_CHARACTERS`, an ontology row with nothing to say.

    Raises:
        PairFileError: the file cannot be read, has no structure or text column, or lacks a selected column.
    """
    table = read_table(_as_source(source))
    kind = _recognise(table)
    rejects = list(table.rejects)
    pairs: list[Pair] = []
    for line, pair in _pairs(table, kind, captions, names, seed):
        if isinstance(pair, str):
            rejects.append(Reject(line, pair))
        else:
            pairs.append(pair)
    rejects.sort(key=lambda reject: reject.line)
    return PairFile(table.path, kind, tuple(pairs), tuple(rejects), table.filtered)


def read_candidates(source: str | Path | Source) -> list[Candidate]:
    """The candidate pool of a file, in file order; `read_candidate_file` also reports rejected rows."""
    return list(read_candidate_file(source).candidates)


def read_candidate_file(source: str | Path | Source) -> CandidateFile:
    """Read a candidate pool: a structure column and, normally, an id column (else the line number is the id).

    Rejected, with line and reason: rows that `read_table` rejects, an empty structure, an empty or repeated id.
    Structures are not parsed here: an evaluation parses them and counts those it cannot use.

    Raises:
        PairFileError: the file cannot be read or has no structure column.
    """
    table = read_table(_as_source(source))
    smiles_column = _column(table, SMILES_COLUMNS, "structure")
    id_column = next((name for name in ID_COLUMNS if name in table.columns), None)
    rejects = list(table.rejects)
    found: dict[str, Candidate] = {}
    for row in table.rows:
        smiles = mend_smiles(row.fields[smiles_column])
        identifier = row.fields[id_column] if id_column else str(row.line)
        if not smiles:
            rejects.append(Reject(row.line, "empty structure"))
        elif not identifier:
            rejects.append(Reject(row.line, "empty id"))
        elif identifier in found:
            rejects.append(Reject(row.line, f"the id {identifier!r} was used before"))
        else:
            found[identifier] = Candidate(identifier, smiles)
    rejects.sort(key=lambda reject: reject.line)
    return CandidateFile(table.path, tuple(found.values()), tuple(rejects))


def read_structures(source: str | Path | Source) -> list[str]:
    """The SMILES of a file that `read_pairs` or `read_candidates` take, row by row; they are not parsed.

    Raises:
        PairFileError: the file cannot be read or has no structure column.
    """
    table = read_table(_as_source(source))
    column = _column(table, SMILES_COLUMNS, "structure")
    return [mend_smiles(row.fields[column]) for row in table.rows]


def mend_smiles(smiles: str) -> str:
    """Undo the doubling of backslashes in some mirrors; no SMILES has two bond symbols in a row."""
    return smiles.strip().replace("\\\\", "\\")


def _as_source(source: str | Path | Source) -> Source:
    if isinstance(source, Source):
        return source
    return Source(source) if isinstance(source, Path) else parse_source(source)


def _recognise(table: Table) -> FileKind:
    columns = set(table.columns)
    if {"chebi_id", "smiles", "definition", "is_a", "relations"} <= columns:
        return FileKind.ONTOLOGY
    if {"smiles", "description", "chebi_style"} <= columns:
        return FileKind.OPEN_PAIRS
    if {"smiles", "description", "pcdes_split"} <= columns:
        return FileKind.PCDES
    if columns == {"cid", "smiles", "description"}:
        return FileKind.CHEBI20
    if {"smiles", "name"} <= columns and columns.isdisjoint(TEXT_COLUMNS):
        return FileKind.NAMES
    return FileKind.GENERIC


def _pairs(table: Table, kind: FileKind, captions: int, names: bool, seed: int) -> Iterator[tuple[int, Pair | str]]:
    """Every usable row as one or more pairs, every other row as the reason for its rejection; each with its line."""
    if kind is FileKind.ONTOLOGY:
        yield from _ontology_pairs(table, captions, names, seed)
        return
    smiles_column = _column(table, SMILES_COLUMNS, "structure")
    text_column = "name" if kind is FileKind.NAMES else _column(table, TEXT_COLUMNS, "text")
    id_column = next((name for name in ID_COLUMNS if name in table.columns), None)
    default_source = _default_source(table.path, kind)
    for row in table.rows:
        smiles, text = mend_smiles(row.fields[smiles_column]), row.fields[text_column]
        if kind is FileKind.NAMES and text:
            text = name_text(text)
        identifier = row.fields[id_column] or None if id_column else None
        origin = row.fields.get("source") or default_source
        yield row.line, _empty(smiles, text) or Pair(smiles, text, identifier, origin)


def _ontology_pairs(table: Table, captions: int, names: bool, seed: int) -> Iterator[tuple[int, Pair | str]]:
    for column in ("chebi_id", "name", "smiles", "definition", "is_a", "relations"):
        _column(table, (column,), column)
    for row in table.rows:
        entry = OntologyRow.from_fields(row.fields)
        smiles = mend_smiles(entry.smiles)
        rng = random.Random(f"{seed} {entry.chebi_id}")  # the row's own: a selection changes no other caption
        texts = [render_caption(entry), *(render_caption(entry, rng) for _ in range(captions - 1))]
        if names:
            texts += render_names(entry)
        texts = list(filter(None, dict.fromkeys(texts)))
        if not smiles or not texts:
            yield row.line, "no definition, class or relation to render" if smiles else "empty structure"
        else:
            yield from ((row.line, Pair(smiles, text, entry.cid, FileKind.ONTOLOGY.value)) for text in texts)


def _default_source(path: Path, kind: FileKind) -> str:
    if kind is not FileKind.GENERIC:
        return kind.value
    return path.name if path.is_dir() else path.stem


def _empty(smiles: str, text: str) -> str | None:
    if not smiles:
        return "empty structure"
    if not text:
        return "empty text"
    if len(text) > MAX_TEXT_CHARACTERS:
        return f"the text has {len(text):,} characters; at most {MAX_TEXT_CHARACTERS:,} are accepted"
    return None


def _column(table: Table, names: Sequence[str], what: str) -> str:
    for name in names:
        if name in table.columns:
            return name
    hint = "" if table.path.name == PCDES_SMILES else f" It has: {', '.join(table.columns)}."
    raise PairFileError(f"{table.path} has no {what} column ({' or '.join(names)}).{hint}")
