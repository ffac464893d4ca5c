"""The stages of a search that compute: encode and search for a batch, or within a filter for one request."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexer.chemistry import CallExpiredError, Chemistry, ReadStructure
from indexer.engines.base import EngineAwayError
from indexer.release.manifest import SideName
from indexer.release.opened import Hits, Side
from indexer.search.filters import FilteredSearch, MoleculeFilter
from indexer.search.substructure import MatchTimeoutError, PatternError
from model.checkpoint.calibration import ConfidenceCurve, Direction
from model.inputs.features import MoleculeFeatures
from model.inputs.text_features import TextFeatures
from model.network.encoder import TextMoleculeEncoder
from service.problems import Code, Problem, engine_away
from service.serving import Serving
from service.vector_cache import VectorCache

_SIDES: dict[Direction, SideName] = {"text2mol": "molecules", "mol2text": "descriptions"}

_log = logging.getLogger("molseek.service")

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Query:
    """One query as it goes to the encoder. shown: what it was understood as; known: its vector, if it is at hand."""

    shown: str
    features: TextFeatures | MoleculeFeatures | None
    truncated: bool = False
    known: Vectors | None = None
    fingerprint: NDArray[np.uint8] | None = None  # of a structure


@dataclass(frozen=True, slots=True)
class Search:
    """One request after it has been read. `serving` answers it from beginning to end."""

    serving: Serving
    direction: Direction
    queries: Sequence[Query]
    k: int
    filter: MoleculeFilter | None
    arrived: float  # time.perf_counter()
    reference: ReadStructure | None = None  # to compare hits with

    @property
    def side(self) -> Side:
        release = self.serving.release
        return release.molecules if self.direction == "text2mol" else release.descriptions

    @property
    def weight(self) -> int:
        """Tokens or atoms to encode; at least one a query."""
        return sum(_weight(query.features) for query in self.queries)

    @property
    def hits(self) -> int:
        """Hits to write at most."""
        return len(self.queries) * self.k


@dataclass(frozen=True, slots=True)
class Ranking:
    """What was found for one query, best first; confidences are None where the checkpoint gives none."""

    rows: list[int]
    scores: list[float]
    confidences: list[float] | list[None]


class Searcher:
    """Encodes and searches. `cache` keeps the vectors of texts."""

    def __init__(self, chemistry: Chemistry, filter_seconds: float, cache: VectorCache) -> None:
        self._chemistry = chemistry
        self._filter_seconds = filter_seconds
        self._cache = cache

    def encode(self, searches: Sequence[Search]) -> list[Vectors]:
        """Vectors `(queries, dim)` of each search; texts of all searches share encoder batches, and so do molecules."""
        queries = [query for search in searches for query in search.queries]
        vectors = _encode(searches[0].serving.checkpoint.encoder, queries)
        for query, vector in zip(queries, vectors, strict=True):
            if query.known is None and isinstance(query.features, TextFeatures):
                self._cache.put(query.shown, vector, query.truncated)
        ends = np.cumsum([len(search.queries) for search in searches])
        return np.split(vectors, ends[:-1])

    def search(self, searches: Sequence[Search], vectors: Sequence[Vectors]) -> list[list[Ranking] | Exception]:
        """What each search finds without its filter: one engine call for all that want as many hits of one side."""
        groups: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, search in enumerate(searches):
            groups[id(search.side), _hits_wanted(search)].append(number)
        outcomes: list[list[Ranking] | Exception] = [[] for _ in searches]
        for (_, k), numbers in groups.items():
            side = searches[numbers[0]].side
            try:
                found = side.search(np.concatenate([vectors[number] for number in numbers]), k)
            except EngineAwayError as error:
                _log.error("a search failed: %s", error)
                outcomes = [engine_away() if n in numbers else outcome for n, outcome in enumerate(outcomes)]
                continue
            start = 0
            for number in numbers:
                search = searches[number]
                stop = start + len(search.queries)
                outcomes[number] = _rankings(search, Hits(found.scores[start:stop], found.rows[start:stop]))
                start = stop
        return outcomes

    def encode_and_search(self, searches: Sequence[Search]) -> list[list[Ranking] | Vectors | Exception]:
        """Both for a batch; the vectors alone for a search with a filter, which goes on by itself."""
        vectors = self.encode(searches)
        plain = [number for number, search in enumerate(searches) if search.filter is None]
        outcomes: list[list[Ranking] | Vectors | Exception] = list(vectors)
        found = self.search([searches[number] for number in plain], [vectors[number] for number in plain])
        for number, outcome in zip(plain, found, strict=True):
            outcomes[number] = outcome
        return outcomes

    def filtered(self, search: Search, vectors: Vectors) -> list[Ranking]:
        """What one search finds among the molecules that its filter leaves.

        Raises:
            Problem: substructures took too long to match, or the engine is away.
        """
        assert search.filter is not None
        filtered = FilteredSearch(search.serving.release, _SIDES[search.direction], search.filter, self._chemistry)
        try:
            return _rankings(search, filtered.search(vectors, _hits_wanted(search), self._filter_seconds))
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


def _weight(features: TextFeatures | MoleculeFeatures | None) -> int:
    if features is None:
        return 1
    return max(1, len(features.tokens) if isinstance(features, TextFeatures) else features.num_atoms)


def _encode(encoder: TextMoleculeEncoder, queries: Sequence[Query]) -> Vectors:
    vectors = np.empty((len(queries), encoder.dim), np.float32)
    texts: list[tuple[int, TextFeatures]] = []
    molecules: list[tuple[int, MoleculeFeatures]] = []
    for row, query in enumerate(queries):
        if query.known is not None:
            vectors[row] = query.known
        elif isinstance(query.features, TextFeatures):
            texts.append((row, query.features))
        elif query.features is not None:
            molecules.append((row, query.features))
    if texts:
        vectors[[row for row, _ in texts]] = encoder.encode_text_features([features for _, features in texts])
    if molecules:
        vectors[[row for row, _ in molecules]] = encoder.encode_features([features for _, features in molecules])
    return vectors


def _curve(search: Search) -> ConfidenceCurve | None:
    calibration = search.serving.checkpoint.info.calibration
    return calibration.of(search.direction).curve if calibration is not None else None


def _hits_wanted(search: Search) -> int:
    """Confidences come from a fixed number of neighbours, which are looked for even if fewer hits are wanted.

    No more than there are, so that no padding is made; at least the 1 that engines ask for.
    """
    curve = _curve(search)
    k = max(search.k, curve.neighbours) if curve is not None else search.k
    return max(1, min(k, search.side.count))


def _rankings(search: Search, found: Hits) -> list[Ranking]:
    curve = _curve(search)
    confidences = curve.confidences(found.scores) if curve is not None else None
    rankings = []
    for number, (rows, scores) in enumerate(zip(found.rows, found.scores, strict=True)):
        kept = np.flatnonzero(rows >= 0)[: search.k]  # without the padding of a search that found fewer than asked
        rankings.append(
            Ranking(
                rows=rows[kept].tolist(),
                scores=scores[kept].tolist(),
                confidences=confidences[number, kept].tolist() if confidences is not None else [None] * len(kept),
            )
        )
    return rankings
