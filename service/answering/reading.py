"""What a query is to the release in service: a structure, something it knows by name, words; and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from indexer.chemistry import Chemistry, ReadStructure, Want
from indexer.chemistry.name_reader import NamedStructure
from indexer.policy import Standardization
from indexer.release.opened import Release
from indexer.release.records import Records
from indexer.search.lexicon import Match
from indexer.search.relations import ester_name
from indexer.search.understanding import (
    Understood,
    has_marks,
    in_one_line,
    looks_like_structure,
    means_structure,
    understand,
    unlabelled,
)
from model.inputs.structure import StructureError
from service.answering.asked import Mode, Reading
from service.answering.isomers import Isomers
from service.answering.naming import Namer, has_locants
from service.answering.other_forms import NEAR_REMARKS
from service.answering.relating import metabolites_named, related
from service.answering.structures import read_structure
from service.answering.wording import (
    NO_SUCH_NAME,
    listed,
    may_be_a_name,
    read_words,
)
from service.problems import Code, FieldProblem, printable

# What identifiers look like and words do not: where the corpus has none, the answer is a problem.
_SURE = frozenset({"inchikey", "cas", "chebi", "chembl", "cid", "drugbank", "hmdb"})
# An element, or carbons and others with valences to spare, of which classes are made: "chlorofluorocarbon".
_NO_MOLECULE = re.compile(r"^\[[A-Z][a-z]?\]$|\[[CNOPS]\]")
_NUMBERED = re.compile(r"[\w:.-]*\d[\w:.-]*")  # what titles are that are no names: "mol_17", "CHEBI:16236"
_SHOWN = 5
WANT = Want.FEATURES | Want.FINGERPRINT


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
        self._namer = Namer(chemistry, release, self._lexicon) if self._lexicon is not None else None

    @property
    def want(self) -> Want:
        """What is computed of a structure that is searched for."""
        return WANT if self._lexicon is None else WANT | Want.INCHIKEY | Want.COMPONENTS

    def text(self, text: str, given: str) -> ReadQuery:
        """A query for molecules, tidied and as it was `given`.

        Raises:
            UnknownError: it is an identifier that the corpus does not have, or a structure that cannot be read.
        """
        namer, lexicon = self._namer, self._lexicon
        if lexicon is None or namer is None:
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

        block, is_structure = given, False
        if looks_like_structure(given) != "surely":
            text = in_one_line(text, given.strip().splitlines(), lexicon)
            block, is_structure = unlabelled(text)
            text = block
        prefer: Literal["name", "structure"] = "structure" if is_structure else "name"
        found = understand(block, lexicon, structure, prefer, suggest=False)
        if found.kind == "structure":
            return self.structure(block, read[-1])
        if found.problem is not None and (found.kind in _SURE or _is_formula(found)):
            raise UnknownError(Code.IDENTIFIER_UNKNOWN, found.problem)
        if faults and (is_structure or block.startswith("InChI=") or "\n" in block):
            raise UnknownError(Code.QUERY_UNPARSABLE, str(faults[0]))
        if found.matches and found.kind in _SURE:
            return self._molecule(found)  # a number says nothing to an encoder of texts
        isomers: Isomers | None = None
        if found.matches and not namer.is_class(text, found.matches):
            isomers = namer.isomers_called(text, found.matches)
            if isomers is None or len(isomers.rows) < 2:
                remarks = (isomers.remark,) if isomers is not None else _nearly_named(found)
                return ReadQuery(self._named(text, found.kind, found.value, found.matches, *remarks))
        described = description_matches(self._release.records, given)
        if described:
            return ReadQuery(Reading("description", text, described, text))
        if without_salt := namer.without_salt(text):
            apart = "without" if without_salt[0].kind == "parent" else "with another than"
            remark = f"{NO_SUCH_NAME} {without_salt[0].value} is in it, {apart} the salt, hydrate or ester named."
            return ReadQuery(self._named(text, "name", without_salt[0].value, without_salt, remark))
        if salts := namer.salts_named(text):
            remark = f"{NO_SUCH_NAME} {salts[0].value} is in it."
            return ReadQuery(self._named(text, "name", salts[0].value, salts, remark))
        if (related := self._related(text)) is not None:
            return related
        if (titled := self._titled(text, faults)) is not None:
            return titled
        systematic = None
        if found.problem is None and not faults and isomers is None:
            named = namer.read(text)
            isomers = namer.isomers(text, named)
            systematic = self._systematic(named) if isomers is None else None
            if systematic is not None and (systematic.reading.exact or has_locants(text)):
                return systematic
        reading = read_words(text, self._release.asks_for_class, self._release.tags, lexicon.find_called)
        return ReadQuery(self._words(reading, found, faults, isomers, systematic))

    def _words(
        self,
        reading: Reading,
        found: Understood,
        faults: Sequence[StructureError],
        isomers: Isomers | None,
        systematic: ReadQuery | None,
    ) -> Reading:
        """A text that is searched for as words, and why it is."""
        if faults and looks_like_structure(reading.value.partition(" ")[0]) == "surely":
            remark = f"Searched for as words: it looks like a structure and cannot be read as one. {faults[0]}"
            reading = replace(reading, remarks=(remark,), unproven=True)
        elif faults and has_marks(reading.value):
            remark = f"Searched for as words; as a structure it cannot be read. {faults[0]}"
            reading = replace(reading, remarks=(remark, *reading.remarks), unproven=True)
        elif found.problem is not None:
            reading = replace(reading, remarks=(f"Searched for as words. {found.problem}",))
        elif isomers is not None:
            reading = isomers.meant_by(reading)
        elif systematic is not None:
            remark = (
                f"{self._chemistry.reads_names_by} reads it as {systematic.reading.value}, which the corpus does not "
                "have; send that for molecules like it."
            )
            reading = replace(reading, remarks=(*reading.remarks, remark))
        return reading

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

    def _related(self, text: str) -> ReadQuery | None:
        """What is asked for by its relation to a molecule of the corpus, or to a structure."""
        if self._lexicon is None:
            return None
        if (ester := ester_name(text)) is not None:
            query = self.text(ester, ester)
            return replace(query, reading=replace(query.reading, remarks=(f"Read as {ester}.", *query.reading.remarks)))
        if (named := metabolites_named(text, self._release, self._lexicon)) is not None:
            return ReadQuery(named)
        want = self.want | Want.PROPERTIES
        found = related(
            text,
            self._release,
            self._lexicon,
            lambda smiles: self._chemistry.read(smiles, "none", want, self.model).result(),
        )
        return ReadQuery(*found) if found is not None else None

    def _titled(self, text: str, faults: list[StructureError]) -> ReadQuery | None:
        """The structure of a line of a SMILES file, in which a title follows: its name or number, where the letters may
        be a word as well. What is wrong with one that cannot be read is added to the faults.
        """
        smiles, _, title = text.partition(" ")
        looks = looks_like_structure(smiles) if title else None
        named = {match.row for match in self._lexicon.find_called(title)} if looks and self._lexicon else set()
        numbered = _NUMBERED.fullmatch(title) is not None and means_structure(smiles)
        if looks is None or not (looks == "surely" or named or numbered or has_marks(smiles)):
            return None
        try:
            structure = self._chemistry.read(smiles, self.policy, self.want, self.model).result()
        except StructureError as error:
            if looks == "surely":
                faults.append(error)
            return None
        query = self.structure(smiles, structure)
        itself = not named.isdisjoint(match.row for match in query.reading.matches)
        if looks == "perhaps" and not (itself or numbered or has_marks(smiles)):
            return None
        remark = f"What follows the SMILES was taken for its title: {printable(title)}."
        return replace(query, reading=replace(query.reading, remarks=(remark, *query.reading.remarks)))

    def structure(self, text: str, structure: ReadStructure) -> ReadQuery:
        """A structure that was read from `text`, with the molecules of the corpus that it is."""
        return ReadQuery(read_structure(text, structure, self._chemistry, self._release, self._lexicon), structure)

    def named(self, given: str, error: StructureError) -> ReadQuery:
        """The molecule that a text names which is no structure, for the reason that `error` gives.

        It is one of the corpus, what a systematic name describes, or the structure behind a label.

        Raises:
            UnknownError: the corpus has no such identifier, or several molecules of this formula or name.
            StructureError: the text was meant as a structure, or is no name either.
        """
        namer, lexicon = self._namer, self._lexicon
        if lexicon is None or namer is None:
            raise error
        if error.code not in ("unparsable", "invalid_chemistry") or "\n" in given.strip():
            raise error
        text, is_structure = unlabelled(given.strip())
        if text != given.strip() and looks_like_structure(text) is not None:
            try:
                read = self._chemistry.read(text, self.policy, self.want, self.model).result()
            except StructureError as fault:
                if is_structure:
                    raise
                error = fault
            else:
                return self.structure(text, read)
        found = understand(text, lexicon, prefer="structure", suggest=may_be_a_name(text))
        if found.matches:
            return self._one_isomer(self._molecule(found), namer.isomers_called(text, found.matches))
        if found.problem is not None and found.kind in _SURE:
            raise UnknownError(Code.IDENTIFIER_UNKNOWN, found.problem)
        if found.problem is not None and _is_formula(found) and looks_like_structure(text) != "surely":
            raise UnknownError(Code.IDENTIFIER_UNKNOWN, found.problem)
        if (titled := self._titled(text, [])) is not None:
            return titled
        if looks_like_structure(text) == "surely" or text.startswith("InChI="):
            raise error
        if near := namer.without_salt(text) or namer.salts_named(text):
            return self._molecule(Understood("name", near[0].value, near))
        named = namer.read(text)
        systematic = self._systematic(named)
        if systematic is not None:
            return self._one_isomer(systematic, namer.isomers(text, named))
        said = f"{error} No molecule of this corpus has it as a name or identifier either."
        if found.suggestions:
            said += f" Did you mean {listed([match.value for match in found.suggestions])}?"
        if looks_like_structure(text) is None:
            said += " For a search by words, use POST /search/text2mol."
        raise StructureError(error.code, said)

    def _systematic(self, named: NamedStructure) -> ReadQuery | None:
        """The structure that a systematic name describes."""
        try:
            read = self._chemistry.read(named.smiles, self.policy, self.want, self.model) if named.smiles else None
            structure = read.result() if read is not None else None
        except StructureError:
            return None
        if structure is None or _NO_MOLECULE.search(structure.smiles):
            return None
        query = self.structure(named.smiles, structure)
        remark = f"{NO_SUCH_NAME[:-1]}; {self._chemistry.reads_names_by} read it as the structure."
        if named.ambiguous:
            remark += " Locants are missing from it: of several isomers this is one."
        return replace(query, reading=replace(query.reading, remarks=(remark, *query.reading.remarks)))

    def _one_isomer(self, query: ReadQuery, isomers: Isomers | None) -> ReadQuery:
        """The query, with a remark where its name may mean others. Raises UnknownError where the corpus has several."""
        if isomers is None:
            return query
        if len(isomers.rows) > 1:
            raise UnknownError(Code.QUERY_AMBIGUOUS, f"{isomers.remark} Ask for one of them.")
        return replace(query, reading=replace(query.reading, remarks=(isomers.remark, *query.reading.remarks)))

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
        remarks = _nearly_named(found)
        if len(matches) > 1:
            remarks = (f"{len(matches)} molecules of this corpus fit; the first was taken.", *remarks)
        return ReadQuery(Reading(found.kind, found.value, matches, remarks=remarks), structure)


def description_matches(records: Records, text: str) -> tuple[Match, ...]:
    """The molecules that have a text as their description."""
    return tuple(Match(row, "description", "") for row in records.molecule_rows_by_description(text))


def _nearly_named(found: Understood) -> tuple[str, ...]:
    """What to say where only molecules with another name are what is named: those of one with a sign before it."""
    near = found.kind == "name" and found.matches[0].kind == "skeleton"
    return (f"{NO_SUCH_NAME} {NEAR_REMARKS['skeleton']}",) if near else ()


def _is_formula(found: Understood) -> bool:
    """Of carbon and hydrogen with a number: `B12`, `DPP4`, `CB1` and `P2Y12` are more often meant as words."""
    return found.kind == "formula" and re.match(r"C\d*H(?![a-z])", found.value) is not None and _has_digit(found.value)


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))
