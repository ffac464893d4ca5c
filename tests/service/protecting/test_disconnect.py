"""Work ends when its client has left, and only then."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message

from service.protecting.disconnect import ClientGoneError, until_gone


def test_the_block_ends_when_the_client_leaves() -> None:
    async def leave() -> Message:
        await asyncio.sleep(0.01)
        return {"type": "http.disconnect"}

    async def ask() -> None:
        async with until_gone(leave):
            await asyncio.sleep(60)

    with pytest.raises(ClientGoneError):
        asyncio.run(ask())


def test_a_client_that_stays_gets_its_answer_and_is_watched_no_longer() -> None:
    async def stay() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def ask() -> tuple[str, int]:
        async with until_gone(stay):
            await asyncio.sleep(0.3)
        await asyncio.sleep(0)
        return "answer", len(asyncio.all_tasks())

    assert asyncio.run(ask()) == ("answer", 1)


def test_other_cancellations_pass_through() -> None:
    async def stay() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def ask() -> None:
        async with asyncio.timeout(0.01), until_gone(stay):
            await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        asyncio.run(ask())
