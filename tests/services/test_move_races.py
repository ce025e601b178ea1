"""Requests that are moved, cancelled and filled at the same moment: every queue stays whole."""

import asyncio
from uuid import uuid4

import pytest

from library import Library
from octavo.services.cancel_hold import standing_of
from octavo.store.pool import TryAgain
from octavo.store.requests import load_request
from requesting import REQUESTS, lent, positions


async def test_moving_there_and_back_and_cancelling_at_once_leaves_no_gaps(crowded: Library):
    instance = await crowded.instance()
    here, there = [(await lent(crowded, instance=instance))[0] for _ in range(2)]
    holds = [await crowded.hold(await crowded.patron(), item) for item in (here, there) for _ in range(4)]

    async def move(request, item):
        answer = await crowded.client.post(f"{REQUESTS}/{request['id']}/move", json={"destinationItemId": item["id"]})
        assert answer.status_code in (200, 422), answer.text

    async def cancel(request):
        body = {"status": "Closed - Cancelled", "cancellationReasonId": crowded.ids["cancelled by patron"]}
        await crowded.put(f"{REQUESTS}/{request['id']}", {**request, **body})

    others = [(request, here if request["itemId"] == there["id"] else there) for request in holds]
    await asyncio.gather(
        *(move(*other) for other in others), *map(cancel, holds[::3]), crowded.check_in(here), crowded.check_in(there)
    )
    left = {item["id"]: await positions(crowded, item) for item in (here, there)}
    assert sum(map(len, left.values())) == len(holds) - len(holds[::3])
    for places in left.values():
        assert list(places.values()) == list(range(1, len(places) + 1))
    assert {request for places in left.values() for request in places}.isdisjoint(one["id"] for one in holds[::3])


async def test_what_has_been_moved_meanwhile_is_looked_at_again(library, tx):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item)
    found = await load_request(tx, hold["id"])
    assert standing_of(found, item["id"]).id == hold["id"]
    with pytest.raises(TryAgain):
        standing_of(found, str(uuid4()))
