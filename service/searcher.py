"""Queries in, ranked answers out: encode, search, look up, compare."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.chemistry import CallExpiredError, Chemistry, ReadStructure, Want
from indexer.engines.base import EngineAwayError
from indexer.release.manifest import SideName
from indexer.release.opened import Hits, Release
from indexer.release.records import DescriptionRecord, MoleculeRecord
from indexer.search.filters import FilteredSearch, MoleculeFilter
from indexer.search.substructure import MatchTimeoutError, PatternError
from model.checkpoint.calibration import Direction
from model.inputs.features import MoleculeFeatures
from model.inputs.fingerprint import tanimoto
from model.inputs.structure import StructureError
from model.network.encoder import TextMoleculeEncoder
from service.problems import Code, Problem, engine_away
from service.queries import StructureQueries, TextQueries
from service.schemas import Hit, MorganReference, SearchResponse
from service.serving import Serving

_SIDES: dict[Direction, SideName] = {"text2mol": "molecules", "mol2text": "descriptions"}

_log = logging.getLogger("molseek.service")


@dataclass(frozen=True, slots=True)
class _QueryHits:
    """What was found for one query, best first; confidences are None where the checkpoint gives none."""

    rows: list[int]
    scores: list[float]
    confidences: list[float] | list[None]


class Searcher:
    """Answers searches from whatever snapshot it is given. Called from several threads at once."""

    def __init__(self, chemistry: Chemistry, filter_seconds: float) -> None:
        self._chemistry = chemistry
        self._filter_seconds = filter_seconds

    def text2mol(self, serving: Serving, queries: TextQueries, started: float) -> SearchResponse:
        """The molecules whose vectors are nearest to each text. `started`: `time.perf_counter()` on arrival."""
        release = serving.release
        vectors, truncated = _encode_texts(serving.checkpoint.encoder, queries.texts)
        found = self._search(serving, "text2mol", vectors, queries)
        results: list[list[Hit]] = []
        references: list[MorganReference | None] = []
        for text, hits in zip(queries.texts, found, strict=True):
            records = release.records.molecules(hits.rows)
            reference, fingerprint = _text_reference(serving, queries, text, records)
            similarities: Sequence[float] = (
                tanimoto(fingerprint, release.fingerprints[hits.rows]).tolist() if fingerprint is not None else []
            )
            results.append(_ranked(records, hits, similarities))
            references.append(reference)
        return _response(serving, results, references, list(queries.texts), truncated, started)

    def mol2text(self, serving: Serving, queries: StructureQueries, started: float) -> SearchResponse:
        """The descriptions whose vectors are nearest to each structure. `started` as for `text2mol`."""
        release = serving.release
        vectors = serving.checkpoint.encoder.encode_features([_features(each) for each in queries.structures])
        found = self._search(serving, "mol2text", vectors, queries)
        results: list[list[Hit]] = []
        for structure, hits in zip(queries.structures, found, strict=True):
            records = release.records.descriptions(hits.rows)
            similarities = self._description_similarities(_fingerprint(structure), release, records)
            results.append(_ranked(records, hits, similarities))
        understood = [structure.smiles for structure in queries.structures]
        references = [MorganReference(kind="query", smiles=smiles, id=None) for smiles in understood]
        return _response(serving, results, references, understood, [False] * len(understood), started)

    def _search(
        self,
        serving: Serving,
        direction: Direction,
        vectors: NDArray[np.float32],
        queries: TextQueries | StructureQueries,
    ) -> Iterator[_QueryHits]:
        """The hits of each query, among what the filter leaves.

        Confidences come from a fixed number of neighbours, which are looked for even if fewer hits are wanted.
        """
        calibration = serving.checkpoint.info.calibration
        curve = calibration.of(direction).curve if calibration is not None else None
        k = max(queries.k, curve.neighbours) if curve is not None else queries.k
        found = self._search_side(serving.release, _SIDES[direction], vectors, k, queries.filter)
        confidences = curve.confidences(found.scores) if curve is not None else None
        for number, (rows, scores) in enumerate(zip(found.rows, found.scores, strict=True)):
            kept = np.flatnonzero(rows >= 0)[: queries.k]  # without the padding of a search that found fewer than asked
            yield _QueryHits(
                rows=rows[kept].tolist(),
                scores=scores[kept].tolist(),
                confidences=confidences[number, kept].tolist() if confidences is not None else [None] * len(kept),
            )

    def _search_side(
        self, release: Release, name: SideName, vectors: NDArray[np.float32], k: int, filter: MoleculeFilter | None
    ) -> Hits:
        side = release.molecules if name == "molecules" else release.descriptions
        k = _hits_wanted(k, side.count)
        try:
            if filter is None:
                return side.search(vectors, k)
            return FilteredSearch(release, name, filter, self._chemistry).search(vectors, k, self._filter_seconds)
        except EngineAwayError as error:
            _log.error("a search failed: %s", error)
            raise engine_away() from None
        except MatchTimeoutError:
            detail = (
                f"The substructures of the filter could not be matched within {self._filter_seconds:g} seconds; "
                "narrow the filter down by ranges, or use simpler or more specific SMARTS."
            )
            raise Problem(Code.SUBSTRUCTURE_TOO_SLOW, detail, field="filter") from None
        except CallExpiredError:
            detail = "Other searches kept the workers that match substructures busy; try again in a moment."
            raise Problem(Code.SEARCH_TIMEOUT, detail, headers={"Retry-After": "2"}) from None
        except PatternError as error:
            raise Problem(Code.SUBSTRUCTURE_TOO_COMPLEX, str(error), field="filter") from None

    def _description_similarities(
        self, fingerprint: NDArray[np.uint8], release: Release, records: Sequence[DescriptionRecord]
    ) -> list[float | None]:
        """For each description the similarity of its molecule, or None where it has none.

        A molecule that is no part of the corpus has no stored fingerprint, and is read from the description's own
        SMILES.
        """
        fingerprints: list[NDArray[np.uint8] | None] = []
        for record in records:
            if record.molecule_row is not None:
                fingerprints.append(release.fingerprints[record.molecule_row])
            else:
                fingerprints.append(self._own_fingerprint(record.smiles))
        known = [each for each in fingerprints if each is not None]
        similarities = iter(tanimoto(fingerprint, np.stack(known)).tolist() if known else ())
        return [next(similarities) if each is not None else None for each in fingerprints]

    def _own_fingerprint(self, smiles: str | None) -> NDArray[np.uint8] | None:
        if smiles is None:
            return None
        try:
            return _fingerprint(self._chemistry.read(smiles, want=Want.FINGERPRINT).result())
        except StructureError:
            return None


def _encode_texts(encoder: TextMoleculeEncoder, texts: Sequence[str]) -> tuple[NDArray[np.float32], list[bool]]:
    """Vectors (queries, dim), and for each text whether it is longer than the encoder reads."""
    truncated = [count > encoder.max_text_tokens for count in encoder.count_tokens(texts)]
    return encoder.encode_text(texts), truncated


def _ranked(
    records: Sequence[MoleculeRecord | DescriptionRecord],
    hits: _QueryHits,
    similarities: Sequence[float | None],
) -> list[Hit]:
    """One query's hits, best first; records and similarities have one item a hit."""
    return [
        Hit(
            rank=rank,
            id=record.id,
            cid=record.cid,
            smiles=record.smiles,
            name=record.name,
            description=record.description if isinstance(record, MoleculeRecord) else record.text,
            tags=list(record.tags),
            score=score,
            confidence=confidence,
            morgan_similarity=similarity,
        )
        for rank, (record, score, confidence, similarity) in enumerate(
            zip(records, hits.scores, hits.confidences, similarities, strict=True), start=1
        )
    ]


def _hits_wanted(k: int, count: int) -> int:
    """No more than there are, so that no padding is made; at least the 1 that engines ask for."""
    return max(1, min(k, count))


def _text_reference(
    serving: Serving, queries: TextQueries, text: str, hits: Sequence[MoleculeRecord]
) -> tuple[MorganReference | None, NDArray[np.uint8] | None]:
    """What hits are compared with: the given structure, else the molecule of this description, else the best hit."""
    release = serving.release
    if queries.reference is not None:
        reference = MorganReference(kind="reference", smiles=queries.reference.smiles, id=None)
        return reference, _fingerprint(queries.reference)
    described = release.records.molecule_rows_by_description(text)
    if described:
        record = release.records.molecules(described[:1])[0]
        return MorganReference(kind="description", smiles=record.smiles, id=record.id), release.fingerprints[record.row]
    if hits:
        best = hits[0]
        return MorganReference(kind="first_hit", smiles=best.smiles, id=best.id), release.fingerprints[best.row]
    return None, None


def _features(structure: ReadStructure) -> MoleculeFeatures:
    assert structure.features is not None  # queries are read with them
    return structure.features


def _fingerprint(structure: ReadStructure) -> NDArray[np.uint8]:
    assert structure.fingerprint is not None
    return structure.fingerprint


def _response(
    serving: Serving,
    results: list[list[Hit]],
    references: Sequence[MorganReference | None],
    understood_as: list[str],
    truncated: list[bool],
    started: float,
) -> SearchResponse:
    return SearchResponse(
        results=results,
        morgan_reference=list(references),
        understood_as=understood_as,
        truncated=truncated,
        release=serving.release.name,
        model=serving.checkpoint.name,
        took_ms=round((time.perf_counter() - started) * 1000, 3),
    )
