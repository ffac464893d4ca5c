"""A corpus file of any supported format, opened: checked up front, read as a stream, as often as wanted."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from indexer.corpus.delimited import Header, read_delimited, read_header
from indexer.corpus.lines import open_bytes
from indexer.corpus.parquet import count_rows, read_parquet, read_schema
from indexer.corpus.rows import CorpusLimits, FieldName, Reject, Role, Row, RowMaker, unfit_tags
from indexer.corpus.sdf import read_sdf
from indexer.corpus.smiles_file import read_smiles_file
from indexer.durable import CHUNK
from indexer.errors import CorpusError
from indexer.examples import example_corpus
from indexer.tags import SEPARATOR, tags_in

Format = Literal["tsv", "csv", "parquet", "sdf", "smi"]

EXAMPLE = "example"

_SUFFIXES: dict[str, Format] = {
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "csv",  # the delimiter is found in the header line
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".sdf": "sdf",
    ".sd": "sdf",
    ".mol": "sdf",
    ".smi": "smi",
    ".smiles": "smi",
    ".ism": "smi",
    ".can": "smi",
}


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """One corpus file that has been looked at: it exists, is of a known format and has the columns that it needs.

    `label` stands for it in row ids, reports and the rejects file: its base name, made unique among several files.
    `tags`: what each of its molecules has, a set as it is written (see `indexer.tags`).
    """

    path: Path
    role: Role
    format: Format
    label: str
    limits: CorpusLimits
    chosen: Mapping[FieldName, str]
    header: Header | None
    schema: Mapping[FieldName, str] | None
    stamp: tuple[int, int]
    tags: str = ""

    def rows(self) -> Iterator[Row | Reject]:
        """Every row of the file, in order: as a `Row`, or as a `Reject`. CorpusError if the file is damaged."""
        maker = RowMaker(self.label, self.role, self.limits, has_texts=self._has_texts(), tags=self.tags)
        if self.header is not None:
            return read_delimited(self.path, self.header, maker)
        if self.schema is not None:
            return read_parquet(self.path, self.schema, maker)
        if self.format == "sdf":
            return read_sdf(self.path, maker, self.chosen)
        return read_smiles_file(self.path, maker)

    def _has_texts(self) -> bool:
        fields: Mapping[FieldName, object] = (self.header.fields if self.header else self.schema) or {}
        return "description" in fields

    def digest_and_count(self) -> tuple[str, int | None]:
        """Hex SHA-256 of the file's bytes, and about how many rows it has (None if that takes reading it twice)."""
        digest, newlines, records = hashlib.sha256(), 0, 0
        try:
            with self.path.open("rb") as stream:
                while piece := stream.read(CHUNK):
                    digest.update(piece)
                    newlines += piece.count(b"\n")
                    records += piece.count(b"$$$$")
        except OSError as error:
            raise CorpusError(f"{self.path} cannot be read: {error.strerror}") from error
        if self.path.suffix.lower() == ".gz":
            return digest.hexdigest(), None
        if self.format == "parquet":
            return digest.hexdigest(), count_rows(self.path)
        return digest.hexdigest(), records if self.format == "sdf" else newlines - (self.header is not None)

    def check_unchanged(self) -> None:
        """Raise a CorpusError if the file was written to since it was opened."""
        if _stamp(self.path) != self.stamp:
            raise CorpusError(f"{self.path} was changed while it was being read; run the build again")


def open_corpus(
    source: str | Path,
    role: Role,
    limits: CorpusLimits | None = None,
    columns: Mapping[FieldName, str] | None = None,
    label: str | None = None,
    tags: Sequence[str] = (),
) -> CorpusFile:
    """Look at a corpus file: the name `example` stands for the bundled corpus, anything else is a path.

    `columns` names the file's column for a field (smiles, id, cid, name, description, tags, synonyms) where no alias
    fits. `tags` are given to every molecule of the file, beside those that its row has.

    Raises:
        CorpusError: missing, empty or unreadable, of an unknown format, or without the column that its role needs; or
            tags that no molecule can have.
    """
    path = example_corpus() if str(source) == EXAMPLE else Path(source)
    limits = limits or CorpusLimits()
    chosen = dict(columns or {})
    kind = _format(path)
    stamp = _stamp(path)
    if stamp[0] == 0:
        raise CorpusError(f"{path} is empty")
    header = read_header(path, role, limits, chosen, csv_like=kind == "csv") if kind in ("tsv", "csv") else None
    schema = read_schema(path, role, chosen) if kind == "parquet" else None
    if kind == "smi" and role == "descriptions":
        raise CorpusError(f"{path} is a SMILES file: it has structures and titles, but no descriptions")
    with open_bytes(path) as stream:
        if not stream.read(1):
            raise CorpusError(f"{path} is empty")
    whole = tags_in(SEPARATOR.join(tags))
    unfit = unfit_tags(whole, limits)
    if unfit is not None:
        raise CorpusError(f"{path}: {unfit[1]}")
    label = label or path.name
    return CorpusFile(path, role, kind, label, limits, chosen, header, schema, stamp, SEPARATOR.join(whole))


def _format(path: Path) -> Format:
    name = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    kind = _SUFFIXES.get(name.suffix.lower())
    if kind is None:
        raise CorpusError(f"{path} is of no known format; known: {', '.join(_SUFFIXES)}, and .gz of the text formats")
    if kind == "parquet" and name is not path:
        raise CorpusError(f"{path}: Parquet files are compressed inside; unpack the .gz first")
    return kind


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of last change, to notice a file that is written to during a build."""
    try:
        status = path.stat()
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}") from error
    if path.is_dir():
        raise CorpusError(f"{path} is a directory, not a corpus file")
    return status.st_size, status.st_mtime_ns
