"""The client that is awaited, against the real application through ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx2
import pytest

from molseek_client import AsyncClient, MisuseError, ProblemError, Refused, Result
from service.app import create_app
from service.settings import Settings
from tests.api.corpus import Index

Asking = Callable[[AsyncClient], Awaitable[None]]


@pytest.fixture
def with_client(tiny_checkpoint: Path, index: Index) -> Callable[[Asking], None]:
    def run(asking: Asking) -> None:
        async def session() -> None:
            app = create_app(Settings(checkpoint=tiny_checkpoint, index=index.root, workers=2))
            async with (
                app.router.lifespan_context(app),
                httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as http,
                AsyncClient("http://molseek", http=http) as molseek,
            ):
                await asking(molseek)

        asyncio.run(session())

    return run


def test_searches_records_and_refusals(with_client: Callable[[Asking], None]) -> None:
    async def asking(molseek: AsyncClient) -> None:
        molecules, texts = await asyncio.gather(molseek.text2mol("an acid", k=2), molseek.mol2text("CCO", k=2))
        assert len(molecules) == len(texts) == 2
        assert (await molseek.molecule("702")).id == "ethanol"
        assert (await molseek.drawing("702")).startswith("<?xml")
        assert await molseek.version_skew() is None
        assert (await molseek.suggest("caff"))[0].id == "caffeine"
        assert len(await molseek.embed_text(["a"] * 40)) == len(await molseek.embed_molecule(["CCO"] * 40)) == 40
        pages = [page async for page in molseek.pages("text2mol", "an acid", k=4)]
        assert [hit.rank for page in pages for hit in page] == list(range(1, 8))
        with pytest.raises(ProblemError) as caught:
            await molseek.mol2text("C1CC")
        assert caught.value.code == "query_unparsable"

    with_client(asking)


def test_bulk_keeps_the_order_and_says_what_is_at_fault(with_client: Callable[[Asking], None]) -> None:
    async def asking(molseek: AsyncClient) -> None:
        structures = ["C" * length for length in range(1, 100)]
        structures[50] = "C1CC"
        answers = [answer async for answer in molseek.bulk_mol2text(structures, k=1, concurrency=2)]
        assert [answer.query for answer in answers] == structures
        assert [type(answer) for answer in answers].count(Refused) == 1 and isinstance(answers[50], Refused)
        assert isinstance(answers[51], Result)

    with_client(asking)


def test_what_cannot_be_asked(with_client: Callable[[Asking], None]) -> None:
    async def asking(molseek: AsyncClient) -> None:
        with pytest.raises(ProblemError) as caught:
            await molseek.molecule("../version")
        assert caught.value.code == "molecule_not_found"
        for bulk in (molseek.bulk_text2mol, molseek.bulk_mol2text, molseek.bulk_mol2mol):
            with pytest.raises(MisuseError, match="one string"):
                bulk("abc")
        for embed in (molseek.embed_text, molseek.embed_molecule):
            with pytest.raises(MisuseError, match="one string"):
                await embed("abc")

    with_client(asking)


def test_an_address_and_a_closed_client() -> None:
    async def session() -> None:
        with pytest.raises(MisuseError, match="write it as http://HOST:PORT"):
            AsyncClient("127.0.0.1:8121")
        async with AsyncClient("http://127.0.0.1:9") as molseek:
            pass
        with pytest.raises(MisuseError, match="closed"):
            await molseek.version()

    asyncio.run(session())
