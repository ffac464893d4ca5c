"""The client for `async` code: the same methods, awaited."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Literal, Self, TypeVar, Unpack

import httpx2

from molseek_client import calls, checks
from molseek_client.calls import BATCH, Call
from molseek_client.errors import MisuseError, MolseekError, ProblemError
from molseek_client.models import Molecule, Refused, Result, Suggestion, Version
from molseek_client.options import Mol2MolOptions, Mol2TextOptions, Route, SearchOptions, Text2MolOptions
from molseek_client.progress import batched, watched
from molseek_client.retrying import Attempts, Patience
from molseek_client.versions import SKEW_CODES, skew

T = TypeVar("T")


class AsyncClient:
    """A Molseek service at `url`, as `Client`. Use it in an `async with` block, or close it.

    Bulk searches keep several batches in flight: `concurrency`.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        patience: Patience | None = None,
        timeout: float = 60.0,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        if isinstance(http, httpx2.Client):
            raise MisuseError("http is a Client, whose answers are not awaited: molseek_client.Client takes it")
        self.url = calls.address(url)
        self._headers = calls.headers(key)
        checks.instance("patience", patience, Patience, "a Patience, such as Patience(attempts=3)")
        checks.instance("http", http, httpx2.AsyncClient, "an httpx2.AsyncClient")
        self._patience = patience or Patience()
        self._http = http or httpx2.AsyncClient(timeout=checks.seconds("timeout", timeout))
        self._own = http is None

    async def text2mol(self, query: str, k: int = 10, **options: Unpack[Text2MolOptions]) -> Result:
        """The k molecules that fit a description best, or that a name, identifier or structure is."""
        return await self._send(calls.one("text2mol", query, k, options))

    async def mol2text(self, query: str, k: int = 10, **options: Unpack[Mol2TextOptions]) -> Result:
        """The k descriptions that fit a structure (SMILES, InChI, molblock) best."""
        return await self._send(calls.one("mol2text", query, k, options))

    async def mol2mol(self, query: str, k: int = 10, **options: Unpack[Mol2MolOptions]) -> Result:
        """The k molecules most like a structure."""
        return await self._send(calls.one("mol2mol", query, k, options))

    async def pages(
        self, route: Route, query: str, k: int = 100, **options: Unpack[SearchOptions]
    ) -> AsyncIterator[Result]:
        """All hits of a search, k at a time, as `Client.pages`."""
        call: Call[Result] | None = calls.one(route, query, k, options)
        while call is not None:
            yield (page := await self._send(call))
            call = calls.following(call, page)

    def bulk_text2mol(
        self,
        queries: Iterable[str],
        k: int = 10,
        *,
        progress: bool = False,
        concurrency: int = 4,
        **options: Unpack[Text2MolOptions],
    ) -> AsyncIterator[Result | Refused]:
        """A result for each description, in order, as `Client.bulk_text2mol`."""
        return self._bulk("text2mol", queries, {"k": k, **options}, progress, concurrency)

    def bulk_mol2text(
        self,
        queries: Iterable[str],
        k: int = 10,
        *,
        progress: bool = False,
        concurrency: int = 4,
        **options: Unpack[Mol2TextOptions],
    ) -> AsyncIterator[Result | Refused]:
        """A result for each structure, in order, as `Client.bulk_text2mol`."""
        return self._bulk("mol2text", queries, {"k": k, **options}, progress, concurrency)

    def bulk_mol2mol(
        self,
        queries: Iterable[str],
        k: int = 10,
        *,
        progress: bool = False,
        concurrency: int = 4,
        **options: Unpack[Mol2MolOptions],
    ) -> AsyncIterator[Result | Refused]:
        """A result for each structure, in order, as `Client.bulk_text2mol`."""
        return self._bulk("mol2mol", queries, {"k": k, **options}, progress, concurrency)

    async def embed_text(self, texts: Iterable[str]) -> list[list[float]]:
        """A unit vector for each text; its products with those of molecules are the scores of searches."""
        return await self._embed("text", texts)

    async def embed_molecule(self, structures: Iterable[str]) -> list[list[float]]:
        """A unit vector for each structure, standardised as the molecules of the corpus are."""
        return await self._embed("molecule", structures)

    async def suggest(self, prefix: str, limit: int = 10) -> list[Suggestion]:
        """Names of the corpus that begin so, short ones first."""
        return await self._send(calls.suggest(prefix, limit))

    async def molecule(self, id: str | int) -> Molecule:
        """A molecule of the corpus by its id or PubChem CID."""
        return await self._send(calls.molecule(id))

    async def drawing(self, id: str | int, width: int = 300, height: int = 200) -> str:
        """The structure of a molecule of the corpus as SVG; width and height in pixels."""
        return await self._send(calls.drawing(id, width, height))

    async def version(self) -> Version:
        """What is running: service, checkpoint, release and its tags."""
        return await self._send(calls.version())

    async def version_skew(self) -> str | None:
        """A sentence that says whether service or client is older; None where they match."""
        return skew((await self.version()).version)

    async def close(self) -> None:
        if self._own:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _embed(self, what: Literal["text", "molecule"], queries: Iterable[str]) -> list[list[float]]:
        vectors: list[list[float]] = []
        for batch in batched(calls.several(queries), BATCH):
            try:
                found = await self._send(calls.embed(what, batch))
            except ProblemError as problem:
                calls.place(problem, batch, len(vectors))
                raise
            vectors += found
        return vectors

    def _bulk(
        self, route: Route, queries: Iterable[str], options: Mapping[str, object], progress: bool, concurrency: int
    ) -> AsyncIterator[Result | Refused]:
        batches = batched(watched(calls.several(queries), progress), BATCH)
        return self._in_flight(route, batches, options, checks.count("concurrency", concurrency))

    async def _in_flight(
        self, route: Route, batches: Iterable[list[str]], options: Mapping[str, object], concurrency: int
    ) -> AsyncIterator[Result | Refused]:
        asked: deque[asyncio.Task[list[Result | Refused]]] = deque()
        try:
            for batch in batches:
                asked.append(asyncio.create_task(self._answers(route, batch, options)))
                if len(asked) >= concurrency:
                    for answer in await asked.popleft():
                        yield answer
            while asked:
                for answer in await asked.popleft():
                    yield answer
        finally:
            for task in asked:
                task.cancel()

    async def _answers(
        self, route: Route, batch: Sequence[str], options: Mapping[str, object]
    ) -> list[Result | Refused]:
        try:
            return [*await self._send(calls.search(route, batch, options))]
        except ProblemError as problem:
            pieces = calls.divide(batch, problem)
        answers: list[Result | Refused] = []
        for piece in pieces:
            answers += [piece] if isinstance(piece, Refused) else await self._answers(route, piece, options)
        return answers

    async def _send(self, call: Call[T]) -> T:
        attempts = Attempts(self._patience)
        while (pause := attempts.pause(outcome := await self._try(call))) is not None:
            await asyncio.sleep(pause)
        try:
            return calls.read(call, outcome, self.url)
        except ProblemError as problem:
            if problem.code in SKEW_CODES and (said := await self._skew()) is not None:
                problem.add_note(said)
            raise

    async def _try(self, call: Call[T]) -> httpx2.Response | httpx2.RequestError:
        calls.sendable(self._http)
        content = call.content()
        try:
            return await self._http.request(call.method, self.url + call.path, content=content, headers=self._headers)
        except httpx2.RequestError as error:
            return error

    async def _skew(self) -> str | None:
        call = calls.version()
        try:
            return skew(calls.read(call, await self._try(call), self.url).version)
        except MolseekError:
            return None
