"""Copies of one title that come back, and go out, at the same moment: one queue, and each request is filled once."""

import asyncio

import pytest

from library import Library
from requesting import REQUESTS, title_draft, title_level

COPIES = 4


@pytest.fixture
async def titles(crowded: Library) -> Library:
    """A library where titles are requested."""
    await title_level(crowded)
    return crowded


async def queue_of(library, instance):
    return (await library.get(f"{REQUESTS}/queue/instance/{instance['id']}"))["requests"]


async def test_copies_of_a_title_that_come_and_go_at_once_fill_different_requests(titles: Library):
    for _ in range(3):
        instance = await titles.instance()
        copies = [await titles.item(instance) for _ in range(COPIES)]
        for copy in copies:
            await titles.check_out(await titles.patron(), copy)
        readers = [await titles.patron() for _ in range(COPIES + 3)]
        for reader in readers[: COPIES + 1]:
            await titles.post(REQUESTS, **title_draft(titles, reader, instance, "Hold"))

        late = (titles.post(REQUESTS, **title_draft(titles, reader, instance, "Hold")) for reader in readers[COPIES + 1 :])
        await asyncio.gather(*map(titles.check_in, copies), *late)
        queue = await queue_of(titles, instance)
        assert [request["position"] for request in queue] == list(range(1, COPIES + 4))
        waiting = [request for request in queue if request["status"] == "Open - Awaiting pickup"]
        assert {request["itemId"] for request in waiting} == {copy["id"] for copy in copies}
        assert {request["requesterId"] for request in waiting} == {reader["id"] for reader in readers[:COPIES]}

        people, items = {reader["id"]: reader for reader in readers}, {copy["id"]: copy for copy in copies}
        await asyncio.gather(
            *(titles.check_out(people[request["requesterId"]], items[request["itemId"]]) for request in waiting)
        )
        assert [request["position"] for request in await queue_of(titles, instance)] == [1, 2, 3]
