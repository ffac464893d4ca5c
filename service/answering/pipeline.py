"""A search from its request to its JSON. What needs no waiting is done in one batch for all who ask at the same time.

A text goes through one batch: read, encode, search, look words up, rank, write. Structures, and texts that turn out to
need a worker process (a name for OPSIN, a structure behind a label), are read before it, in threads that may wait.
Filters and Morgan ranking follow it, in threads, and their hits are written in another batch. One batch for all steps
rather than one a step: steps that hand over to each other have half-full batches, and threads that take turns at
Python's lock. A request that is as much work as a batch is read in a thread for such requests and comes in
parts, one after the other, each in a batch of its own, so that nobody waits for more than a part of it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any, TypeVar

import numpy as np

from indexer.chemistry import Chemistry
from indexer.search.identifiers import read_identifier
from indexer.search.understanding import looks_like_structure
from service.answering.answers import AnswerWriter, Written
from service.answering.asked import A_QUERY, Found, Ranking, Search, Vectors, tokens_of
from service.answering.batcher import Batcher, Observe
from service.answering.executor import BoundedExecutor
from service.answering.queries import QueryReader, effective_mode
from service.answering.ranking import rank
from service.answering.searcher import Searcher
from service.answering.searches import SearchReader, Unread
from service.answering.serving import Serving
from service.answering.threads import use_threads
from service.answering.vector_cache import VectorCache
from service.answering.without_workers import WithoutWorkers, WorkerNeededError
from service.schemas import EmbedRequest, Mol2MolRequest, Mol2TextRequest, Text2MolRequest
from service.settings import Settings

# What one batch may hold: tokens or atoms to encode, hits to write, `A_QUERY` for each query. More gains little, and
# everyone in it waits.
_BUDGET = 8192
_HEAVY = 2048  # of one request: from here on it comes in parts
_PART = 512
_ALONE = 400  # most parts, and what is several times as much work as the usual search
_READERS_A_WORKER = 4


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A search whose filter, or order, needed more than its batch: what there is to write."""

    search: Search
    rankings: Sequence[Ranking]


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A search that goes on by itself from its vectors `(queries, dim)`."""

    search: Search
    vectors: Vectors


_Job = Unread | Search | _Ranked
_Done = Written | _Encoded
T = TypeVar("T")


class Pipeline:
    """The stages of searches. A caller that is cancelled leaves what has not begun undone.

    Searches raise `Problem` for what is wrong with a request, `QueueFullError` where too many wait for a thread.
    """

    def __init__(self, settings: Settings, chemistry: Chemistry, executor: BoundedExecutor) -> None:
        self._observe: Observe | None = None
        self._executor = executor
        self.cache = VectorCache(settings.cached_queries)
        self._reader = SearchReader(QueryReader(settings, chemistry), self.cache)
        self._batch_reader = SearchReader(QueryReader(settings, WithoutWorkers(chemistry)), self.cache)
        self._searcher = Searcher(chemistry, settings.filter_seconds, self.cache)
        self._writer = AnswerWriter(chemistry)
        self._longest_text = settings.max_text_characters
        # Its threads wait for chemistry workers, which are to be busy all the time. Who may wait for a thread has been
        # admitted already.
        self._structures = BoundedExecutor(
            "structures", _READERS_A_WORKER * settings.chemistry_workers, settings.max_requests, 1
        )
        # One, so that what is long keeps Python's lock from the others no more than one thread does.
        self._long = BoundedExecutor("long", 1, settings.max_requests, 1)
        self._batches: Batcher[_Job, _Done] = Batcher(
            "search",
            self._work,
            budget=_BUDGET,
            alone=_ALONE,
            prepare=partial(use_threads, settings.threads_per_search),
        )

    async def text2mol(self, request: Text2MolRequest, serving: Serving, arrived: float) -> list[Written]:
        """What a text search finds, in parts. `arrived`: `time.perf_counter()` when the request did."""
        unread = Unread(request, serving, arrived)
        structural = self._structural(request, serving)
        heavy = _weight(unread) >= _HEAVY
        if not structural and not heavy and request.reference is None and request.filter is None:
            with suppress(WorkerNeededError):
                return [await self._finished(unread)]
        return await self._found(await self._read_texts(unread, heavy=heavy and not structural))

    async def mol2text(self, request: Mol2TextRequest, serving: Serving, arrived: float) -> list[Written]:
        """What a structure search finds, in parts. `arrived` as for `text2mol`."""
        return await self._found(await self._read_structures(request, serving, arrived))

    async def mol2mol(self, request: Mol2MolRequest, serving: Serving, arrived: float) -> list[Written]:
        """What a search for molecules like a structure finds, in parts. `arrived` as for `text2mol`."""
        return await self._found(await self._read_structures(request, serving, arrived))

    async def convert(self, call: Callable[[], T]) -> T:
        """`call()`, made in the thread for what is long: a piece of an answer in another format."""
        return await self._long.run(call)

    async def embed_text(self, request: EmbedRequest, serving: Serving) -> tuple[Search, Vectors]:
        """Texts as they were read, and their vectors `(queries, dim)`."""
        whole = Text2MolRequest(query=request.query, queries=request.queries, k=1, mode="vector")
        unread = Unread(whole, serving, 0.0, encode_only=True)
        heavy = _weight(unread) >= _HEAVY
        return await self._embed(await self._read_texts(unread, heavy=True) if heavy else unread)

    async def embed_molecule(self, request: EmbedRequest, serving: Serving) -> tuple[Search, Vectors]:
        """Structures as they were read, standardised as the release is, and their vectors `(queries, dim)`."""
        whole = Mol2MolRequest(query=request.query, queries=request.queries, k=1)
        search = replace(await self._read_structures(whole, serving, 0.0), encode_only=True)
        return await self._embed(search)

    async def _read_structures(
        self, request: Mol2TextRequest | Mol2MolRequest, serving: Serving, arrived: float
    ) -> Search:
        return await self._read(self._structures, partial(self._reader.structures, request, serving, arrived))

    async def _read_texts(self, unread: Unread, *, heavy: bool) -> Search:
        lane = self._long if heavy else self._structures  # RDKit may take its time
        [read] = await self._read(lane, partial(self._reader.texts, [unread]))
        if isinstance(read, Exception):
            raise read
        return read

    async def _read(self, lane: BoundedExecutor, read: Callable[[Callable[[], bool]], T]) -> T:
        """What `read` reads in a thread; it is told whether the caller was cancelled."""
        left = threading.Event()
        try:
            return await lane.run(lambda: read(left.is_set))
        except asyncio.CancelledError:
            left.set()  # a request may have many structures, and the workers are everyone's
            raise

    async def _embed(self, job: Unread | Search) -> tuple[Search, Vectors]:
        if isinstance(job, Unread):
            encoded = await self._encoded(job)
            return encoded.search, encoded.vectors
        return job, np.concatenate([(await self._encoded(part)).vectors for part in job.in_parts(_PART)])

    async def _encoded(self, job: Unread | Search) -> _Encoded:
        encoded = await self._batches(job, _weight(job))
        assert isinstance(encoded, _Encoded)
        return encoded

    async def _found(self, search: Search) -> list[Written]:
        if _weight(search) < _HEAVY:
            return [await self._finished(search)]
        parts = list(search.in_parts(_PART))
        if search.filter is None and search.rank_by == "embedding":
            return [await self._finished(part) for part in parts]
        _, vectors = await self._embed(search)
        rankings = iter(await self._executor.run(partial(self._searcher.alone, search, vectors)))
        return [await self._written(_Ranked(part, list(islice(rankings, len(part.queries))))) for part in parts]

    async def _finished(self, job: Unread | Search) -> Written:
        done = await self._batches(job, _weight(job))
        if isinstance(done, Written):
            return done
        return await self._written(
            _Ranked(done.search, await self._executor.run(partial(self._searcher.alone, done.search, done.vectors)))
        )

    async def _written(self, ranked: _Ranked) -> Written:
        written = await self._batches(ranked, _weight(ranked))
        assert isinstance(written, Written)
        return written

    def _work(self, batch: Sequence[_Job]) -> list[_Done | Exception]:
        """Takes each job of a batch to its answer, or to its vectors if it goes on by itself."""
        models = [_serving(job).checkpoint.digest for job in batch]
        done: dict[int, _Done | Exception] = {}
        for model in dict.fromkeys(models):  # one, but for the moment in which another is taken into service
            own = [number for number, other in enumerate(models) if other == model]
            done.update(zip(own, self._work_with_one([batch[number] for number in own]), strict=True))
        return [done[number] for number in range(len(batch))]

    def _work_with_one(self, batch: Sequence[_Job]) -> list[_Done | Exception]:
        """As `_work`, for jobs that are served by one checkpoint."""
        done: dict[int, _Done | Exception] = {}
        found: dict[int, Found] = {}
        searches: dict[int, Search] = {}
        unread: dict[int, Unread] = {}
        for number, job in enumerate(batch):
            if isinstance(job, _Ranked):
                found[number] = Found(job.search, job.rankings)
            elif isinstance(job, Search):
                searches[number] = job
            else:
                unread[number] = job
        with self._timed("read", len(unread)):
            for number, read in zip(unread, self._batch_reader.texts(list(unread.values())), strict=True):
                if isinstance(read, Exception):
                    done[number] = read
                else:
                    searches[number] = read
        with self._timed("encode", len(searches)):
            encoded = self._searcher.encode_and_search(list(searches.values()))
        with self._timed("rank", len(searches)):
            for (number, search), one in zip(searches.items(), encoded, strict=True):
                if isinstance(one, Exception):
                    done[number] = one
                elif one.hits is None:
                    done[number] = _Encoded(search, one.vectors)
                else:
                    found[number] = Found(search, rank(search, one, self._searcher.words(search)))
        with self._timed("write", len(found)):
            done.update(zip(found, self._writer.write(list(found.values())), strict=True))
        return [done[number] for number in range(len(batch))]

    @contextmanager
    def _timed(self, step: str, size: int) -> Iterator[None]:
        began = time.perf_counter()
        yield
        if size and self._observe is not None:
            self._observe(step, size, None, time.perf_counter() - began)

    def observe(self, observe: Observe) -> None:
        """Have every stage, and every step of a batch, tell `observe` what it has done."""
        self._observe = observe
        for stage in self.stages:
            stage.observe = observe

    @property
    def pending(self) -> int:
        """Searches waiting or running in a stage of the pipeline's own."""
        return sum(stage.pending for stage in self.stages)

    @property
    def stages(self) -> tuple[Batcher[Any, Any] | BoundedExecutor, ...]:
        """The stages of their own, in order."""
        return self._structures, self._long, self._batches

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


def _serving(job: _Job) -> Serving:
    return job.search.serving if isinstance(job, _Ranked) else job.serving


def _weight(job: _Job) -> int:
    """Tokens or atoms that a job has to encode, about, and hits to write."""
    if isinstance(job, _Ranked):
        return job.search.hits
    if isinstance(job, Search):
        return job.weight + job.hits
    request = job.request
    texts = [request.query] if request.query is not None else request.queries or []
    return tokens_of(sum(map(len, texts))) + len(texts) * (A_QUERY + request.k)
