"""The last stage of a search: the records of a batch looked up once, similarities, and each answer as JSON."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from indexer.chemistry import Chemistry
from indexer.release.opened import Release
from indexer.release.records import DescriptionRecord, MoleculeRecord
from model.inputs.fingerprint import tanimoto
from service.answering.asked import Found, FoundBy, Query, Ranking, Search
from service.answering.fingerprints import KeptFingerprints
from service.answering.reading import description_matches
from service.answering.wording import OF_HITS

Record = MoleculeRecord | DescriptionRecord
# JSON is made of plain dictionaries: a pydantic model a hit costs more than all the rest of an answer. The tests hold
# answers against `schemas.SearchResponse`, which documents them.
_Json = dict[str, Any]
_NO_DESCRIPTIONS = "This corpus has no descriptions; /search/mol2mol finds molecules like a structure."
_NOTHING_FITS = "Nothing in this corpus passes the filter."
_LookedUp = tuple[Mapping[int, Record], Mapping[int, Sequence[str]]]
_NO_MOLECULE = -1
_Compared = tuple[_Json | None, Sequence[float | None]]


@dataclass(frozen=True, slots=True)
class Written:
    """What was found for the queries of a search, or for some of them.

    hits: those of each query; results: the same as JSON; full: whether some query has as many hits as were wanted of
    more.
    """

    search: Search
    hits: list[list[_Json]]
    results: list[bytes]
    references: list[_Json | None]
    understood: list[_Json]
    full: bool


def next_cursor(parts: Sequence[Written]) -> str | None:
    """Where the hits that follow begin, if there may be any."""
    search = parts[0].search
    return search.page.next_cursor(search.serving.release.name) if any(part.full for part in parts) else None


def answer(parts: Sequence[Written]) -> bytes:
    """A `schemas.SearchResponse` as JSON: the answer to a search that was written in parts, or whole."""
    search = parts[0].search
    queries = [query for part in parts for query in part.search.queries]
    release = search.serving.release.name
    return orjson.dumps(
        {
            "results": [orjson.Fragment(one) for part in parts for one in part.results],
            "morgan_reference": [one for part in parts for one in part.references],
            "understood_as": [query.shown for query in queries],
            "understood": [one for part in parts for one in part.understood],
            "truncated": [query.truncated for query in queries],
            "next_cursor": next_cursor(parts),
            "release": release,
            "model": search.serving.checkpoint.name,
            "took_ms": round((time.perf_counter() - search.arrived) * 1000, 3),
        }
    )


class AnswerWriter:
    """Writes what a batch of searches, or of parts of searches, has found."""

    def __init__(self, chemistry: Chemistry) -> None:
        self._fingerprints = KeptFingerprints(chemistry)

    def write(self, batch: Sequence[Found]) -> list[Written]:
        """The records of all of them are looked up together."""
        looked_up: dict[tuple[int, str], _LookedUp] = {}
        for found in batch:
            if _side(found) not in looked_up:
                looked_up[_side(found)] = _look_up([one for one in batch if _side(one) == _side(found)])
        return [self._written(found, *looked_up[_side(found)]) for found in batch]

    def _written(self, found: Found, records: Mapping[int, Record], synonyms: Mapping[int, Sequence[str]]) -> Written:
        search = found.search
        written: list[list[_Json]] = []
        references: list[_Json | None] = []
        for query, ranking in zip(search.queries, found.rankings, strict=True):
            page = ranking.since(search.page.start)
            hits = [records[row] for row in page.rows]
            first = records[ranking.rows[0]] if ranking.rows else None
            reference, similarities = self._compare(search, query, first, page, hits)
            others = [synonyms.get(_molecule_row(record)) for record in hits]
            written.append(_hits(hits, page, similarities, others, search.page.start + 1))
            references.append(reference)
        understood = [
            _understood(search, query, ranking) for query, ranking in zip(search.queries, found.rankings, strict=True)
        ]
        full = any(len(ranking.rows) == search.k < search.side.count for ranking in found.rankings)
        return Written(search, written, [orjson.dumps(one) for one in written], references, understood, full)

    def _compare(
        self, search: Search, query: Query, first: Record | None, page: Ranking, hits: Sequence[Record]
    ) -> _Compared:
        """What the hits of one query are compared with, and how similar each is to it."""
        release = search.serving.release
        if search.side_name == "descriptions":
            assert query.fingerprint is not None
            reference: _Json = {"kind": "query", "smiles": query.shown, "id": None}
            return reference, self._description_similarities(query.fingerprint, release, hits)
        compared_with, fingerprint = _reference(search, query, first)
        if fingerprint is None:
            return None, []
        return compared_with, tanimoto(fingerprint, release.fingerprints[page.rows]).tolist()

    def _description_similarities(
        self, fingerprint: NDArray[np.uint8], release: Release, records: Sequence[Record]
    ) -> list[float | None]:
        """For each description the similarity of its molecule, or None where it has none.

        A molecule that is no part of the corpus has no stored fingerprint, and is read from the description's SMILES.
        """
        described = [record for record in records if isinstance(record, DescriptionRecord)]
        read = iter(self._fingerprints.of([record.smiles for record in described if record.molecule_row is None]))
        fingerprints: list[NDArray[np.uint8] | None] = [
            release.fingerprints[record.molecule_row] if record.molecule_row is not None else next(read)
            for record in described
        ]
        known = [each for each in fingerprints if each is not None]
        similarities = iter(tanimoto(fingerprint, np.stack(known)).tolist() if known else ())
        return [next(similarities) if each is not None else None for each in fingerprints]


def _look_up(batch: Sequence[Found]) -> _LookedUp:
    """The records of all hits of searches in the same direction of the same release, by row, and the synonyms of their
    molecules, by the molecule's row.
    """
    search = batch[0].search
    rows = list(
        {
            row
            for found in batch
            for ranking in found.rankings
            for row in (*ranking.rows[:1], *ranking.rows[found.search.page.start :])
        }
    )
    release = search.serving.release
    records = release.records
    found: Sequence[Record] = records.molecules(rows) if search.side_name == "molecules" else records.descriptions(rows)
    molecules = sorted({_molecule_row(record) for record in found} - {_NO_MOLECULE})
    synonyms = release.lexicon.synonyms(molecules) if release.lexicon is not None else {}
    return dict(zip(rows, found, strict=True)), synonyms


def _molecule_row(record: Record) -> int:
    row = record.row if isinstance(record, MoleculeRecord) else record.molecule_row
    return _NO_MOLECULE if row is None else row


def _hits(
    records: Sequence[Record],
    page: Ranking,
    similarities: Sequence[float | None],
    synonyms: Sequence[Sequence[str] | None],
    first_rank: int,
) -> list[_Json]:
    """One query's hits, best first; records, similarities and synonyms have one item a hit."""
    return [
        {
            "rank": rank,
            "id": record.id,
            "cid": record.cid,
            "smiles": record.smiles,
            "name": record.name,
            "synonyms": others,
            "description": record.description if isinstance(record, MoleculeRecord) else record.text,
            "tags": record.tags,
            "score": score,
            "confidence": confidence,
            "morgan_similarity": similarity,
            "found_by": [_found_by(one) for one in ways],
        }
        for rank, (record, score, confidence, similarity, ways, others) in enumerate(
            zip(records, page.scores, page.confidences, similarities, page.found_by, synonyms, strict=True),
            start=first_rank,
        )
    ]


def _found_by(way: FoundBy) -> _Json:
    return {"kind": way.kind} if way.value is None else {"kind": way.kind, "value": way.value}


def _understood(search: Search, query: Query, ranking: Ranking) -> _Json:
    reading = query.reading
    suggestions = ranking.suggestions
    said = [remark for remark in reading.remarks if ranking.rows or remark not in OF_HITS]
    filtered = search.filter is not None or reading.filter is not None
    if filtered and not ranking.rows and not ranking.remarks and search.mode != "lexical":
        said.append(_NOTHING_FITS)
    records = search.serving.release.records.molecules([match.row for match in suggestions]) if suggestions else ()
    return {
        "kind": reading.kind,
        "value": reading.value,
        "widened": reading.widened,
        "filters": reading.filters,
        "confidence_means": _confidence_means(query, ranking),
        "remarks": [*said, *ranking.remarks, *_remarks(search)],
        "suggestions": [
            {"value": match.value, "id": record.id} for match, record in zip(suggestions, records, strict=True)
        ],
    }


def _confidence_means(query: Query, ranking: Ranking) -> str | None:
    """What the confidences of a query are probabilities of, if its hits have any."""
    if all(confidence is None for confidence in ranking.confidences):
        return None
    return "fits" if query.text is not None and query.reading.kind_of_text == "category" else "described"


def _remarks(search: Search) -> Iterator[str]:
    """What whoever asked should know of the whole request."""
    if not search.side.count and search.side_name == "descriptions":
        yield _NO_DESCRIPTIONS
    if search.filter is not None:
        yield from (pattern.remark for pattern in search.filter.has + search.filter.lacks if pattern.remark is not None)


def _side(found: Found) -> tuple[int, str]:
    return id(found.search.serving), found.search.side_name


def _reference(search: Search, query: Query, first: Record | None) -> tuple[_Json | None, NDArray[np.uint8] | None]:
    """What hits are compared with: the given structure, the one asked for, the molecule named or described, the first
    hit: whichever there is first.
    """
    release = search.serving.release
    if search.reference is not None:
        return {"kind": "reference", "smiles": search.reference.smiles, "id": None}, search.reference.fingerprint
    if query.fingerprint is not None:
        return {"kind": "query", "smiles": query.shown, "id": None}, query.fingerprint
    matches = query.reading.matches
    if not matches and search.mode == "vector":  # which looks no matches up
        matches = description_matches(release.records, query.shown)
    if matches and matches[0].kind != "formula":
        record = release.records.molecules([matches[0].row])[0]
        kind = "description" if matches[0].kind == "description" else "exact"
        return {"kind": kind, "smiles": record.smiles, "id": record.id}, release.fingerprints[record.row]
    if first is not None:
        return {"kind": "first_hit", "smiles": first.smiles, "id": first.id}, release.fingerprints[first.row]
    return None, None
