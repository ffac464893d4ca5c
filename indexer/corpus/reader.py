"""Corpus files of every supported format: checked on opening, then read as a stream, any number of times."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from indexer.corpus.columns import Columns, find_columns
from indexer.corpus.delimited import Header, read_delimited, read_header
from indexer.corpus.parquet import Schema, count_rows, read_parquet, read_schema
from indexer.corpus.rows import CorpusLimits, FieldName, Reject, Role, Row, RowMaker, unfit_tags
from indexer.corpus.sdf import read_sdf, sample_records
from indexer.corpus.smiles_file import read_smiles_file, sample_titles
from indexer.corpus.sniff import advice_for, check_kind, check_text
from indexer.corpus.values import printable
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
    ".cxsmiles": "smi",
    ".ism": "smi",
    ".can": "smi",
}


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """A corpus file that passed the first checks: it exists, its format is known and its required columns are there.

    `label` stands for it in row ids, reports and the rejects file: its base name, made unique among several files.
    `tags`: what each of its molecules has, a set as it is written (see `indexer.tags`). `columns`: which of its columns
    (SD data items) was taken for which field, and `unused` the others. `repeated_titles`: titles that several of the
    first records have, which are names and no ids.
    """

    path: Path
    role: Role
    format: Format
    label: str
    limits: CorpusLimits
    chosen: Mapping[FieldName, str]
    header: Header | None
    schema: Schema | None
    stamp: tuple[int, int]
    tags: str = ""
    columns: Mapping[FieldName, str] = field(default_factory=dict)
    spares: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    repeated_titles: frozenset[str] = frozenset()

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns that are not read."""
        used = {*self.columns.values(), *self.spares}
        return tuple(name for name in self.names if name not in used)

    def columns_line(self) -> str:
        """One sentence for the user: which column became what, which were left, and how to choose others."""
        if not self.columns:
            return f"{self.label}: no named columns"
        more_said = f" ({', '.join(self.spares)} where that says more)" if self.spares else ""
        taken = ", ".join(
            f"{name} from {column}{more_said if name == 'smiles' else ''}" for name, column in self.columns.items()
        )
        unused = [f"{name} (nested)" if name in self.nested else name for name in self.unused if name]
        left = f"; not used: {', '.join(unused[:12])}" if unused else ""
        more = f" and {len(unused) - 12} more" if len(unused) > 12 else ""
        return printable(f"{self.label}: {taken}{left}{more} (choose others with --column FIELD=NAME)")

    def rows(self) -> Iterator[Row | Reject]:
        """Every row of the file, in order: as a `Row`, or as a `Reject`. CorpusError if the file is damaged."""
        maker = RowMaker(self.label, self.role, self.limits, has_texts=self._has_texts(), tags=self.tags)
        if self.header is not None:
            return read_delimited(self.path, self.header, maker)
        if self.schema is not None:
            return read_parquet(self.path, self.schema, maker)
        if self.format == "sdf":
            return read_sdf(self.path, maker, self.chosen, self.columns, self.repeated_titles)
        return read_smiles_file(self.path, maker, self.repeated_titles)

    def _has_texts(self) -> bool:
        return self.format != "sdf" and "description" in self.columns

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
    """Open a corpus file: the name `example` stands for the bundled corpus, anything else is a path.

    `columns` names the file's column for a field (smiles, id, cid, name, description, tags, synonyms, cas) where no
    alias fits. `tags` are given to every molecule of the file, beside those that its row has.

    Raises:
        CorpusError: missing, empty or unreadable, of an unknown format, or without the column that its role needs; or
            tags that no molecule can have.
    """
    if urlsplit(str(source)).scheme in ("http", "https", "ftp"):
        raise CorpusError(f"{source} is a URL, not a file: download it first")
    path = example_corpus() if str(source) == EXAMPLE else Path(source)
    limits = limits or CorpusLimits()
    chosen = dict(columns or {})
    check_kind(path)
    kind = _format(path)
    stamp = _stamp(path)
    if kind == "smi" and role == "descriptions":
        raise CorpusError(f"{path} is a SMILES file: it has structures and titles, but no descriptions")
    header: Header | None = None
    schema: Schema | None = None
    found = Columns()
    names: Sequence[str] = ()
    titles: Iterable[str] = ()
    if kind == "parquet":
        schema = read_schema(path, role, chosen)
        names, found = schema.names, schema.used
    else:
        check_text(path)
    if kind in ("tsv", "csv"):
        header = read_header(path, role, limits, chosen, tabs=kind == "tsv")
        names, found = header.columns, header.used
    elif kind == "sdf":
        titles, names = sample_records(path, limits.max_row_bytes)
        fields = find_columns(names, chosen).fields
        found = Columns({name: position for name, position in fields.items() if name != "smiles"})
    elif kind == "smi":
        titles = sample_titles(path, limits)
    whole = tags_in(SEPARATOR.join(tags))
    unfit = unfit_tags(whole, limits)
    if unfit is not None:
        raise CorpusError(f"{path}: {unfit[1]}")
    return CorpusFile(
        path,
        role,
        kind,
        label or printable(path.name),
        limits,
        chosen,
        header,
        schema,
        stamp,
        SEPARATOR.join(whole),
        {name: names[position] for name, position in found.fields.items()},
        tuple(names[position] for position in found.spares),
        tuple(names),
        schema.nested if schema is not None else (),
        frozenset(title for title, count in Counter(titles).items() if count > 1),
    )


def _format(path: Path) -> Format:
    name = path.with_suffix("") if path.suffix.lower() == ".gz" else path
    kind = _SUFFIXES.get(name.suffix.lower())
    if kind is None and (advice := advice_for(name.suffix)) is not None:
        raise CorpusError(f"{path} {advice}")
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
    return status.st_size, status.st_mtime_ns
