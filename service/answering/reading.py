"""What a query is to the release in service: a structure, something it knows by name, words; and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from indexer.chemistry import Chemistry, ReadStructure, Want
from indexer.policy import Standardization
from indexer.release.opened import Release
from indexer.release.records import Records
from indexer.search.filters import MoleculeFilter
from indexer.search.identifiers import Identifier
from indexer.search.lexicon import Match
from indexer.search.parts import ELEMENTS
from indexer.search.relations import Change, ester_name, mirror_image, read_relation
from indexer.search.salts import parents
from indexer.search.understanding import Understood, asked_name, looks_like_structure, match_structure, understand
from model.inputs.structure import StructureError
from model.inputs.thesaurus import thesaurus
from service.answering.asked import Mode, Reading
from service.answering.wording import (
    NO_SUCH_NAME,
    listed,
    may_be_a_name,
    may_be_systematic,
    names_meant,
    read_words,
)
from service.problems import Code, FieldProblem, printable

# What identifiers look like and words do not: where the corpus has none, the answer is a problem.
_SURE = frozenset({"inchikey", "cas", "chebi", "chembl", "cid", "drugbank", "hmdb"})
# Without a locant, what OPSIN reads as one molecule is as often the name of a class: "dichlorobenzene", "porphyrin".
_LOCANT = re.compile(
    r"\d|\((?:[RSEZ+-]|\u00b1)\)-|\b(?:alpha|beta|gamma|delta|tert|sec|ortho|meta|para|cis|trans)-|\b[NORSEZDLmop]-|[α-ω]"
)
# An element, or carbons and others with valences to spare, of which classes are made: "chlorofluorocarbon".
_NO_MOLECULE = re.compile(r"^\[[A-Z][a-z]?\]$|\[[CNOPS]\]")
# What "like ibuprofen but more soluble" bounds by the value of ibuprofen, and whether from below.
_CHANGES: Mapping[Change, tuple[str, str, bool]] = {
    "more soluble": ("logp", "logP", False),
    "less soluble": ("logp", "logP", True),
    "smaller": ("molecular_weight", "molecular weight", False),
    "larger": ("molecular_weight", "molecular weight", True),
}
_SHOWN = 5
WANT = Want.FEATURES | Want.FINGERPRINT
_ELSEWHERE = "The corpus does not have this molecule; the hits are what lies nearest."
_NEAR_REMARKS = {
    "skeleton": "The corpus has this structure only with other stereochemistry, isotopes or protons.",
    "parent": "The corpus has this structure only without its salts and charges.",
    "salt": "The corpus has this structure only as a salt or solvate, or as another one.",
}


class UnknownError(ValueError):
    """A query that the release cannot answer; the message is a sentence for a chemist."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code

    def of(self, field: str) -> FieldProblem:
        return FieldProblem(field=field, code=self.code, detail=f"{field}: {self}")


@dataclass(frozen=True, slots=True)
class ReadQuery:
    """A query and, where it is one or names one, its structure with features and fingerprint."""

    reading: Reading
    structure: ReadStructure | None = None


class Interpreter:
    """Reads queries for one release in one mode; in mode `vector`, and where there is no lexicon, as they are given."""

    def __init__(self, chemistry: Chemistry, release: Release, mode: Mode) -> None:
        self._chemistry = chemistry
        self._release = release
        self.policy: Standardization = release.manifest.standardization
        self.model = release.manifest.checkpoint.digest
        self._lexicon = release.lexicon if mode != "vector" else None

    @property
    def want(self) -> Want:
        """What is computed of a structure that is searched for."""
        return WANT if self._lexicon is None else WANT | Want.INCHIKEY

    def text(self, text: str, given: str) -> ReadQuery:
        """A query for molecules, tidied and as it was `given`.

        Raises:
            UnknownError: it is an identifier that the corpus does not have, or a structure that cannot be read.
        """
        if self._lexicon is None:
            return ReadQuery(Reading("text", text, kind_of_text=self._release.text_kind(text)))
        read: list[ReadStructure] = []
        faults: list[StructureError] = []

        def structure(block: str) -> ReadStructure | None:
            try:
                read.append(self._chemistry.read(block, self.policy, self.want, self.model).result())
            except StructureError as error:
                faults.append(error)
                return None
            return read[-1]

        block = given if looks_like_structure(given) == "surely" else text
        found = understand(block, self._lexicon, structure, suggest=False)
        if found.kind == "structure":
            return self.structure(block, read[-1])
        if found.problem is not None and (found.kind in _SURE or _is_formula(found)):
            raise UnknownError(Code.IDENTIFIER_UNKNOWN, found.problem)
        if faults and (block.startswith("InChI=") or "\n" in block):
            raise UnknownError(Code.QUERY_UNPARSABLE, str(faults[0]))
        if found.matches and found.kind in _SURE:
            return self._molecule(found)  # a number says nothing to an encoder of texts
        if found.matches and not self._is_class(text, found.matches):
            return ReadQuery(self._named(text, found.kind, found.value, found.matches))
        described = description_matches(self._release.records, given)
        if described:
            return ReadQuery(Reading("description", text, described, text))
        if without_salt := self._without_salt(text):
            apart = "without" if without_salt[0].kind == "parent" else "with another than"
            remark = f"{NO_SUCH_NAME} {without_salt[0].value} is in it, {apart} the salt, hydrate or ester named."
            return ReadQuery(self._named(text, "name", without_salt[0].value, without_salt, remark))
        if salts := self._salts_named(text):
            remark = f"{NO_SUCH_NAME} {salts[0].value} is in it."
            return ReadQuery(self._named(text, "name", salts[0].value, salts, remark))
        if (related := self._related(text)) is not None:
            return related
        if (titled := self._titled(text)) is not None:
            return titled
        systematic = None
        if found.problem is None and not faults:
            systematic = self._systematic(text)
            if systematic is not None and (systematic.reading.exact or _LOCANT.search(text)):
                return systematic
        reading = read_words(text, self._release.asks_for_class, self._release.tags, self._lexicon.find_name)
        if faults and looks_like_structure(text) == "surely":
            remark = f"Searched for as words: it looks like a structure and cannot be read as one. {faults[0]}"
            reading = replace(reading, remarks=(remark,))
        elif found.problem is not None:
            reading = replace(reading, remarks=(f"Searched for as words. {found.problem}",))
        elif systematic is not None:
            remark = (
                f"{self._chemistry.reads_names_by} reads it as {systematic.reading.value}, which the corpus does not "
                "have; send that for molecules like it."
            )
            reading = replace(reading, remarks=(*reading.remarks, remark))
        return ReadQuery(reading)

    def _named(self, text: str, kind: str, value: str, matches: tuple[Match, ...], *remarks: str) -> Reading:
        """What names molecules of the corpus; what else is like them is found by the text."""
        return Reading(
            kind,
            value,
            matches,
            text,
            remarks=remarks,
            kind_of_text="known_name",
            ordered_as="category",
            unproven=True,
        )

    def _is_class(self, text: str, matches: Sequence[Match]) -> bool:
        """Whether a name is one for a whole class, which only others than the corpus give to one molecule of it."""
        if any(match.kind != "common name" for match in matches) or not self._release.asks_for_class(text):
            return False
        # "vitamin C" is a term of the thesaurus, too, and yet names this molecule and no other.
        find = self._lexicon.find_name if self._lexicon is not None else lambda _: []
        named = {match.row for name in names_meant(thesaurus().widen(text)) for match in find(name)}
        return not named or not named <= {match.row for match in matches}

    def _without_salt(self, text: str) -> tuple[Match, ...]:
        """The molecules that a name means without the counter-ion, hydrate or ester at its end."""
        if self._lexicon is None:
            return ()
        for parent in parents(text):
            if found := self._lexicon.find_name(parent):
                return tuple(replace(match, kind="parent") for match in found)
            if salts := self._salts_named(parent):
                return salts
        return ()

    def _salts_named(self, text: str) -> tuple[Match, ...]:
        """The salts and hydrates of what a text names; of an element they are other things."""
        if self._lexicon is None or text.lower() in ELEMENTS or not may_be_a_name(text):
            return ()
        return tuple(self._lexicon.find_salts_named(text))

    def _related(self, text: str) -> ReadQuery | None:
        """What is asked for by its relation to a molecule of the corpus: "drugs similar to morphine"."""
        if (ester := ester_name(text)) is not None:
            query = self.text(ester, ester)
            remark = f"Read as {ester}."
            return replace(query, reading=replace(query.reading, remarks=(remark, *query.reading.remarks)))
        asked = read_relation(text)
        if self._lexicon is None or asked is None or not (named := self._lexicon.find_name(asked.named)):
            return None
        if asked.relation == "metabolite" and thesaurus().widen(text).names:  # whose names are known
            reading = read_words(text, self._release.asks_for_class, self._release.tags, self._lexicon.find_name)
            others_than = MoleculeFilter(without=tuple(sorted({match.row for match in named})))
            told = (*reading.filters, f"not {named[0].value}")
            return ReadQuery(replace(reading, filter=others_than & reading.filter, filters=told))
        (record,) = self._release.records.molecules([named[0].row])
        smiles = mirror_image(record.smiles) if asked.relation == "enantiomer" else record.smiles
        structure = self._chemistry.read(smiles, "none", self.want, self.model).result()
        name, lexicon = named[0].value, self._lexicon
        matches: list[Match] = []
        if asked.relation == "like":
            remark = f"Searched for molecules like {name}, by its structure."
        elif asked.relation == "metabolite":
            remark = f"The corpus does not tell what is made of {name}, or becomes it; what is like it follows."
        elif asked.relation == "isomer":
            matches = lexicon.find_identifier(Identifier("formula", record.formula))
            remark = f"Isomers of {name} are what is made of {record.formula}; what else is like it follows."
        elif asked.relation == "enantiomer" and structure.inchikey == record.inchikey:
            remark = f"The structure of {name} is its own mirror image; what is like it follows."
        elif asked.relation == "enantiomer":
            matches = list(match_structure(structure, lexicon)) if structure.inchikey else []
            matches = [match for match in matches if match.kind == "structure"]
            remark = f"The mirror image of {name} is {structure.smiles}; what is like it follows."
        else:
            matches = lexicon.find_skeleton(record.inchikey) if record.inchikey else []
            forms = "protonation" if asked.relation == "protonation" else "stereochemistry"
            remark = f"Searched for the skeleton of {name} with other {forms}; what is like it follows."
        itself = {match.row for match in named} if len({match.row for match in named}) == 1 else set()
        others = tuple(match for match in matches if match.row not in itself)
        if asked.relation not in ("like", "metabolite") and not others:
            remark += f" The corpus has none but {name} itself." if itself else " The corpus has none."
        reading = Reading("structure", structure.smiles, others, remarks=(remark,))
        if asked.relation == "metabolite":
            rows = tuple(sorted({match.row for match in named}))
            reading = replace(reading, filter=MoleculeFilter(without=rows), filters=(f"not {name}",))
        if asked.change is not None:
            property, shown, above = _CHANGES[asked.change]
            value = round(float(getattr(record, property)), 2)
            bounds = (value + 0.01, None) if above else (None, value - 0.01)
            said = f"{shown} {'above' if above else 'below'} {value:g}, that of {name}"
            reading = replace(reading, filter=MoleculeFilter(ranges=((property, bounds),)), filters=(said,))
        return ReadQuery(reading, structure)

    def _titled(self, text: str) -> ReadQuery | None:
        """The structure of a line of a SMILES file, in which a title follows."""
        smiles, _, title = text.partition(" ")
        if not title or looks_like_structure(smiles) != "surely":
            return None
        try:
            query = self.structure(smiles, self._chemistry.read(smiles, self.policy, self.want, self.model).result())
        except StructureError:
            return None
        remark = f"What follows the SMILES was taken for its title: {printable(title)}."
        return replace(query, reading=replace(query.reading, remarks=(remark, *query.reading.remarks)))

    def structure(self, text: str, structure: ReadStructure) -> ReadQuery:
        """A structure that was read from `text`, with the molecules of the corpus that it is."""
        matches: tuple[Match, ...] = ()
        if self._lexicon is not None and structure.inchikey is not None:
            matches = match_structure(structure, self._lexicon) or self._match_parent(text, structure)
        remarks: tuple[str, ...] = ()
        if matches and matches[0].kind in _NEAR_REMARKS:
            remarks = (_NEAR_REMARKS[matches[0].kind],)
        elif self._lexicon is not None and structure.inchikey and not matches:
            remarks = (_ELSEWHERE,)
        matches = self._as_written_first(structure.smiles, matches)
        reading = Reading("structure", structure.smiles, matches, remarks=remarks)
        # No text describes a molecule that the corpus does not have, unless there are texts of unknown molecules.
        unproven = bool(remarks) and self._release.columns.all_owned()
        return ReadQuery(replace(reading, unproven=unproven), structure)

    def named(self, text: str, error: StructureError) -> ReadQuery:
        """The molecule that a text names which is no structure, for the reason that `error` gives.

        It is one of the corpus, or what a systematic name describes.

        Raises:
            UnknownError: the corpus has no such identifier, or several molecules of this formula.
            StructureError: the text was meant as a structure, or is no name either.
        """
        if self._lexicon is None or error.code not in ("unparsable", "invalid_chemistry") or "\n" in text.strip():
            raise error
        found = understand(text, self._lexicon, prefer="structure", suggest=may_be_a_name(text))
        if found.matches:
            return self._molecule(found)
        if found.problem is not None and found.kind in _SURE:
            raise UnknownError(Code.IDENTIFIER_UNKNOWN, found.problem)
        if found.problem is not None and _is_formula(found) and looks_like_structure(text) != "surely":
            raise UnknownError(Code.IDENTIFIER_UNKNOWN, found.problem)
        if (titled := self._titled(text)) is not None:
            return titled
        if looks_like_structure(text) == "surely" or text.startswith("InChI="):
            raise error
        if near := self._without_salt(text) or self._salts_named(text):
            return self._molecule(Understood("name", near[0].value, near))
        systematic = self._systematic(text)
        if systematic is not None:
            return systematic
        said = f"{error} No molecule of this corpus has it as a name or identifier either."
        if found.suggestions:
            said += f" Did you mean {listed([match.value for match in found.suggestions])}?"
        raise StructureError(error.code, said)

    def _systematic(self, text: str) -> ReadQuery | None:
        """The structure that a systematic name describes, if the text is one and such names are read here."""
        name = asked_name(text)
        if not may_be_systematic(name) or self._release.asks_for_class(name) or thesaurus().widen(name).words:
            return None
        smiles = self._chemistry.read_name(name)
        try:
            structure = self._chemistry.read(smiles, self.policy, self.want, self.model).result() if smiles else None
        except StructureError:
            return None
        if structure is None or _NO_MOLECULE.search(structure.smiles):
            return None
        query = self.structure(smiles, structure)
        remark = f"{NO_SUCH_NAME[:-1]}; {self._chemistry.reads_names_by} read it as the structure."
        return replace(query, reading=replace(query.reading, remarks=(remark, *query.reading.remarks)))

    def _molecule(self, found: Understood) -> ReadQuery:
        """The molecule that a name or identifier stands for; the first where several are called so."""
        matches = found.matches
        records = self._release.records.molecules([match.row for match in matches[:_SHOWN]])
        if found.kind == "formula" and len(matches) > 1:
            names = listed([record.name or record.id for record in records])
            raise UnknownError(
                Code.QUERY_AMBIGUOUS,
                f"{found.value} is the formula of {len(matches)} molecules here, such as {names}; ask for one of them.",
            )
        structure = self._chemistry.read(records[0].smiles, "none", self.want, self.model).result()
        remarks: tuple[str, ...] = ()
        if len(matches) > 1:
            remarks = (f"{len(matches)} molecules of this corpus fit; the first was taken.",)
        return ReadQuery(Reading(found.kind, found.value, matches, remarks=remarks), structure)

    def _match_parent(self, text: str, structure: ReadStructure) -> tuple[Match, ...]:
        """What the structure is without its salts and charges."""
        if self._lexicon is None or not any(mark in structure.smiles for mark in ".+-"):
            return ()
        try:
            parent = self._chemistry.read(text, "parent", Want.INCHIKEY).result()
        except StructureError:
            return ()
        matches = match_structure(parent, self._lexicon)
        return tuple(match if match.kind == "salt" else replace(match, kind="parent") for match in matches)

    def _as_written_first(self, smiles: str, matches: tuple[Match, ...]) -> tuple[Match, ...]:
        """Of tautomers that share an InChIKey, the one that is written as the query."""
        if len(matches) < 2:
            return matches
        own = self._release.records.smiles([match.row for match in matches])
        return tuple(match for _, match in sorted(zip(own, matches, strict=True), key=lambda pair: pair[0] != smiles))


def description_matches(records: Records, text: str) -> tuple[Match, ...]:
    """The molecules that have a text as their description."""
    return tuple(Match(row, "description", "") for row in records.molecule_rows_by_description(text))


def _is_formula(found: Understood) -> bool:
    """Of carbon and hydrogen with a number: `B12`, `DPP4`, `CB1` and `P2Y12` are more often meant as words."""
    return found.kind == "formula" and re.match(r"C\d*H(?![a-z])", found.value) is not None and _has_digit(found.value)


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))
