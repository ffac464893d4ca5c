"""A search from its request to its JSON: read → encode and search → write. Each stage batches what is concurrent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch

from indexer.chemistry import Chemistry
from model.network.encoder import TextMoleculeEncoder
from service.answers import AnswerWriter, Found
from service.batcher import Batcher
from service.executor import BoundedExecutor
from service.problems import Problem
from service.queries import QueryReader, TextQueries
from service.schemas import Mol2TextRequest, Text2MolRequest
from service.searcher import Query, Ranking, Search, Searcher, Vectors
from service.serving import Serving
from service.settings import Settings
from service.vector_cache import VectorCache

# What one batch of a stage may hold. Larger ones gain little and make everyone in them wait.
_TEXT_CHARACTERS = 20_000
_TOKENS_OR_ATOMS = 2048  # what the encoder takes at once on a CPU
_HITS = 2000


@dataclass(frozen=True, slots=True)
class _Unread:
    request: Text2MolRequest
    serving: Serving
    arrived: float


class Pipeline:
    """The stages of searches. A caller that is cancelled leaves what has not begun undone.

    Searches raise `Problem` for what is wrong with a request, `QueueFullError` where too many wait for a thread.
    """

    def __init__(self, settings: Settings, chemistry: Chemistry, executor: BoundedExecutor) -> None:
        self._executor = executor
        self._reader = QueryReader(settings, chemistry)
        self.cache = VectorCache(settings.cached_queries)
        self._searcher = Searcher(chemistry, settings.filter_seconds, self.cache)
        self._writer = AnswerWriter(chemistry)
        self._read: Batcher[_Unread, Search] = Batcher("read", self._read_texts, budget=_TEXT_CHARACTERS)
        self._search: Batcher[Search, Sequence[Ranking] | Vectors] = Batcher(
            "encode",
            self._searcher.encode_and_search,
            budget=_TOKENS_OR_ATOMS,
            prepare=partial(torch.set_num_threads, settings.threads_per_search),
        )
        self._write: Batcher[Found, bytes] = Batcher("write", self._writer.write, budget=_HITS)

    async def text2mol(self, request: Text2MolRequest, serving: Serving, arrived: float) -> bytes:
        """The answer to a text search. `arrived`: `time.perf_counter()` when the request did."""
        unread = _Unread(request, serving, arrived)
        if request.reference is None and request.filter is None:
            search = await self._read(unread, _characters(request))
        else:  # RDKit may be needed, and may take its time
            [read] = await self._executor.run(lambda: self._read_texts([unread]))
            if isinstance(read, Exception):
                raise read
            search = read
        return await self._answer(search)

    async def mol2text(self, request: Mol2TextRequest, serving: Serving, arrived: float) -> bytes:
        """The answer to a structure search. `arrived` as for `text2mol`."""
        return await self._answer(await self._executor.run(lambda: self._read_structures(request, serving, arrived)))

    async def _answer(self, search: Search) -> bytes:
        found = await self._search(search, search.weight)
        if isinstance(found, np.ndarray):
            vectors = found
            found = await self._executor.run(lambda: self._searcher.filtered(search, vectors))
        return await self._write(Found(search, found), search.hits)

    @property
    def pending(self) -> int:
        """Searches waiting or running in a stage that batches."""
        return sum(stage.pending for stage in self.stages)

    @property
    def stages(self) -> tuple[Batcher[Any, Any], ...]:
        """The stages that batch, in order."""
        return self._read, self._search, self._write

    def close(self) -> None:
        """Take no more searches; none that runs is waited for."""
        for stage in self.stages:
            stage.close()

    def _read_texts(self, batch: Sequence[_Unread]) -> list[Search | Exception]:
        """Checked one by one, and those whose vectors are not known turned into features together."""
        outcomes: list[TextQueries | Problem] = []
        for unread in batch:
            manifest = unread.serving.release.manifest
            try:
                outcomes.append(self._reader.texts(unread.request, manifest.standardization, manifest.tags))
            except Problem as problem:
                outcomes.append(problem)
        encoder = batch[0].serving.checkpoint.encoder
        texts = {text for outcome in outcomes if isinstance(outcome, TextQueries) for text in outcome.texts}
        queries = self._text_queries(encoder, list(texts))
        return [
            outcome if isinstance(outcome, Problem) else _text_search(unread, outcome, queries)
            for unread, outcome in zip(batch, outcomes, strict=True)
        ]

    def _text_queries(self, encoder: TextMoleculeEncoder, texts: Sequence[str]) -> dict[str, Query]:
        queries: dict[str, Query] = {}
        for text in texts:
            known = self.cache.get(text)
            if known is not None:
                queries[text] = Query(text, None, known.truncated, known.vector)
        new = [text for text in texts if text not in queries]
        features = encoder.text_featurizer(new)
        counts = encoder.count_tokens(new)
        for text, read, tokens in zip(new, features, counts, strict=True):
            queries[text] = Query(text, read, tokens > encoder.max_text_tokens)
        return queries

    def _read_structures(self, request: Mol2TextRequest, serving: Serving, arrived: float) -> Search:
        manifest = serving.release.manifest
        queries = self._reader.structures(request, manifest.standardization, manifest.tags)
        return Search(
            serving,
            "mol2text",
            [
                Query(structure.smiles, structure.features, fingerprint=structure.fingerprint)
                for structure in queries.structures
            ],
            queries.k,
            queries.filter,
            arrived,
        )


def _text_search(unread: _Unread, read: TextQueries, queries: Mapping[str, Query]) -> Search:
    return Search(
        unread.serving,
        "text2mol",
        [queries[text] for text in read.texts],
        read.k,
        read.filter,
        unread.arrived,
        read.reference,
    )


def _characters(request: Text2MolRequest) -> int:
    texts = [request.query] if request.query is not None else request.queries or []
    return sum(map(len, texts))
