"""The client that waits for its answers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self, TypeVar

import httpx2

from molseek_client import calls
from molseek_client.calls import BATCH, Call, Mode, RankBy, Route
from molseek_client.errors import MolseekError, ProblemError, UnreachableError
from molseek_client.filters import Filter
from molseek_client.models import Molecule, Refused, Result, Version
from molseek_client.progress import batched, watched
from molseek_client.retrying import Attempts, Patience
from molseek_client.versions import SKEW_CODES, skew

T = TypeVar("T")


class Client:
    """A Molseek service at `url`. Use it in a `with` block, or close it; several threads may share it.

    key: API key, where the service asks for one. patience: how long to try where it is busy or away.
    timeout: seconds for one answer. http: an `httpx2.Client` of your own, with your proxies and certificates.

    Every method raises `ProblemError` where the service refuses, `UnreachableError` where it does not answer.
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
        self.url = url.rstrip("/")
        self._headers = calls.headers(key)
        self._patience = patience or Patience()
        self._http = http or httpx2.Client(timeout=timeout)
        self._own = http is None

    def text2mol(
        self,
        query: str,
        k: int = 10,
        *,
        filter: Filter | Mapping[str, object] | None = None,
        reference: str | None = None,
        mode: Mode | None = None,
    ) -> Result:
        """The k molecules that fit a description best, or that a name, identifier or structure is.

        reference: a structure to compare hits with. mode: `auto` unless told, `vector` or `lexical`.
        """
        return self._send(
            calls.one("text2mol", query, {"k": k, "filter": filter, "reference": reference, "mode": mode})
        )

    def mol2text(
        self,
        query: str,
        k: int = 10,
        *,
        filter: Filter | Mapping[str, object] | None = None,
        mode: Mode | None = None,
    ) -> Result:
        """The k descriptions that fit a structure (SMILES, InChI, molblock) best."""
        return self._send(calls.one("mol2text", query, {"k": k, "filter": filter, "mode": mode}))

    def mol2mol(
        self,
        query: str,
        k: int = 10,
        *,
        filter: Filter | Mapping[str, object] | None = None,
        rank_by: RankBy | None = None,
    ) -> Result:
        """The k molecules most like a structure. rank_by: `embedding` unless told, or `morgan`; each hit has both."""
        return self._send(calls.one("mol2mol", query, {"k": k, "filter": filter, "rank_by": rank_by}))

    def bulk_text2mol(
        self,
        queries: Iterable[str],
        k: int = 10,
        *,
        filter: Filter | Mapping[str, object] | None = None,
        mode: Mode | None = None,
        progress: bool = False,
    ) -> Iterator[Result | Refused]:
        """A result for each description, in order, as answers come; a description at fault gives `Refused`.

        Any number of queries: they are sent in batches. progress: show a bar, where tqdm is installed.
        """
        return self._bulk("text2mol", queries, {"k": k, "filter": filter, "mode": mode}, progress)

    def bulk_mol2text(
        self,
        queries: Iterable[str],
        k: int = 10,
        *,
        filter: Filter | Mapping[str, object] | None = None,
        mode: Mode | None = None,
        progress: bool = False,
    ) -> Iterator[Result | Refused]:
        """A result for each structure, as `bulk_text2mol`."""
        return self._bulk("mol2text", queries, {"k": k, "filter": filter, "mode": mode}, progress)

    def bulk_mol2mol(
        self,
        queries: Iterable[str],
        k: int = 10,
        *,
        filter: Filter | Mapping[str, object] | None = None,
        rank_by: RankBy | None = None,
        progress: bool = False,
    ) -> Iterator[Result | Refused]:
        """A result for each structure, as `bulk_text2mol`."""
        return self._bulk("mol2mol", queries, {"k": k, "filter": filter, "rank_by": rank_by}, progress)

    def molecule(self, id: str) -> Molecule:
        """A molecule of the corpus by its id or PubChem CID."""
        return self._send(calls.molecule(id))

    def drawing(self, id: str, width: int = 300, height: int = 200) -> str:
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

    def _bulk(
        self, route: Route, queries: Iterable[str], options: Mapping[str, object], progress: bool
    ) -> Iterator[Result | Refused]:
        for batch in batched(watched(queries, progress), BATCH):
            yield from self._answers(route, batch, options)

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
        while True:
            outcome = self._try(call)
            pause = attempts.pause(outcome)
            if pause is None:
                break
            time.sleep(pause)
        if isinstance(outcome, httpx2.TransportError):
            raise UnreachableError(f"no answer from {self.url}: {outcome}") from outcome
        try:
            return calls.read(call, outcome)
        except ProblemError as problem:
            if problem.code in SKEW_CODES and (said := self._skew()) is not None:
                problem.add_note(said)
            raise

    def _try(self, call: Call[T]) -> httpx2.Response | httpx2.TransportError:
        try:
            return self._http.request(call.method, self.url + call.path, json=call.body, headers=self._headers)
        except httpx2.TransportError as error:
            return error

    def _skew(self) -> str | None:
        call = calls.version()
        outcome = self._try(call)
        try:
            return None if isinstance(outcome, httpx2.TransportError) else skew(calls.read(call, outcome).version)
        except MolseekError:
            return None
