"""What was asked for, checked against the operator's bounds: texts to encode, structures that are understood."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from indexer.chemistry import Chemistry, ReadStructure, Want
from indexer.fair import FairThreads
from indexer.release.opened import Release
from indexer.search.filters import MoleculeFilter
from indexer.search.names import visible
from indexer.search.understanding import looks_like_structure
from model.inputs.structure import StructureError
from service.answering.asked import Mode
from service.answering.filter_reading import read_filter
from service.answering.paging import Page, read_page
from service.answering.reading import Interpreter, ReadQuery, UnknownError
from service.answering.texts import character_faults, is_blank, tidy
from service.problems import Code, FieldProblem, Problem
from service.schemas import Mol2MolRequest, Mol2TextRequest, Text2MolRequest
from service.settings import Settings

# Structures of one request that workers read at once, so that requests with many let others take turns.
_READ_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class TextQueries:
    """queries: what each was read as; texts: the same, tidied; reference: what hits are compared with, if given."""

    queries: tuple[ReadQuery, ...]
    texts: tuple[str, ...]
    page: Page
    reference: ReadStructure | None
    filter: MoleculeFilter | None = None


@dataclass(frozen=True, slots=True)
class StructureQueries:
    """structures: (queries,), with features and fingerprints."""

    structures: tuple[ReadQuery, ...]
    page: Page
    filter: MoleculeFilter | None = None


_Waiting = tuple[str, "Future[ReadQuery]"]


class AbandonedError(Exception):
    """Nobody waits for the request any more."""


class QueryReader:
    """Turns requests into queries, and refuses with every fault at once.

    What costs nothing (counts, lengths, characters) is checked for the whole request before RDKit sees any of it.
    """

    def __init__(self, settings: Settings, chemistry: Chemistry) -> None:
        self._settings = settings
        self._chemistry = chemistry

    def texts(
        self, request: Text2MolRequest, release: Release, abandoned: Callable[[], bool] = lambda: False
    ) -> TextQueries:
        """Texts, or what they name, for a search in `release`. Raises as `structures` does."""
        named = _named(request.query, request.queries)
        faults = self._count_faults(len(named), request.k)
        texts: list[str] = []
        for field, text in named if not faults else ():
            # Without what is not seen or said. The encoder's normal form keeps such characters, and was trained so.
            texts.append(tidy(visible(text)))
            faults += self._text_faults(field, text, texts[-1])
        mode = effective_mode(request.mode, release, faults)
        interpreter = Interpreter(self._chemistry, release, mode)
        references: list[ReadQuery] = []
        if request.reference is not None:
            reference_faults = character_faults("reference", request.reference)
            if not faults and not reference_faults:
                given = [("reference", request.reference)]
                references = self._read_structures(given, interpreter, Want.FINGERPRINT, reference_faults)
            faults += reference_faults
        filter, filter_faults = read_filter(request.filter, release.manifest.tags, self._chemistry)
        faults += filter_faults
        queries: list[ReadQuery] = []
        if not faults:
            for (field, given_text), text in zip(named, texts, strict=True):
                if abandoned():
                    raise AbandonedError
                try:
                    if mode != "vector":
                        check_one_record(given_text)
                    queries.append(interpreter.text(text, visible(given_text)))
                except UnknownError as error:
                    faults.append(error.of(field))
        if faults:
            raise Problem.of_fields(faults)
        reference = references[0].structure if references else None
        page = self._page(request, len(named), release)
        return TextQueries(tuple(queries), tuple(texts), page, reference, filter)

    def structures(
        self,
        request: Mol2TextRequest | Mol2MolRequest,
        release: Release,
        abandoned: Callable[[], bool] = lambda: False,
    ) -> StructureQueries:
        """Structures, or what names them, for a search in `release`.

        `abandoned` tells whether nobody waits for it any more; then no further structure is read.

        Raises:
            Problem: something is wrong with the request.
            AbandonedError: `abandoned` said so.
        """
        named = _named(request.query, request.queries)
        faults = self._count_faults(len(named), request.k)
        for field, text in named if not faults else ():
            faults += character_faults(field, text)
        interpreter = Interpreter(self._chemistry, release, effective_mode(request.mode, release, faults))
        structures: list[ReadQuery] = []
        if not faults:
            structures = self._read_structures(named, interpreter, interpreter.want, faults, abandoned)
        filter, filter_faults = read_filter(request.filter, release.manifest.tags, self._chemistry)
        faults += filter_faults
        if faults:
            raise Problem.of_fields(faults)
        return StructureQueries(tuple(structures), self._page(request, len(named), release), filter)

    def _read_structures(
        self,
        named: Sequence[tuple[str, str]],
        interpreter: Interpreter,
        want: Want,
        faults: list[FieldProblem],
        abandoned: Callable[[], bool] = lambda: False,
    ) -> list[ReadQuery]:
        """The structures that can be read; what is wrong with the others goes to `faults`."""
        read: list[ReadQuery] = []
        waiting: deque[_Waiting] = deque()
        asked: dict[str, Future[ReadQuery]] = {}  # a text that comes again is read once
        threads = FairThreads(min(_READ_AT_ONCE, len(named)), "molseek-reading")

        def take() -> None:
            field, future = waiting.popleft()
            try:
                read.append(future.result())
            except StructureError as error:
                faults.append(FieldProblem(field=field, code=_code(field, error.code), detail=str(error)))
            except UnknownError as error:
                faults.append(error.of(field))

        try:
            for field, given in named:
                text = visible(given)
                if is_blank(text[:100]) and is_blank(text):
                    detail = f"{field} is empty; give a SMILES, an InChI or a molblock."
                    faults.append(FieldProblem(field=field, code=_code(field, "empty"), detail=detail))
                    continue
                if abandoned():
                    raise AbandonedError
                if len(waiting) == _READ_AT_ONCE:
                    take()
                if text not in asked:
                    future = self._chemistry.read(text, interpreter.policy, want, interpreter.model)
                    # Other forms of it are looked for by further calls to workers, which others need not wait for.
                    asked[text] = threads.submit(partial(_structure, text, future, interpreter))
                waiting.append((field, asked[text]))
            while waiting:
                take()
        finally:
            threads.end(wait=False)
        return read

    def _page(
        self, request: Text2MolRequest | Mol2TextRequest | Mol2MolRequest, queries: int, release: Release
    ) -> Page:
        """Which hits are wanted. Raises `Problem` for a cursor of something else."""
        return read_page(request, request.cursor, request.k, self._settings.max_hits // queries, release.name)

    def _count_faults(self, queries: int, k: int) -> list[FieldProblem]:
        bounds = self._settings
        faults: list[FieldProblem] = []
        if queries == 0:
            faults.append(FieldProblem(field="queries", code=Code.QUERIES_EMPTY, detail="queries has no entry."))
        if queries > bounds.max_queries:
            detail = f"queries has {queries:,} entries; at most {bounds.max_queries:,} are answered in one request."
            faults.append(FieldProblem(field="queries", code=Code.QUERIES_TOO_MANY, detail=detail))
        if not 1 <= k <= bounds.max_k:
            detail = f"k, the number of hits wanted, must be from 1 to {bounds.max_k:,}."
            faults.append(FieldProblem(field="k", code=Code.K_OUT_OF_RANGE, detail=detail))
        if not faults and queries * k > bounds.max_hits:
            detail = (
                f"{queries:,} queries with {k:,} hits each are more than the {bounds.max_hits:,} hits of one request; "
                "lower k or send fewer queries at once."
            )
            faults.append(FieldProblem(field="k", code=Code.HITS_TOO_MANY, detail=detail))
        return faults

    def _text_faults(self, field: str, text: str, tidied: str) -> list[FieldProblem]:
        if len(text) > self._settings.max_text_characters:
            detail = (
                f"{field} has {len(text):,} characters; at most {self._settings.max_text_characters:,} are accepted."
            )
            return [FieldProblem(field=field, code=Code.QUERY_TOO_LONG, detail=detail)]
        if is_blank(tidied):
            detail = f"{field} is empty; describe the molecules wanted, such as 'an amino acid of proteins'."
            return [FieldProblem(field=field, code=Code.QUERY_EMPTY, detail=detail)]
        return character_faults(field, text)


def _named(query: str | None, queries: Sequence[str] | None) -> list[tuple[str, str]]:
    """The queries with the field each came in."""
    if query is not None:
        return [("query", query)]
    return [(f"queries[{row}]", text) for row, text in enumerate(queries or ())]


def _code(field: str, code: str) -> Code:
    """The problem's code for a fault of a structure."""
    return Code(f"{'reference' if field == 'reference' else 'query'}_{code}")  # type: ignore[call-arg]


def _structure(text: str, future: Future[ReadStructure], interpreter: Interpreter) -> ReadQuery:
    """The structure that is being read, or the one that the text names. Raises StructureError and UnknownError."""
    check_one_record(text)
    try:
        structure = future.result()
    except StructureError as error:
        return interpreter.named(text, error)
    return interpreter.structure(text, structure)


def check_one_record(text: str) -> None:
    """Raises UnknownError for several structures in one query, of which only the first would be read."""
    if "\n" not in text:
        return
    blocks = [block for block in text.split("$$$$") if block.strip()]
    lines = [line for line in text.splitlines() if line.strip()]
    several = len(blocks) if "$$$$" in text else 0
    if len(lines) > 1 and all(looks_like_structure(line.split()[0]) for line in lines):
        several = len(lines)
    if several > 1:
        raise UnknownError(
            Code.QUERY_SEVERAL, f"there are {several} structures in one query; send each as an entry of queries."
        )


def effective_mode(mode: Mode, release: Release, faults: list[FieldProblem]) -> Mode:
    """What a request searches by: a release without a lexicon has nothing but vectors."""
    if release.lexicon is not None:
        return mode
    if mode == "lexical":
        detail = "This release was built without a lexicon, so only vectors can be searched; leave mode out."
        faults.append(FieldProblem(field="mode", code=Code.LEXICON_MISSING, detail=detail))
    return "vector"
