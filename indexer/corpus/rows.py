"""The result of reading a corpus file: rows, and rejects that say where and why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from indexer.tags import SEPARATOR, tags_in
from model.inputs.structure import StructureLimits

Role = Literal["molecules", "descriptions"]
FieldName = Literal["smiles", "id", "cid", "name", "description", "tags", "synonyms", "cas"]

RejectCode = Literal[
    "wrong_column_count",
    "malformed_csv",
    "malformed_record",
    "invalid_utf8",
    "nul_byte",
    "row_too_long",
    "empty_structure",
    "structure_too_long",
    "too_many_atoms",
    "too_many_rings",
    "structure_too_complex",
    "unparsable_structure",
    "invalid_chemistry",
    "featurisation_failed",
    "worker_crashed",
    "timed_out",
    "empty_text",
    "text_too_long",
    "field_too_long",
    "too_many_tags",
    "tag_too_long",
    "duplicate_id",
    "duplicate_description",
]

_EXCERPT = 120
# How programs spell a missing value (pandas, R, SQL, spreadsheets); upper and lower case as they write it.
_MISSING = frozenset(
    ("NaN", "nan", "-nan", "None", "NULL", "null", "NA", "N/A", "n/a", "<NA>", "#N/A", "#NA", "#VALUE!", "#REF!", "\\N")
)
_WHOLE_FLOAT = re.compile(r"([0-9]+)\.0+")
_EXPONENT = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]{1,2}")
_LINE_BREAKS = re.compile(r"\s*[\r\n]+\s*")
# Control characters, line separators and lone surrogates: what would break a line or a terminal.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class CorpusLimits(BaseModel):
    """Limits on what is read from a corpus, so that no row takes much memory or time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    structure: StructureLimits = StructureLimits()
    max_row_bytes: int = Field(default=1_000_000, gt=0, description="of one line, CSV record or SDF record")
    max_text_characters: int = Field(default=20_000, gt=0, description="of a description")
    max_id_characters: int = Field(default=200, gt=0)
    max_name_characters: int = Field(default=2_000, gt=0)
    max_synonyms: int = Field(default=200, gt=0, description="of a molecule; further ones are dropped")
    max_tags: int = Field(default=16, gt=0, description="of a molecule, those of its whole file included")
    max_tag_characters: int = Field(default=64, gt=0)


@dataclass(frozen=True, slots=True)
class Reject:
    """One line of the rejects file: `code` for programs, `reason` for people, `excerpt` of the row as it stood."""

    file: str
    line: int
    field: str
    code: RejectCode
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Row:
    """One usable row. `line` is where it starts (row number in Parquet). No field is an empty string.

    `dropped_text`: the row's molecule is fine, its description is not, and this says why. `tags`: a set of tags as it
    is written (see `indexer.tags`), with those of the whole file; descriptions have none of their own. `synonyms`:
    CAS numbers, then other names in the file's order, the name itself not among them. `id_is_title`: the id is the
    title of a record, which nothing keeps from repeating.
    """

    file: str
    line: int
    structure: str | None
    id: str | None
    cid: str | None
    name: str | None
    description: str | None
    excerpt: str
    dropped_text: Reject | None = None
    tags: str = ""
    synonyms: tuple[str, ...] = ()
    id_is_title: bool = False

    def reject(self, field: str, code: RejectCode, reason: str) -> Reject:
        return Reject(self.file, self.line, field, code, reason, self.excerpt)


def excerpt_of(raw: str | bytes) -> str:
    """The beginning of a row on one printable line, tabs and control characters escaped."""
    if isinstance(raw, bytes):
        raw = raw[: 4 * _EXCERPT].decode("utf-8", "backslashreplace")
    shown = raw[:_EXCERPT] + ("…" if len(raw) > _EXCERPT else "")
    return printable(shown)


def printable(text: str) -> str:
    """The text with characters that would break a line of a table escaped."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Checks the cells of one row and makes a `Row` of them, or a `Reject`.

    `has_texts`: the file has descriptions, so a molecule without one is worth a line in the rejects file. `tags`: of
    every molecule of the file, a set as it is written.
    """

    file: str
    role: Role
    limits: CorpusLimits
    has_texts: bool
    tags: str = ""

    def reject(self, line: int, field: str, code: RejectCode, reason: str, raw: str | bytes) -> Reject:
        return Reject(self.file, line, field, code, reason, excerpt_of(raw))

    def make(
        self, line: int, cells: Mapping[FieldName, str], raw: str | bytes, title_is_id: bool = False
    ) -> Row | Reject:
        """Make a row of decoded cells; bytes that were not UTF-8 are expected as surrogate escapes.

        Missing values that are spelled out are empty, whole numbers written as floats are whole numbers in ids, names
        and descriptions are one line, and a name that is too long is cut.
        """
        values: dict[FieldName, str] = {
            field: "" if is_missing(cell) else cell.strip() for field, cell in cells.items()
        }
        values["id"] = whole_number(values.get("id", ""))
        values["cid"] = whole_number(values.get("cid", ""), exponents=True)
        values["name"] = _LINE_BREAKS.sub(" ", values.get("name", ""))
        values["description"] = _LINE_BREAKS.sub(" ", values.get("description", ""))
        if title_is_id and len(values["id"]) > self.limits.max_id_characters:
            values["id"] = ""
        values["name"] = _cut(values["name"], self.limits.max_name_characters)
        for field, value in values.items():
            if "\0" in value:
                return self.reject(line, field, "nul_byte", f"The {field} contains a NUL byte.", raw)
            if not _is_unicode(value):
                return self.reject(line, field, "invalid_utf8", f"The {field} is not valid UTF-8.", raw)
        too_long = self._too_long(values)
        if too_long is not None:
            return self.reject(line, *too_long, raw)
        if self.role == "molecules" and not values.get("smiles"):
            return self.reject(line, "smiles", "empty_structure", "The structure is empty.", raw)
        tags = tags_in(f"{self.tags}{SEPARATOR}{values.get('tags', '')}") if self.role == "molecules" else []
        unfit = unfit_tags(tags, self.limits)
        if unfit is not None:
            return self.reject(line, "tags", *unfit, raw)
        text, problem = self._text(values.get("description", ""))
        dropped = None
        if problem is not None:
            code, reason = problem
            if self.role == "descriptions":
                return self.reject(line, "description", code, reason, raw)
            if self.has_texts:
                reason = f"{reason} The molecule is kept without it."
                dropped = self.reject(line, "description", code, reason, raw)
        return Row(
            self.file,
            line,
            structure=cells["smiles"] if values.get("smiles") else None,  # unstripped: a molblock's lines count
            id=self._id(cells, values),
            cid=values.get("cid") or None,
            name=values.get("name") or None,
            description=text,
            excerpt=excerpt_of(raw),
            dropped_text=dropped,
            tags=SEPARATOR.join(tags),
            synonyms=self._synonyms(values) if self.role == "molecules" else (),
            id_is_title=title_is_id,
        )

    def _id(self, cells: Mapping[FieldName, str], values: Mapping[FieldName, str]) -> str | None:
        """A molecule's CID is its id in a file that has no other: numbers of two kinds in one column would coincide.

        A description's CID is no id: it is looked up among the CIDs of molecules, not among their ids.
        """
        if self.role == "molecules" and "id" not in cells:
            return values["cid"] or None
        return values["id"] or None

    def _synonyms(self, values: Mapping[FieldName, str]) -> tuple[str, ...]:
        called = dict.fromkeys([*split_synonyms(values.get("cas", "")), *split_synonyms(values.get("synonyms", ""))])
        names = (each for each in called if each != values.get("name"))
        fitting = (each for each in names if len(each) <= self.limits.max_name_characters)
        return tuple(islice(fitting, self.limits.max_synonyms))

    def _text(self, text: str) -> tuple[str | None, tuple[RejectCode, str] | None]:
        if not text:
            return None, ("empty_text", "The description is empty.")
        if len(text) > self.limits.max_text_characters:
            limit = self.limits.max_text_characters
            return None, ("text_too_long", f"The description has {len(text):,} characters; at most {limit:,} are read.")
        return text, None

    def _too_long(self, values: Mapping[FieldName, str]) -> tuple[str, RejectCode, str] | None:
        limits = self.limits
        bounds: tuple[tuple[FieldName, int], ...] = (
            ("id", limits.max_id_characters),
            ("cid", limits.max_id_characters),
        )
        for field, bound in bounds:
            length = len(values.get(field, ""))
            if length > bound:
                return field, "field_too_long", f"The {field} has {length:,} characters; at most {bound:,} are read."
        structure = values.get("smiles", "")
        block = "\n" in structure
        bound = limits.structure.max_block_characters if block else limits.structure.max_characters
        if len(structure) > bound:
            reason = f"The structure has {len(structure):,} characters; at most {bound:,} are read."
            return "smiles", "structure_too_long", reason
        return None


def is_missing(cell: str) -> bool:
    """Whether a cell is empty or spells out a missing value, such as `NaN` or `NULL`."""
    return not cell.strip() or cell.strip() in _MISSING


def whole_number(text: str, exponents: bool = False) -> str:
    """`702` for `702.0`, and with `exponents` for `7.02e+02`; any other text as it is."""
    if match := _WHOLE_FLOAT.fullmatch(text):
        return match[1]
    if exponents and _EXPONENT.fullmatch(text) and Decimal(text) == Decimal(text).to_integral_value():
        return str(int(Decimal(text)))
    return text


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def split_synonyms(cell: str) -> list[str]:
    """The different names of a cell: between `|` where there is one (PubChem, ChEMBL), else between `;` and lines."""
    parts = re.split(r"[|\r\n]" if "|" in cell else r"[;\r\n]", cell)
    return list(dict.fromkeys(name for part in parts if (name := " ".join(part.split()))))


def unfit_tags(tags: Sequence[str], limits: CorpusLimits) -> tuple[RejectCode, str] | None:
    """What is wrong with the tags of a molecule, if anything is: a code and a sentence."""
    if len(tags) > limits.max_tags:
        return "too_many_tags", f"There are {len(tags):,} tags; a molecule can have {limits.max_tags:,}."
    longest = max((len(tag) for tag in tags), default=0)
    if longest > limits.max_tag_characters:
        bound = limits.max_tag_characters
        return (
            "tag_too_long",
            f"A tag has {longest:,} characters; at most {bound:,} are read. Semicolons end tags.",
        )
    return None


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
