"""Timers that run at the same moment, over real connections: everybody is told once."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from noticing import notice, outbox, policy, scheduled, template
from octavo.services.notices import tell_occasions
from octavo.store.pool import Pool
from octavo.store.tx import Store
from services.conftest import TENANT


@pytest.fixture
async def begin(migrated):
    pool = Pool(migrated, size=4, patience=60)
    store = Store(pool)
    yield lambda: store.transaction(TENANT, datetime.now(UTC))
    await pool.close()


async def test_what_has_happened_is_told_once(crowded, begin):
    await policy(crowded, requests=[notice(await template(crowded, "Placed"), "Paging request")])
    patrons = [await crowded.patron() for _ in range(12)]
    for patron in patrons:
        await crowded.hold(patron, await crowded.item(), requestType="Page")
    done = await asyncio.gather(*(tell_occasions(begin) for _ in range(4)))
    assert sum(done) == len(patrons)
    assert Counter(message["recipientUserId"] for message in await outbox(crowded)) == {one["id"]: 1 for one in patrons}


async def test_what_is_due_is_sent_once(crowded, begin):
    after = notice(await template(crowded, "Overdue"), "Due date", "After", "1 Minutes", every="1 Days")
    await policy(crowded, loans=[after])
    patrons = [await crowded.patron() for _ in range(12)]
    for patron in patrons:
        await crowded.check_out(patron, await crowded.item())
    await crowded.client.post("/circulation/end-patron-action-session", json={
        "endSessions": [{"patronId": patron["id"], "actionType": "Check-out"} for patron in patrons]
    })  # fmt: skip
    await tell_occasions(begin)
    for planned in await scheduled(crowded):
        past = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        await crowded.put(f"/scheduled-notice-storage/scheduled-notices/{planned['id']}", {**planned, "nextRunTime": past})
    path = "/circulation/loan-scheduled-notices-processing"
    answers = await asyncio.gather(*(crowded.client.post(path) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {204}
    assert Counter(message["recipientUserId"] for message in await outbox(crowded)) == {one["id"]: 1 for one in patrons}
    assert len(await scheduled(crowded)) == len(patrons), "each comes again tomorrow"
