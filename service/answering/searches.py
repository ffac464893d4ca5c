"""The first stage of a search: a request is checked and becomes one; the texts of several become features together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from model.checkpoint import Checkpoint
from model.inputs.text_features import TextFeatures
from service.answering.asked import Query, Reading, Search, Vectors
from service.answering.queries import QueryReader, TextQueries, effective_mode
from service.answering.reading import ReadQuery
from service.answering.serving import Serving
from service.answering.vector_cache import VectorCache
from service.answering.without_workers import WorkerNeededError
from service.problems import Problem
from service.schemas import Mol2MolRequest, Mol2TextRequest, Text2MolRequest


@dataclass(frozen=True, slots=True)
class Unread:
    """A request as it came. `arrived`: `time.perf_counter()` when it did."""

    request: Text2MolRequest
    serving: Serving
    arrived: float
    encode_only: bool = False


@dataclass(frozen=True, slots=True)
class _Text:
    """A text as the encoder takes it, or its vector if that is known."""

    features: TextFeatures | None
    truncated: bool
    unknown: float
    known: Vectors | None = None


class SearchReader:
    """Makes searches of requests. `cache` has the vectors of texts that need no features any more."""

    def __init__(self, reader: QueryReader, cache: VectorCache) -> None:
        self._reader = reader
        self._cache = cache

    def texts(self, batch: Sequence[Unread], abandoned: Callable[[], bool] = lambda: False) -> list[Search | Exception]:
        """A search for each request, or the `Problem` that it has, or `WorkerNeededError`. All are served by one
        checkpoint.
        """
        if not batch:
            return []
        outcomes: list[TextQueries | Problem | WorkerNeededError] = []
        for unread in batch:
            try:
                outcomes.append(self._reader.texts(unread.request, unread.serving.release, abandoned))
            except (Problem, WorkerNeededError) as problem:
                outcomes.append(problem)
        texts = {
            _encoded_text(query.reading)
            for outcome in outcomes
            if isinstance(outcome, TextQueries)
            for query in outcome.queries
            if query.structure is None
        }
        read = self._featurise(batch[0].serving.checkpoint, list(texts))
        return [
            _text_search(unread, outcome, read) if isinstance(outcome, TextQueries) else outcome
            for unread, outcome in zip(batch, outcomes, strict=True)
        ]

    def structures(
        self,
        request: Mol2TextRequest | Mol2MolRequest,
        serving: Serving,
        arrived: float,
        abandoned: Callable[[], bool] = lambda: False,
    ) -> Search:
        """The search that a request with structures, or what names them, asks for. Raises as `QueryReader` does."""
        queries = self._reader.structures(request, serving.release, abandoned)
        return Search(
            serving,
            "mol2mol" if isinstance(request, Mol2MolRequest) else "mol2text",
            [_structure_query(query) for query in queries.structures],
            queries.page,
            queries.filter,
            arrived,
            effective_mode(request.mode, serving.release, []),
            request.rank_by if isinstance(request, Mol2MolRequest) else "embedding",
        )

    def _featurise(self, checkpoint: Checkpoint, texts: Sequence[str]) -> dict[str, _Text]:
        read: dict[str, _Text] = {}
        for text in texts:
            known = self._cache.get(checkpoint.digest, text)
            if known is not None:
                read[text] = _Text(None, known.truncated, known.unknown, known.vector)
        new = [text for text in texts if text not in read]
        for text, features in zip(new, checkpoint.encoder.text_featurizer(new), strict=True):
            read[text] = _Text(features, features.truncated, features.unknown)
        return read


def _encoded_text(reading: Reading) -> str:
    return reading.value if reading.encoded is None else reading.encoded


def _structure_query(query: ReadQuery) -> Query:
    """A query that is a structure or names one."""
    structure = query.structure
    assert structure is not None
    return Query(structure.smiles, structure.features, query.reading, fingerprint=structure.fingerprint)


def _text_search(unread: Unread, read: TextQueries, texts: Mapping[str, _Text]) -> Search:
    return Search(
        unread.serving,
        "text2mol",
        [
            _structure_query(query) if query.structure is not None else _text_query(shown, query.reading, texts)
            for shown, query in zip(read.texts, read.queries, strict=True)
        ],
        read.page,
        read.filter,
        unread.arrived,
        effective_mode(unread.request.mode, unread.serving.release, []),
        reference=read.reference,
        encode_only=unread.encode_only,
    )


def _text_query(shown: str, reading: Reading, texts: Mapping[str, _Text]) -> Query:
    text = _encoded_text(reading)
    read = texts[text]
    return Query(shown, read.features, reading, text, read.truncated, read.known, read.unknown)
