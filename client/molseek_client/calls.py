"""Requests and how to read their answers, without sending them: what both clients share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import index
from types import NoneType
from typing import Any, Generic, Literal, TypeVar, get_args
from urllib.parse import quote, urlencode

import httpx2

from molseek_client import models
from molseek_client.errors import MisuseError, ProblemError, UnexpectedAnswerError, UnreachableError
from molseek_client.models import Molecule, Refused, Result, Suggestion, Version
from molseek_client.options import Route
from molseek_client.versions import client_version

T = TypeVar("T")

BATCH = 32
"""Queries of a bulk search in one request, fewer where the service takes fewer."""

_TOO_MUCH = frozenset({"queries_too_many", "hits_too_many", "body_too_large", "search_timeout"})


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A request and the reader of its answer."""

    method: str
    path: str
    read: Callable[[httpx2.Response], T]
    body: Mapping[str, object] | None = None

    def content(self) -> bytes | None:
        """The body as JSON; numbers of numpy are numbers. Raises MisuseError for what JSON has no words for."""
        if self.body is None:
            return None
        try:
            return json.dumps(self.body, allow_nan=False, default=_plain).encode()
        except (TypeError, ValueError) as error:
            raise MisuseError(f"the request cannot be written as JSON: {error}") from None


def address(url: str) -> str:
    """`url` without a slash at its end.

    Raises:
        MisuseError: it is no address of a service. A scheme is not guessed: an API key could go out unencrypted.
    """
    try:
        parsed = httpx2.URL(url)
        parsed.host.encode("idna")  # as it is looked up
    except (httpx2.InvalidURL, TypeError, UnicodeError) as error:
        raise MisuseError(f"{url!r} is not an address ({error}); write it as http://HOST:PORT") from None
    if parsed.scheme not in ("http", "https") or not parsed.host or (parsed.port or 0) not in range(65536):
        raise MisuseError(f"{url!r} is not an address; write it as http://HOST:PORT or https://HOST")
    if parsed.query or parsed.fragment:
        raise MisuseError(f"{url!r} is the address of one page of a service; leave out what begins with ? or #")
    return url.rstrip("/")


def several(queries: Iterable[str]) -> Iterable[str]:
    """`queries`, unless they are one string, whose characters would be asked one by one. Raises MisuseError."""
    if isinstance(queries, (str, bytes)):
        raise MisuseError("a list of queries is wanted, and this is one string; put it in brackets: [query]")
    if isinstance(queries, Mapping) or not isinstance(queries, Iterable):
        raise MisuseError(f"a list of queries is wanted, and this is {queries!r}")
    return queries


def sendable(http: httpx2.Client | httpx2.AsyncClient) -> None:
    """Raises MisuseError where nothing can be sent any more."""
    if http.is_closed:
        raise MisuseError("the client is closed; make another, or ask inside its with block")


def search(route: Route, queries: Sequence[str], options: Mapping[str, object]) -> Call[list[Result]]:
    """`options` as in the API; those that are None are left out.

    A query that is no text, such as an empty cell of a table, is sent as null: the service says which one it is.
    """
    body = {"queries": [*map(_text, queries)], **_given(options)}
    return Call("POST", f"/search/{route}", lambda response: models.results(_json(response), queries), body)


def one(route: Route, query: str, k: int, options: Mapping[str, object]) -> Call[Result]:
    """A search with a single query; `options` as for `search`. Raises MisuseError where query or route is none."""
    if _text(query) is None:
        raise MisuseError(f"a query is a text, and this is {query!r}")
    if route not in get_args(Route):
        raise MisuseError(f"there is no search {route!r}; there are {', '.join(get_args(Route))}")
    body = {"query": query, "k": k, **_given(options)}
    return Call("POST", f"/search/{route}", lambda response: models.results(_json(response), [query])[0], body)


def following(call: Call[Result], page: Result) -> Call[Result] | None:
    """The request for the page after `page`, which answered `call`; None after the last."""
    return replace(call, body={**(call.body or {}), "cursor": page.next_cursor}) if page.next_cursor else None


def embed(what: Literal["text", "molecule"], queries: Sequence[str]) -> Call[list[list[float]]]:
    body = {"queries": [*map(_text, queries)]}
    return Call("POST", f"/embed/{what}", lambda response: list(_json(response)["vectors"]), body)


def place(problem: ProblemError, batch: Sequence[str], start: int) -> None:
    """Have a problem with `batch` show which query is at fault, counted from the first of all, `start` before it."""
    for fault in problem.errors[:1]:
        if named := re.match(r"queries\[(\d+)\]", fault.field):
            problem.add_note(f"queries[{start + int(named[1])}] is {batch[int(named[1])]!r}")

    def counted(text: str) -> str:
        return re.sub(r"\bqueries\[(\d+)\]", lambda found: f"queries[{start + int(found[1])}]", text)

    problem.args = (counted(problem.detail),)
    problem.detail = counted(problem.detail)
    problem.field = problem.field and counted(problem.field)
    faults = (replace(each, field=counted(each.field), detail=counted(each.detail)) for each in problem.errors)
    problem.errors = tuple(faults)


def suggest(prefix: str, limit: int) -> Call[list[Suggestion]]:
    if _text(prefix) is None:
        raise MisuseError(f"a prefix is a text, and this is {prefix!r}")
    path = f"/suggest?{urlencode({'q': _whole(prefix), 'limit': limit})}"
    return Call("GET", path, lambda response: models.suggestions(_json(response)))


def molecule(id: str | int) -> Call[Molecule]:
    return Call("GET", f"/molecules/{_segment(id)}", lambda response: models.molecule(_json(response)))


def drawing(id: str | int, width: int, height: int) -> Call[str]:
    path = f"/molecules/{_segment(id)}.svg?width={width}&height={height}"
    return Call("GET", path, lambda response: response.text)


def version() -> Call[Version]:
    return Call("GET", "/version", lambda response: models.version(_json(response)))


def _segment(id: str | int) -> str:
    """An id as a part of a path. Dots are quoted too: httpx would take `..` for the directory above.

    Raises:
        MisuseError: it is neither a text nor a whole number, as CIDs are.
    """
    try:
        text = id if isinstance(id, str) else str(index(id))
    except TypeError:
        raise MisuseError(f"an id is a text, or a number as of PubChem, and this is {id!r}") from None
    return quote(_whole(text)).replace(".", "%2E")


def _whole(text: str) -> str:
    """`text`, unless it has half of a character, which no address can hold. Raises MisuseError."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise MisuseError(f"{text!r} is not valid Unicode: it has half of a surrogate pair") from None
    return text


def _given(options: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in options.items() if value is not None}


def _text(query: object) -> str | None:
    return query if isinstance(query, str) else None


def _plain(value: object) -> object:
    """What is like a number or a list, as one. Raises TypeError."""
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if callable(item := getattr(value, "item", None)) and not getattr(value, "shape", ()):  # a number of numpy
        return item()
    if callable(to_list := getattr(value, "tolist", None)):
        return to_list()
    raise TypeError(f"{value!r} is of type {type(value).__name__}")


def headers(key: str | None) -> dict[str, str]:
    """Raises MisuseError where no header can hold the key, which is not shown."""
    if not isinstance(key, (str, NoneType)):
        raise MisuseError(f"an API key is a text, and this is a {type(key).__name__}")
    key = (key or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise MisuseError("the API key has a line break or a letter that no key has; was it copied as a whole?")
    named = {"User-Agent": f"molseek-client/{client_version()}", "Content-Type": "application/json"}
    return named | ({"Authorization": f"Bearer {key}"} if key else {})


def read(call: Call[T], response: httpx2.Response | httpx2.RequestError, url: str) -> T:
    """What the service at `url` answers.

    Raises:
        UnreachableError: no answer came.
        ProblemError: it refuses.
        UnexpectedAnswerError: it answers in another way than Molseek does.
    """
    if isinstance(response, httpx2.TransportError):
        raise UnreachableError(f"no answer from {url}: {response}") from response
    if isinstance(response, httpx2.RequestError):
        raise UnexpectedAnswerError(f"the answer of {url} cannot be read: {response}") from response
    if response.has_redirect_location:
        where = response.headers["location"].removesuffix(call.path)
        raise UnexpectedAnswerError(f"{url} sends on to {where}; give that address, if it is the one you mean")
    if not response.is_success:
        media_type = response.headers.get("content-type", "").partition(";")[0]
        if media_type != "application/problem+json":
            raise UnexpectedAnswerError(f"HTTP {response.status_code} from {response.url}, which is no Molseek problem")
        raise ProblemError.from_json(_json(response), response.status_code)
    try:
        return call.read(response)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise UnexpectedAnswerError(f"the answer of {response.url} lacks what this client reads: {error!r}") from error


def _json(response: httpx2.Response) -> Mapping[str, Any]:
    try:
        body = response.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise UnexpectedAnswerError(f"{response.url} answers no JSON object; is it a Molseek service?")
    return body


def divide(queries: Sequence[str], problem: ProblemError) -> list[Sequence[str] | Refused]:
    """Batches to ask instead of one that was refused, in order, and the queries that were at fault.

    Raises:
        ProblemError: the fault is of the request as a whole.
    """
    if problem.code in _TOO_MUCH and len(queries) > 1:
        middle = len(queries) // 2
        return [queries[:middle], queries[middle:]]
    places = {f"queries[{place}]": place for place in range(len(queries))}
    faults = {places[fault.field]: fault for fault in problem.errors if fault.field in places}
    if not faults or len(faults) < len(problem.errors):
        raise problem
    pieces: list[Sequence[str] | Refused] = []
    start = 0
    for place in sorted(faults):
        if start < place:
            pieces.append(queries[start:place])
        pieces.append(Refused(queries[place], faults[place].code, faults[place].detail))
        start = place + 1
    if start < len(queries):
        pieces.append(queries[start:])
    return pieces
