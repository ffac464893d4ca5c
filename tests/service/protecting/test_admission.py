"""Places for requests, and the share that one client can take of them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from service.problems import Code, Problem
from service.protecting.admission import Places


async def fill(stack: AsyncExitStack, places: Places, client: str) -> int:
    """Places that one client can take before it is refused."""
    taken = 0
    while True:
        try:
            await stack.enter_async_context(places.hold(client))
        except Problem as problem:
            assert problem.code == Code.BUSY
            return taken
        taken += 1


def test_one_client_leaves_room_for_others_and_no_place_is_lost() -> None:
    async def crowd() -> None:
        places = Places(16)
        async with AsyncExitStack() as stack:
            assert await fill(stack, places, "greedy") == 12
            assert await fill(stack, places, "second") == 2
            assert await fill(stack, places, "third") == 2
            assert places.held == 16
        assert places.held == 0
        async with AsyncExitStack() as stack:
            assert await fill(stack, places, "third") == 12

    asyncio.run(crowd())


def test_what_needs_more_places_than_there_are_comes_alone() -> None:
    async def crowd() -> None:
        places = Places(4)
        async with places.hold("large", 9):
            with pytest.raises(Problem):
                async with places.hold("small"):
                    pass
        async with places.hold("small"):
            with pytest.raises(Problem):
                async with places.hold("large", 9):
                    pass

    asyncio.run(crowd())
