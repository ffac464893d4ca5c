"""Searches answered one after the other where they are asked, without processes and queues: what a program needs."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import orjson

from indexer.chemistry import Chemistry
from indexer.chemistry.name_reader import NameReader
from service.answering.answers import AnswerWriter, answer
from service.answering.asked import Found, Search
from service.answering.queries import QueryReader
from service.answering.ranking import rank
from service.answering.searcher import Searcher
from service.answering.searches import SearchReader, Unread
from service.answering.serving import Serving
from service.answering.vector_cache import VectorCache
from service.schemas import Mol2MolRequest, Mol2TextRequest, Text2MolRequest
from service.settings import Settings


class DirectSearch:
    """Searches of one snapshot, with the answers that the service gives. Safe to use from several threads.

    RDKit runs in the thread that asks, so that a structure takes as long as it takes.
    """

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        release, checkpoint = serving.release, serving.checkpoint
        most = max(release.molecules.count, release.descriptions.count, 1)
        # Of the environment, which is a service's, nothing is read.
        settings = Settings.model_construct(checkpoint=checkpoint.name, index=Path(), max_k=most, max_hits=most)
        chemistry = Chemistry(
            settings.structure_limits,
            {checkpoint.digest: checkpoint.encoder.featurizer},
            workers=0,
            names=NameReader.find(),
        )
        cache = VectorCache(settings.cached_queries)
        self._reader = SearchReader(QueryReader(settings, chemistry), cache)
        self._searcher = Searcher(chemistry, settings.filter_seconds, cache)
        self._writer = AnswerWriter(chemistry)
        self._writing = threading.Lock()
        self._chemistry = chemistry

    def close(self) -> None:
        """End what reads names."""
        self._chemistry.close()

    def search(self, request: Text2MolRequest | Mol2TextRequest | Mol2MolRequest) -> tuple[Found, dict[str, Any]]:
        """What was found, and the answer as `schemas.SearchResponse` has it. Raises `Problem` as the service does."""
        found = self._find(self._read(request))
        with self._writing:
            return found, orjson.loads(answer(self._writer.write([found])))

    def _read(self, request: Text2MolRequest | Mol2TextRequest | Mol2MolRequest) -> Search:
        arrived = time.perf_counter()
        if not isinstance(request, Text2MolRequest):
            return self._reader.structures(request, self._serving, arrived)
        (read,) = self._reader.texts([Unread(request, self._serving, arrived)])
        if isinstance(read, Exception):
            raise read
        return read

    def _find(self, search: Search) -> Found:
        (encoded,) = self._searcher.encode_and_search([search])
        if isinstance(encoded, Exception):
            raise encoded
        if encoded.hits is not None:
            return Found(search, rank(search, encoded, self._searcher.words(search)))
        return Found(search, self._searcher.alone(search, encoded.vectors))
