"""What the timer of requests does with a single one."""

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from octavo.errors import Unavailable
from octavo.services.expire import expire_request, expire_requests
from requesting import lent


async def test_a_request_that_was_changed_in_time_stays(library, tx):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item)
    assert not await expire_request(tx, hold["id"])
    assert not await expire_request(tx, str(uuid4())), "somebody has deleted it"


async def test_a_run_closes_so_many_requests_and_leaves_the_others_to_the_next(library, clock, tx):
    for _ in range(3):
        item, _, _ = await lent(library)
        await library.hold(await library.patron(), item, requestExpirationDate=clock.now.isoformat())

    @asynccontextmanager
    async def begin():
        yield replace(tx, now=clock.now + timedelta(days=2))

    assert [await expire_requests(begin, most=2) for _ in range(3)] == [2, 1, 0]


async def test_the_run_ends_where_the_database_has_gone(library, clock, tx):
    item, _, _ = await lent(library)
    await library.hold(await library.patron(), item, requestExpirationDate=clock.now.isoformat())
    later = clock.now + timedelta(days=2)
    opened = []

    @asynccontextmanager
    async def begin():
        opened.append(later)
        if len(opened) > 1:
            raise Unavailable
        yield replace(tx, now=later)

    with pytest.raises(Unavailable):
        await expire_requests(begin)
    assert len(opened) == 2
