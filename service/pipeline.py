"""A search from its request to its JSON: read → encode and search, words beside → rank and write. Stages batch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch

from indexer.chemistry import Chemistry
from indexer.search.identifiers import read_identifier
from indexer.search.understanding import looks_like_structure
from service.answers import AnswerWriter
from service.asked import Encoded, Found, Ranking, Search, Vectors, Words
from service.batcher import Batcher
from service.executor import BoundedExecutor
from service.queries import QueryReader, effective_mode
from service.ranking import rank
from service.schemas import EmbedRequest, Mol2MolRequest, Mol2TextRequest, Text2MolRequest
from service.searcher import Searcher
from service.searches import SearchReader, Unread
from service.serving import Serving
from service.settings import Settings
from service.vector_cache import VectorCache

# What one batch of a stage may hold. Larger ones gain little and make everyone in them wait.
_TEXT_CHARACTERS = 20_000
_TOKENS_OR_ATOMS = 2048  # what the encoder takes at once on a CPU
_HITS = 2000
_QUERIES = 64
_READERS_A_WORKER = 4


@dataclass(frozen=True, slots=True)
class _Unranked:
    """What was found for a search: by vectors and words, or in order, where a filter needed it."""

    search: Search
    encoded: Encoded
    words: Sequence[Words] | None = None
    rankings: Sequence[Ranking] | None = None


class Pipeline:
    """The stages of searches. A caller that is cancelled leaves what has not begun undone.

    Searches raise `Problem` for what is wrong with a request, `QueueFullError` where too many wait for a thread.
    """

    def __init__(self, settings: Settings, chemistry: Chemistry, executor: BoundedExecutor) -> None:
        self._executor = executor
        self.cache = VectorCache(settings.cached_queries)
        self._reader = SearchReader(QueryReader(settings, chemistry), self.cache)
        self._searcher = Searcher(chemistry, settings.filter_seconds, self.cache)
        self._writer = AnswerWriter(chemistry)
        self._longest_text = settings.max_text_characters
        # Its threads wait for chemistry workers, which are to be busy all the time. Who may wait for a thread has been
        # admitted already.
        self._structures = BoundedExecutor(
            "structures", _READERS_A_WORKER * settings.chemistry_workers, settings.max_requests, 1
        )
        self._read: Batcher[Unread, Search] = Batcher("read", self._reader.texts, budget=_TEXT_CHARACTERS)
        self._words: Batcher[Search, Sequence[Words]] = Batcher("words", self._searcher.words, budget=_QUERIES)
        self._search: Batcher[Search, Encoded] = Batcher(
            "encode",
            self._searcher.encode_and_search,
            budget=_TOKENS_OR_ATOMS,
            prepare=partial(torch.set_num_threads, settings.threads_per_search),
        )
        self._write: Batcher[_Unranked, bytes] = Batcher("write", self._rank_and_write, budget=_HITS)

    async def text2mol(self, request: Text2MolRequest, serving: Serving, arrived: float) -> bytes:
        """The answer to a text search. `arrived`: `time.perf_counter()` when the request did."""
        unread = Unread(request, serving, arrived)
        if request.reference is None and request.filter is None and not self._structural(request, serving):
            search = await self._read(unread, _characters(request))
        else:  # RDKit may be needed, and may take its time
            [read] = await self._structures.run(lambda: self._reader.texts([unread]))
            if isinstance(read, Exception):
                raise read
            search = read
        return await self._answer(search)

    async def mol2text(self, request: Mol2TextRequest, serving: Serving, arrived: float) -> bytes:
        """The answer to a structure search. `arrived` as for `text2mol`."""
        return await self._answer(
            await self._structures.run(lambda: self._reader.structures(request, serving, arrived))
        )

    async def mol2mol(self, request: Mol2MolRequest, serving: Serving, arrived: float) -> bytes:
        """The answer to a search for molecules like a structure. `arrived` as for `text2mol`."""
        return await self._answer(
            await self._structures.run(lambda: self._reader.structures(request, serving, arrived))
        )

    async def embed_text(self, request: EmbedRequest, serving: Serving) -> tuple[Search, Vectors]:
        """Texts as they were read, and their vectors `(queries, dim)`."""
        whole = Text2MolRequest(query=request.query, queries=request.queries, k=1, mode="vector")
        search = await self._read(Unread(whole, serving, 0.0), _characters(whole))
        return await self._embed(search)

    async def embed_molecule(self, request: EmbedRequest, serving: Serving) -> tuple[Search, Vectors]:
        """Structures as they were read, standardised as the release is, and their vectors `(queries, dim)`."""
        whole = Mol2MolRequest(query=request.query, queries=request.queries, k=1)
        return await self._embed(await self._read_structures(whole, serving, 0.0))

    async def _read_structures(
        self, request: Mol2TextRequest | Mol2MolRequest, serving: Serving, arrived: float
    ) -> Search:
        return await self._structures.run(partial(self._reader.structures, request, serving, arrived))

    async def _embed(self, search: Search) -> tuple[Search, Vectors]:
        search = replace(search, k=0)
        return search, (await self._search(search, search.weight)).vectors

    async def _answer(self, search: Search) -> bytes:
        if search.rank_by == "morgan":
            encoded = await self._search(search, search.weight)
            rankings = await self._executor.run(lambda: self._searcher.by_morgan(search, encoded.vectors))
            return await self._write(_Unranked(search, encoded, rankings=rankings), search.hits)
        if search.filtered:
            encoded = await self._search(search, search.weight)
            rankings = await self._executor.run(lambda: self._searcher.filtered(search, encoded.vectors))
            return await self._write(_Unranked(search, encoded, rankings=rankings), search.hits)
        words: Sequence[Words] | None = None
        if any(query.reading.words is not None or query.reading.suggest for query in search.queries):
            encoded, words = await asyncio.gather(
                self._search(search, search.weight), self._words(search, len(search.queries))
            )
        else:
            encoded = await self._search(search, search.weight)
        return await self._write(_Unranked(search, encoded, words), search.hits)

    @property
    def pending(self) -> int:
        """Searches waiting or running in a stage of the pipeline's own."""
        return sum(stage.pending for stage in self.stages)

    @property
    def stages(self) -> tuple[Batcher[Any, Any] | BoundedExecutor, ...]:
        """The stages of their own, in order."""
        return self._read, self._structures, self._words, self._search, self._write

    def close(self) -> None:
        """Take no more searches; none that runs is waited for."""
        for stage in self.stages:
            stage.close()

    def _structural(self, request: Text2MolRequest, serving: Serving) -> bool:
        """Whether a worker process will be asked for a structure, which may take its time."""
        if effective_mode(request.mode, serving.release, []) == "vector":
            return False
        texts = [request.query] if request.query is not None else request.queries or []
        return any(
            len(text) <= self._longest_text and (looks_like_structure(text) or read_identifier(text)) for text in texts
        )

    def _rank_and_write(self, batch: Sequence[_Unranked]) -> list[bytes | Exception]:
        return self._writer.write([_found(unranked) for unranked in batch])


def _found(unranked: _Unranked) -> Found:
    rankings = unranked.rankings
    if rankings is None:
        rankings = rank(unranked.search, unranked.encoded, unranked.words)
    return Found(unranked.search, rankings)


def _characters(request: Text2MolRequest) -> int:
    texts = [request.query] if request.query is not None else request.queries or []
    return sum(map(len, texts))
