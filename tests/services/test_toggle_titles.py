"""Queues made anew once title level requests were switched on or off."""

from typing import Any

import httpx

from library import Library
from requesting import title_level
from waiting import request

Json = dict[str, Any]

START = "/tlr-feature-toggle-job/start"
JOBS = "/tlr-feature-toggle-job-storage/tlr-feature-toggle-jobs"


async def job(library: Library, status: str = "open") -> Json:
    return await library.post(JOBS, status=status)


async def start(client: httpx.AsyncClient) -> None:
    answer = await client.post(START)
    assert (answer.status_code, answer.text) == (202, "")


async def places(library: Library, *requests: Json) -> list[int | None]:
    found = [await library.get(f"/request-storage/requests/{one['id']}") for one in requests]
    return [one.get("position") for one in found]


async def test_the_queues_of_copies_become_one_in_the_order_of_their_requests(
    library: Library, client: httpx.AsyncClient, clock: Any
) -> None:
    title = await library.instance()
    one, other = await library.item(title), await library.item(title)
    second = await request(library, one, position=1, requestDate="2026-01-02T00:00:00Z")
    fourth = await request(library, one, position=2, requestDate="2026-01-04T00:00:00Z")
    begun = await request(library, other, position=1, requestDate="2026-01-05T00:00:00Z", status="Open - In transit")
    third = await request(library, other, position=2, requestDate="2026-01-03T00:00:00Z")
    alone = await request(library, await library.item(), position=7)
    closed = await request(library, one, status="Closed - Filled", position=None)
    waiting = await job(library)
    clock.advance(minutes=1)
    later = await job(library)
    await title_level(library)
    await start(client)
    assert await places(library, begun, second, third, fourth, alone, closed) == [1, 2, 3, 4, 1, None]
    done = await library.get(f"{JOBS}/{waiting['id']}")
    assert (done["status"], done["numberOfUpdatedRequests"]) == ("done", 5)
    assert (await library.get(f"{JOBS}/{later['id']}"))["status"] == "open"


async def test_the_queue_of_a_title_is_split_by_copies(library: Library, client: httpx.AsyncClient) -> None:
    title = await library.instance()
    one, other = await library.item(title), await library.item(title)
    first = await request(library, one, position=1)
    second = await request(library, other, position=2)
    third = await request(library, one, position=3)
    of_title = await request(library, one, position=4, requestLevel="Title", itemId=None, holdingsRecordId=None)
    await job(library)
    await start(client)
    assert await places(library, first, third, second, of_title) == [1, 2, 1, 4]


async def test_without_a_job_that_waits_nothing_happens(library: Library, client: httpx.AsyncClient) -> None:
    wanted = await request(library, await library.item(), position=3)
    await job(library, "done")
    await start(client)
    assert await places(library, wanted) == [3]
    await job(library)
    await job(library, "in-progress")
    await start(client)
    assert await places(library, wanted) == [3]
