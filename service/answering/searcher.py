"""The stages of a search that compute: encode and search for a batch, words beside them, or a search with a filter."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from indexer.chemistry import CallExpiredError, Chemistry
from indexer.engines.base import EngineAwayError, Hits
from indexer.search.filters import FilteredSearch, MoleculeFilter
from indexer.search.substructure import MatchTimeoutError, PatternError
from indexer.tags import TagFilter
from model.counts import counted
from model.inputs.bm25 import WordHits
from model.inputs.features import MoleculeFeatures
from model.inputs.text_features import TextFeatures
from model.network.encoder import TextMoleculeEncoder
from service.answering.asked import Encoded, Query, Ranking, Search, Tagged, Vectors, Words
from service.answering.ranking import FUSED, hits_wanted, rank, rank_by_morgan
from service.answering.vector_cache import VectorCache
from service.problems import Code, Problem, engine_away

_log = logging.getLogger("molseek.service")


class Searcher:
    """Encodes and searches. `cache` keeps the vectors of texts."""

    def __init__(self, chemistry: Chemistry, filter_seconds: float, cache: VectorCache) -> None:
        self._chemistry = chemistry
        self._filter_seconds = filter_seconds
        self._cache = cache

    def encode(self, searches: Sequence[Search]) -> list[Vectors]:
        """Vectors `(queries, dim)` of each search; texts of all searches, which are
        served by one checkpoint, share encoder batches, and so do molecules.
        """
        if not searches:
            return []
        queries = [query for search in searches for query in search.queries]
        checkpoint = searches[0].serving.checkpoint
        vectors = _encode(checkpoint.encoder, queries)
        for query, vector in zip(queries, vectors, strict=True):
            if query.known is None and query.text is not None:
                self._cache.put(checkpoint.digest, query.text, vector, query.truncated, query.unknown)
        ends = np.cumsum([len(search.queries) for search in searches])
        return np.split(vectors, ends[:-1])

    def encode_and_search(self, searches: Sequence[Search]) -> list[Encoded | Exception]:
        """Both for a batch: one engine call for all that want as many hits of one side; the vectors alone for a search
        with a filter, which goes on by itself.
        """
        vectors = self.encode(searches)
        outcomes: list[Encoded | Exception] = [Encoded(own, None) for own in vectors]
        groups: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, search in enumerate(searches):
            if search.k and not search.filtered and search.rank_by == "embedding":
                groups[id(search.side), hits_wanted(search)].append(number)
        for (_, k), numbers in groups.items():
            try:
                found = searches[numbers[0]].side.search(np.concatenate([vectors[number] for number in numbers]), k)
            except EngineAwayError as error:
                _log.error("a search failed: %s", error)
                outcomes = [engine_away() if n in numbers else outcome for n, outcome in enumerate(outcomes)]
                continue
            start = 0
            for number in numbers:
                stop = start + len(searches[number].queries)
                hits = Hits(found.scores[start:stop], found.rows[start:stop])
                outcomes[number] = Encoded(vectors[number], hits)
                start = stop
        return outcomes

    def words(self, search: Search) -> list[Words]:
        """What the lexicon says of the queries of a search, filters left aside."""
        return [_words(search, query) for query in search.queries]

    def filtered(self, search: Search, vectors: Vectors) -> list[Ranking]:
        """What one search finds among the molecules that its filter, and what each query says, leaves.

        Raises:
            Problem: substructures took too long to match, or the engine is away.
        """
        with _as_problems(self._filter_seconds):
            if all(query.reading.filter is None for query in search.queries):  # one engine call for all of them
                return self._filtered(search, vectors)
            rankings = []
            for number, query in enumerate(search.queries):
                alone = replace(search, queries=[query])
                rankings += self._filtered(alone, vectors[number : number + 1])
            return rankings

    def alone(self, search: Search, vectors: Vectors) -> list[Ranking]:
        """A search that no batch can answer: with a filter, or by fingerprints. Raises as `filtered` does."""
        return self.by_morgan(search, vectors) if search.rank_by == "morgan" else self.filtered(search, vectors)

    def by_morgan(self, search: Search, vectors: Vectors) -> list[Ranking]:
        """The molecules most like each structure by Morgan fingerprints. Raises as `filtered` does."""
        with _as_problems(self._filter_seconds):
            filtered = None
            if search.filter is not None:
                filtered = FilteredSearch(search.serving.release, "molecules", search.filter, self._chemistry)
            rankings = []
            for number, query in enumerate(search.queries):
                fitting = query if filtered is None else self._fitting(search, query, filtered)
                rows = self._most_similar(search, query, filtered)
                rankings.append(rank_by_morgan(search, fitting, vectors[number : number + 1], rows))
            return rankings

    def _most_similar(self, search: Search, query: Query, filtered: FilteredSearch | None) -> list[int]:
        """Rows, the most similar first; with substructures, as many more are matched as it takes."""
        similarity = search.serving.release.similarity
        assert query.fingerprint is not None
        if filtered is None:
            return list(similarity.search(query.fingerprint, search.k)[0].tolist())
        possible = filtered.possible()
        width = search.k
        while True:
            rows = similarity.search(query.fingerprint, width, possible)[0].tolist()
            fitting = filtered.fitting_molecules(rows, self._filter_seconds)
            if len(fitting) >= search.k or len(rows) < width:
                return fitting[: search.k]
            width *= 4

    def _filtered(self, search: Search, vectors: Vectors) -> list[Ranking]:
        """One filter: the request's, and that of its query if this has one."""
        own = search.queries[0].reading.filter
        filter = own & search.filter if own is not None else search.filter
        if filter is None:  # a query without one, beside others that have
            hits = search.side.search(vectors, hits_wanted(search))
            words = self._with_tagged(search, vectors, [_words(search, query) for query in search.queries])
            return rank(search, Encoded(vectors, hits), words)
        filtered = FilteredSearch(search.serving.release, search.side_name, filter, self._chemistry)
        hits = filtered.search(vectors, hits_wanted(search), self._filter_seconds)
        queries = [self._fitting(search, query, filtered) for query in search.queries]
        words = [self._words_within(search, query, filter, filtered) for query in search.queries]
        words = self._with_tagged(search, vectors, words, filter)
        return rank(replace(search, queries=queries), Encoded(vectors, hits), words)

    def _with_tagged(
        self, search: Search, vectors: Vectors, words: Sequence[Words], filter: MoleculeFilter | None = None
    ) -> list[Words]:
        """The same, with the molecules that fit and have the tag that a query asks for, if any, where one does.

        As many are searched for as hits are wanted, however many have the tag.
        """
        found = list(words)
        for number, query in enumerate(search.queries):
            if (tag := search.tag(query)) is None:
                continue
            narrower = MoleculeFilter(tags=TagFilter(all=(tag,))) & filter
            among = FilteredSearch(search.serving.release, search.side_name, narrower, self._chemistry)
            hits = among.search(vectors[number : number + 1], hits_wanted(search), self._filter_seconds)
            rows = among.fitting_molecules(found[number].rows, self._filter_seconds)
            found[number] = replace(found[number], tagged=Tagged(tag, hits, tuple(rows)))
        return found

    def _fitting(self, search: Search, query: Query, filtered: FilteredSearch) -> Query:
        """The query with those of its matches that fit."""
        matches = query.reading.matches
        if not matches:
            return query
        fit = filtered.fitting_molecules([match.row for match in matches], self._filter_seconds)
        kept = tuple(match for match in matches if match.row in fit)
        return replace(query, reading=replace(query.reading, matches=kept))

    def _words_within(self, search: Search, query: Query, filter: MoleculeFilter, filtered: FilteredSearch) -> Words:
        found = _words(search, query, filtered.possible())
        if filter.has or filter.lacks:
            found = replace(found, rows=tuple(filtered.fitting_molecules(found.rows, self._filter_seconds)))
        return found


@contextmanager
def _as_problems(filter_seconds: float) -> Iterator[None]:
    """What keeps a search from being answered, as problems."""
    try:
        yield
    except EngineAwayError as error:
        _log.error("a search failed: %s", error)
        raise engine_away() from None
    except MatchTimeoutError:
        detail = (
            f"The substructures of the filter could not be matched within {counted(filter_seconds, 'second')}; "
            "narrow the filter down by ranges, or use simpler or more specific SMARTS."
        )
        raise Problem(Code.SUBSTRUCTURE_TOO_SLOW, detail, field="filter") from None
    except CallExpiredError:
        detail = "Other searches kept the workers that match substructures busy; try again in a moment."
        raise Problem(Code.SEARCH_TIMEOUT, detail, headers={"Retry-After": "2"}) from None
    except PatternError as error:
        raise Problem(Code.SUBSTRUCTURE_TOO_COMPLEX, str(error), field="filter") from None


def _words(search: Search, query: Query, allowed: NDArray[np.bool_] | None = None) -> Words:
    lexicon = search.serving.release.lexicon
    if lexicon is None:
        return Words()
    reading = query.reading
    hits = lexicon.search_words(reading.words, FUSED, allowed) if reading.words is not None else WordHits()
    named = dict.fromkeys(row for rows in reading.named.values() for row in rows)
    rows = dict.fromkeys([*(row for row in named if allowed is None or allowed[row]), *hits.rows])
    suggestions = lexicon.close_names(reading.value) if reading.suggest else []
    if not suggestions and reading.mentions:
        suggestions = lexicon.names_in(reading.value)
    return Words(tuple(rows), tuple(suggestions), hits)


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
