"""Questions to a service: a running one by its address, or one made in this process, with the same answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from model import CheckpointError

Answer = dict[str, Any]
_SECONDS = 60.0


class AskError(RuntimeError):
    """There is no answer; the message says why, for whoever asked."""


def ask_once(
    path: str,
    body: Mapping[str, object],
    *,
    url: str | None = None,
    key: str | None = None,
    index: Path | None = None,
    checkpoint: str = "compact",
) -> Answer:
    """The answer to one POST, from the service at `url`, else from `index`, else from the bundled corpus.

    Raises:
        AskError: nothing answers there, the index cannot be opened, the request cannot be sent, or is refused.
    """

    try:
        content = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except ValueError as error:  # half of a character, or a number that JSON has no word for
        raise AskError(f"this cannot be sent: {error}") from None

    async def asked() -> httpx2.Response:
        async with service(url, key=key, index=index, checkpoint=checkpoint) as client:
            try:
                return await client.post(path, content=content, headers={"Content-Type": "application/json"})
            except httpx2.HTTPError as error:
                raise AskError(f"no answer from {client.base_url}: {error}") from None

    # Read outside: whoever raises inside a running application gets it back in an ExceptionGroup.
    return _read(asyncio.run(asked()))


@asynccontextmanager
async def service(
    url: str | None = None, *, key: str | None = None, index: Path | None = None, checkpoint: str = "compact"
) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the service at `url`, or of one in this process over `index`, else over the bundled corpus.

    Raises:
        AskError: `url` is no address, `key` is no key, or the index cannot be opened.
    """
    key = (key or "").strip()
    if not (key.isascii() and key.isprintable()):
        raise AskError("the API key has a line break or a letter that no key has; was it copied as a whole?")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    if url is not None:
        async with httpx2.AsyncClient(base_url=_address(url), headers=headers, timeout=_SECONDS) as client:
            yield client
        return

    from service.app import create_app
    from service.services import load_services
    from service.settings import Settings

    if index is None:
        from molseek.demo import bundled_index

        index = bundled_index()
    settings = Settings(checkpoint=checkpoint, index=index, chemistry_workers=1, workers=1)
    try:
        services = load_services(settings)
    except CheckpointError as error:
        raise AskError(str(error)) from None
    if services.slot.current is None:
        refusal = services.watcher.refusal
        services.stop()
        raise AskError(f"{index} cannot be searched: {refusal.reason if refusal else services.watcher.missing}")
    app = create_app(settings, services)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://molseek") as client,
    ):
        yield client


def _address(url: str) -> httpx2.URL:
    """Raises AskError where `url` is no address of a service."""
    try:
        address = httpx2.URL(url)
        address.host.encode("idna")  # as it is looked up
    except (httpx2.InvalidURL, UnicodeError):
        address = httpx2.URL()
    if address.scheme not in ("http", "https") or not address.host or (address.port or 0) not in range(65536):
        raise AskError(f"{url!r} is not an address; write it as http://HOST:PORT")
    if address.query or address.fragment:
        raise AskError(f"{url!r} is the address of one page of a service; leave out what begins with ? or #")
    return address


def _read(response: httpx2.Response) -> Answer:
    """The JSON of an answer. Raises AskError with the detail of a problem."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise AskError(f"{response.url} does not answer as Molseek does (HTTP {response.status_code})")
    if response.is_success:
        return answer
    raise AskError(str(answer.get("detail") or f"HTTP {response.status_code}"))
