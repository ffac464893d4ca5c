"""The result of reading a corpus file: rows, and rejects that say where and why."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from indexer.corpus.values import cid_of, printable, split_cas_numbers, split_names, value_of, whole_number
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
    "rounded_number",
    "too_many_tags",
    "tag_too_long",
    "duplicate_id",
    "duplicate_description",
]

_EXCERPT = 120
_LINE_BREAKS = re.compile(r"\s*[\r\n]+\s*")


class CorpusLimits(BaseModel):
    """Limits on what is read from a corpus, so that no row takes much memory or time."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    structure: StructureLimits = Field(default=StructureLimits(), description="atoms, rings and more of a structure")
    max_row_bytes: int = Field(default=1_000_000, gt=0, description="of one line, CSV record or SDF record")
    max_text_characters: int = Field(default=20_000, gt=0, description="of a description")
    max_id_characters: int = Field(default=200, gt=0, description="of an id")
    max_name_characters: int = Field(default=2_000, gt=0, description="of a name")
    max_synonyms: int = Field(default=200, gt=0, description="of a molecule; further ones are dropped")
    max_tags: int = Field(default=16, gt=0, description="of a molecule, those of its whole file included")
    max_tag_characters: int = Field(default=64, gt=0, description="of a tag")


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

    `remarks`: the row's molecule is fine, its description or CID is not, and these say why. `tags`: a set of tags as it
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
    remarks: tuple[Reject, ...] = ()
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
        values: dict[FieldName, str] = {field: value_of(cell) for field, cell in cells.items()}
        values["id"] = whole_number(_first_line(values.get("id", "")))
        if title_is_id and cells.get("id", "").strip() == "NA":
            values["id"] = "NA"  # a title is never written for a missing value; the PDB's sodium ion is called so
        # BindingDB's column of names has all names of a molecule
        values["name"], *others = (name.strip() for name in _LINE_BREAKS.sub(" ", values.get("name", "")).split("::"))
        values["description"] = _LINE_BREAKS.sub(" ", values.get("description", ""))
        written = _first_line(values.get("cid", ""))
        values["cid"] = cid_of(written) or ""
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
        remarks = []
        if written and not values["cid"]:
            reason = f"The CID {printable(written)} lacks digits: a program has rounded it. Save the column as text."
            if self.role == "descriptions" and not (values["id"] or values.get("smiles")):
                return self.reject(line, "cid", "rounded_number", reason, raw)
            remarks.append(self.reject(line, "cid", "rounded_number", f"{reason} The row is kept without it.", raw))
        if problem is not None:
            code, reason = problem
            if self.role == "descriptions":
                return self.reject(line, "description", code, reason, raw)
            if self.has_texts:
                reason = f"{reason} The molecule is kept without it."
                remarks.append(self.reject(line, "description", code, reason, raw))
        return Row(
            self.file,
            line,
            structure=_structure(cells["smiles"], values["smiles"]) if values.get("smiles") else None,
            id=self._id(cells, values),
            cid=values.get("cid") or None,
            name=values.get("name") or None,
            description=text,
            excerpt=excerpt_of(raw),
            remarks=tuple(remarks),
            tags=SEPARATOR.join(tags),
            synonyms=self._synonyms(values, others) if self.role == "molecules" else (),
            id_is_title=title_is_id,
        )

    def _id(self, cells: Mapping[FieldName, str], values: Mapping[FieldName, str]) -> str | None:
        """A molecule's CID is its id in a file that has no other: numbers of two kinds in one column would coincide.

        A description's CID is no id: it is looked up among the CIDs of molecules, not among their ids.
        """
        if self.role == "molecules" and "id" not in cells:
            return values["cid"] or None
        return values["id"] or None

    def _synonyms(self, values: Mapping[FieldName, str], others: Sequence[str]) -> tuple[str, ...]:
        cas, synonyms = split_cas_numbers(values.get("cas", "")), split_names(values.get("synonyms", ""))
        called = dict.fromkeys([*cas, *split_names("::".join(others)), *synonyms])
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


def _structure(cell: str, value: str) -> str:
    """A molblock as it is in its cell, since its empty lines count; a line without white space around it."""
    return cell if "\n" in cell or "\r" in cell else value


def _first_line(text: str) -> str:
    """Of an SD item that is there twice, or goes over lines: an id is one line."""
    return text.split("\n", 1)[0].strip()


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


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
