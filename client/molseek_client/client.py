"""The client that waits for its answers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


class Client:
    """A Molseek service at `url`. Use it in a `with` block, or close it; several threads may share it.

    key: API key, where the service asks for one. patience: how long to try where it is busy or away.
    timeout: seconds for one answer. http: an `httpx2.Client` of your own, with your proxies, certificates and timeout.

    Every method raises `ProblemError` where the service refuses, `UnreachableError` where it does not answer, and
    `MisuseError` where nothing can be sent. Searches take the options of `molseek_client.options`.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        patience: Patience | None = None,
        timeout: float = 60.0,
        http: httpx2.Client | None = None,
    ) -> None:
        if isinstance(http, httpx2.AsyncClient):
            raise MisuseError("http is an AsyncClient, whose answers are awaited: molseek_client.AsyncClient takes it")
        self.url = calls.address(url)
        self._headers = calls.headers(key)
        checks.instance("patience", patience, Patience, "a Patience, such as Patience(attempts=3)")
        checks.instance("http", http, httpx2.Client, "an httpx2.Client")
        self._patience = patience or Patience()
        self._http = http or httpx2.Client(timeout=checks.seconds("timeout", timeout))
        self._own = http is None

    def text2mol(self, query: str, k: int = 10, **options: Unpack[Text2MolOptions]) -> Result:
        """The k molecules that fit a description best, or that a name, identifier or structure is."""
        return self._send(calls.one("text2mol", query, k, options))

    def mol2text(self, query: str, k: int = 10, **options: Unpack[Mol2TextOptions]) -> Result:
        """The k descriptions that fit a structure (SMILES, InChI, molblock) best."""
        return self._send(calls.one("mol2text", query, k, options))

    def mol2mol(self, query: str, k: int = 10, **options: Unpack[Mol2MolOptions]) -> Result:
        """The k molecules most like a structure."""
        return self._send(calls.one("mol2mol", query, k, options))

    def pages(self, route: Route, query: str, k: int = 100, **options: Unpack[SearchOptions]) -> Iterator[Result]:
        """All hits of a search (`text2mol`, …), k at a time, as many as the service gives out.

        Raises `ProblemError` with the code `cursor_other_release` where a new release comes into service in between.
        """
        call: Call[Result] | None = calls.one(route, query, k, options)
        while call is not None:
            yield (page := self._send(call))
            call = calls.following(call, page)

    def bulk_text2mol(
        self, queries: Iterable[str], k: int = 10, *, progress: bool = False, **options: Unpack[Text2MolOptions]
    ) -> Iterator[Result | Refused]:
        """A result for each description, in order, as answers come; a description at fault gives `Refused`.

        Any number of queries: they are sent in batches. progress: show a bar, where tqdm is installed.
        """
        return self._bulk("text2mol", queries, {"k": k, **options}, progress)

    def bulk_mol2text(
        self, queries: Iterable[str], k: int = 10, *, progress: bool = False, **options: Unpack[Mol2TextOptions]
    ) -> Iterator[Result | Refused]:
        """A result for each structure, as `bulk_text2mol`."""
        return self._bulk("mol2text", queries, {"k": k, **options}, progress)

    def bulk_mol2mol(
        self, queries: Iterable[str], k: int = 10, *, progress: bool = False, **options: Unpack[Mol2MolOptions]
    ) -> Iterator[Result | Refused]:
        """A result for each structure, as `bulk_text2mol`."""
        return self._bulk("mol2mol", queries, {"k": k, **options}, progress)

    def embed_text(self, texts: Iterable[str]) -> list[list[float]]:
        """A unit vector for each text; its products with those of molecules are the scores of searches."""
        return self._embed("text", texts)

    def embed_molecule(self, structures: Iterable[str]) -> list[list[float]]:
        """A unit vector for each structure, standardised as the molecules of the corpus are."""
        return self._embed("molecule", structures)

    def suggest(self, prefix: str, limit: int = 10) -> list[Suggestion]:
        """Names of the corpus that begin so, short ones first."""
        return self._send(calls.suggest(prefix, limit))

    def molecule(self, id: str | int) -> Molecule:
        """A molecule of the corpus by its id or PubChem CID."""
        return self._send(calls.molecule(id))

    def drawing(self, id: str | int, width: int = 300, height: int = 200) -> str:
        """The structure of a molecule of the corpus as SVG; width and height in pixels."""
        return self._send(calls.drawing(id, width, height))

    def version(self) -> Version:
        """What is running: service, checkpoint, release and its tags."""
        return self._send(calls.version())

    def version_skew(self) -> str | None:
        """A sentence that says whether service or client is older; None where they match."""
        return skew(self.version().version)

    def close(self) -> None:
        if self._own:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _embed(self, what: Literal["text", "molecule"], queries: Iterable[str]) -> list[list[float]]:
        vectors: list[list[float]] = []
        for batch in batched(calls.several(queries), BATCH):
            try:
                found = self._send(calls.embed(what, batch))
            except ProblemError as problem:
                calls.place(problem, batch, len(vectors))
                raise
            vectors += found
        return vectors

    def _bulk(
        self, route: Route, queries: Iterable[str], options: Mapping[str, object], progress: bool
    ) -> Iterator[Result | Refused]:
        batches = batched(watched(calls.several(queries), progress), BATCH)
        return (answer for batch in batches for answer in self._answers(route, batch, options))

    def _answers(self, route: Route, batch: Sequence[str], options: Mapping[str, object]) -> Iterator[Result | Refused]:
        try:
            answers = self._send(calls.search(route, batch, options))
        except ProblemError as problem:
            for piece in calls.divide(batch, problem):
                if isinstance(piece, Refused):
                    yield piece
                else:
                    yield from self._answers(route, piece, options)
        else:
            yield from answers

    def _send(self, call: Call[T]) -> T:
        attempts = Attempts(self._patience)
        while (pause := attempts.pause(outcome := self._try(call))) is not None:
            time.sleep(pause)
        try:
            return calls.read(call, outcome, self.url)
        except ProblemError as problem:
            if problem.code in SKEW_CODES and (said := self._skew()) is not None:
                problem.add_note(said)
            raise

    def _try(self, call: Call[T]) -> httpx2.Response | httpx2.RequestError:
        calls.sendable(self._http)
        content = call.content()
        try:
            return self._http.request(call.method, self.url + call.path, content=content, headers=self._headers)
        except httpx2.RequestError as error:
            return error

    def _skew(self) -> str | None:
        call = calls.version()
        try:
            return skew(calls.read(call, self._try(call), self.url).version)
        except MolseekError:
            return None
