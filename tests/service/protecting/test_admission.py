"""Places for requests, and the share that one client can take of them."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from service.problems import Code, Problem
from service.protecting.admission import Places, client_at


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


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
        ("testclient", "testclient", True),
        ("no:address", "no:address", True),
        ("", "192.0.2.1", False),
    ],
)
def test_one_client_is_one_address_or_one_network_of_ipv6(one: str, other: str, same: bool) -> None:
    assert (client_at(one) == client_at(other)) is same
