"""Many patrons want the same item at the same moment: over real connections, in transactions that commit."""

import asyncio
from collections import Counter

from library import Library


async def test_queues_have_no_gaps_and_nobody_stands_in_them_twice(crowded: Library):
    item, patrons = await crowded.item(), [await crowded.patron() for _ in range(16)]

    async def hold(patron):
        body = {"requestDate": "2026-01-01T00:00:00Z", "pickupLocationId": crowded.ids["main desk"]}
        return await crowded.client.post(f"/patron/account/{patron['id']}/item/{item['id']}/hold", json=body)

    async def cancel(request):
        return await crowded.client.delete(
            f"/patron/account/{request['requesterId']}/item/{item['id']}/hold/{request['id']}"
        )

    async def queue():
        return (await crowded.get(f"/circulation/requests/queue/item/{item['id']}"))["requests"]

    answers = await asyncio.gather(*(hold(patron) for patron in patrons[:10] for _ in range(2)))
    assert Counter(answer.status_code for answer in answers) == {201: 10, 422: 10}
    standing = await queue()
    assert [request["position"] for request in standing] == list(range(1, 11))
    assert [request["requestType"] for request in standing].count("Page") == 1

    await asyncio.gather(*map(cancel, standing[2:8]), *map(hold, patrons[10:]), crowded.check_in(item))
    standing = await queue()
    assert [request["position"] for request in standing] == list(range(1, 11))
    assert len({request["requesterId"] for request in standing}) == 10
