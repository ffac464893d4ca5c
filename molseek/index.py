"""An index searched in this process, with the encoder it was built with and the answers that the service gives."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from rdkit import Chem

from indexer.engines import MilvusSettings
from indexer.errors import ReleaseError
from indexer.release import Release, current_release, open_release
from model.counts import counted
from model.inputs.structure import StructureError
from molseek.encoder import Encoder, Structure, load
from molseek.errors import QueryError
from molseek.hits import Hits, MoleculeHit, TextHit, Understood
from service.answering.asked import Found
from service.answering.direct import DirectSearch
from service.answering.serving import Serving
from service.problems import Problem
from service.protecting.problem_handlers import faults_of
from service.schemas import Mol2MolRequest, Mol2TextRequest, Text2MolRequest

Mode = Literal["auto", "vector", "lexical"]
Filter = Mapping[str, Any]
"""What the molecule of a hit has to be like, as in the API: `{"molecular_weight": {"max": 300}}`."""

Request = TypeVar("Request", Text2MolRequest, Mol2TextRequest, Mol2MolRequest)
_OF_STRUCTURES = {"unparsable", "invalid_chemistry", "too_complex", "too_many_atoms", "too_many_rings"}
_MOLECULE = ("rank", "id", "name", "smiles", "score", "confidence", "description", "cid", "morgan_similarity")
_TEXT = ("rank", "id", "description", "score", "confidence", "name", "smiles", "morgan_similarity", "cid")


class IndexMismatchError(ValueError):
    """The index was built with another checkpoint than it is to be searched with."""


class Index:
    """One release, open for search. Safe to use from several threads; close it, or use it in a `with` block.

    Searches understand names, identifiers, structures and everyday words as the service does. They raise QueryError
    for what is wrong with a query, and StructureError where that is a structure.
    """

    def __init__(self, release: Release, encoder: Encoder) -> None:
        built_with = release.manifest.checkpoint
        if built_with.digest != encoder.checkpoint.digest:
            raise IndexMismatchError(
                f"release {release.name} was built with the checkpoint {built_with.name!r} "
                f"({built_with.digest[:12]}), not with {encoder.name!r} ({encoder.checkpoint.digest[:12]}); "
                f"open it with that checkpoint, or build the index again"
            )
        self.release = release
        self.encoder = encoder
        self._direct = DirectSearch(Serving(encoder.checkpoint, release))

    @property
    def molecule_count(self) -> int:
        return self.release.molecules.count

    @property
    def description_count(self) -> int:
        return self.release.descriptions.count

    def search_text(
        self,
        text: str,
        k: int = 10,
        *,
        mode: Mode = "auto",
        filter: Filter | None = None,
        reference: Structure | None = None,
    ) -> Hits[MoleculeHit]:
        """The k molecules that a text names or that fit it best. reference: what `morgan_similarity` compares with."""
        compared = None if reference is None else _written(reference)
        request = _request(
            Text2MolRequest, k, self.molecule_count, query=text, mode=mode, filter=filter, reference=compared
        )
        return self._molecules(text, request)

    def search_structure(
        self, structure: Structure, k: int = 10, *, mode: Mode = "auto", filter: Filter | None = None
    ) -> Hits[TextHit]:
        """The k descriptions that fit best a structure, or what names one; it is standardised as the index was."""
        request = _request(
            Mol2TextRequest, k, self.description_count, query=_written(structure), mode=mode, filter=filter
        )
        found, answer = self._ask(request)
        hits = [
            TextHit(**{field: hit[field] for field in _TEXT}, tags=tuple(hit["tags"]), found_by=_ways(hit))
            for hit in answer["results"][0]
        ]
        return Hits(found.search.queries[0].shown, hits, _understood(answer))

    def similar(
        self,
        structure: Structure,
        k: int = 10,
        *,
        rank_by: Literal["embedding", "morgan"] = "embedding",
        filter: Filter | None = None,
    ) -> Hits[MoleculeHit]:
        """The k molecules most like a structure, or what names one, by cosine or by Morgan fingerprints."""
        request = _request(
            Mol2MolRequest, k, self.molecule_count, query=_written(structure), rank_by=rank_by, filter=filter
        )
        return self._molecules(None, request)

    def close(self) -> None:
        self._direct.close()
        self.release.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        counts = f"{counted(self.molecule_count, 'molecule')}, {counted(self.description_count, 'description')}"
        return f"<molseek.Index {self.release.name}, {counts}, {self.encoder.name}>"

    def _molecules(self, query: str | None, request: Text2MolRequest | Mol2MolRequest) -> Hits[MoleculeHit]:
        found, answer = self._ask(request)
        results = answer["results"][0]
        records = self.release.records.molecules(found.rankings[0].rows)
        hits = [
            MoleculeHit(
                **{field: hit[field] for field in _MOLECULE},
                inchikey=record.inchikey,
                formula=record.formula,
                molecular_weight=record.molecular_weight,
                logp=record.logp,
                tags=record.tags,
                synonyms=tuple(hit["synonyms"] or ()),
                found_by=_ways(hit),
            )
            for record, hit in zip(records, results, strict=True)
        ]
        return Hits(found.search.queries[0].shown if query is None else query, hits, _understood(answer))

    def _ask(self, request: Text2MolRequest | Mol2TextRequest | Mol2MolRequest) -> tuple[Found, dict[str, Any]]:
        try:
            return self._direct.search(request)
        except Problem as problem:
            code = problem.code.value.removeprefix("query_")
            if code in _OF_STRUCTURES:
                raise StructureError(code, problem.detail) from None  # type: ignore[arg-type]
            raise QueryError(problem.code.value, problem.detail) from None


def _request(kind: type[Request], k: int, most: int, **fields: object) -> Request:
    """A request for at most as many hits as there are. Raises QueryError, in the words of the service."""
    if isinstance(k, Integral):
        if k < 1:
            raise QueryError("k_out_of_range", f"k is {k}; ask for at least one hit")
        k = min(int(k), max(most, 1))
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        return kind.model_validate({**given, "k": k})
    except ValidationError as error:
        raise _refused(error) from None


def _refused(error: ValidationError) -> QueryError:
    of_body = RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()])
    problem = Problem.of_fields(faults_of(of_body))
    return QueryError(problem.code.value, problem.detail)


def _written(structure: Structure) -> str:
    """A structure as a query of the service."""
    if isinstance(structure, Chem.Mol):
        return Chem.MolToSmiles(structure)
    if not isinstance(structure, str):
        raise TypeError(f"{type(structure).__name__} is neither text nor an RDKit Mol")
    return structure


def _ways(hit: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(way["kind"] for way in hit["found_by"])


def _understood(answer: Mapping[str, Any]) -> Understood:
    (read,) = answer["understood"]
    return Understood(
        kind=read["kind"],
        value=read["value"],
        widened=tuple(read["widened"]),
        filters=tuple(read["filters"]),
        confidence_means=read["confidence_means"],
        remarks=tuple(read["remarks"]),
        suggestions=tuple(suggestion["value"] for suggestion in read["suggestions"]),
    )


def open_index(
    path: str | Path,
    checkpoint: str | Path | Encoder = "compact",
    *,
    verify: bool = True,
    milvus: MilvusSettings | None = None,
) -> Index:
    """An index directory (what it serves now) or one of its releases.

    `verify`: read every file against its digest. `milvus`: how to reach the server of an index with that engine; None:
    as `MOLSEEK_MILVUS_*` variables say.

    Raises:
        ReleaseError: there is no release, or it is damaged.
        CheckpointError: the checkpoint cannot be loaded.
        IndexMismatchError: the release was built with another checkpoint.
    """
    directory = Path(path)
    release = directory if (directory / "manifest.json").is_file() else current_release(directory)
    if release is None:
        raise ReleaseError(f"{directory} is neither an index with a published release nor a release")
    encoder = checkpoint if isinstance(checkpoint, Encoder) else load(checkpoint)
    opened = open_release(release, verify=verify, milvus=milvus)
    try:
        return Index(opened, encoder)
    except IndexMismatchError:
        opened.close()
        raise
