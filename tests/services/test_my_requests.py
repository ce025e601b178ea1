"""Suspended holds: passed over by desks and renewals, kept in their place, and brought back in time."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from octavo.errors import Invalid, NotFound
from octavo.services import my_requests
from octavo.store.tx import Tx
from requesting import positions, title_level


@pytest.fixture
async def lent(library):
    """An item on loan, and its borrower."""
    borrower, item = await library.patron(), await library.item()
    await library.check_out(borrower, item)
    return borrower, item


@pytest.fixture
def now_tx(tx, clock):
    """Return a piece of work at the time that it is."""
    return lambda: Tx(tx.connection, tx.schema, clock.now)


async def suspended(library, now_tx, patron, item, days=10, **more):
    request = await library.hold(patron, item, **more)
    await my_requests.suspend(now_tx(), patron["id"], request["id"], (library.clock() + timedelta(days=days)).date())
    return request


async def status(library, request):
    return (await library.get(f"/circulation/requests/{request['id']}"))["status"]


async def test_a_suspended_hold_is_passed_over_at_check_in_and_keeps_its_place(library, lent, now_tx):
    _, item = lent
    first = await suspended(library, now_tx, await library.patron(), item)
    second = await library.hold(await library.patron(), item)
    await library.check_in(item)
    assert await status(library, first) == "Open - Not yet filled"
    assert await status(library, second) == "Open - Awaiting pickup"
    assert await positions(library, item) == {second["id"]: 1, first["id"]: 2}


async def test_an_item_that_only_suspended_holds_wait_for_goes_to_the_shelf(library, lent, now_tx):
    _, item = lent
    request = await suspended(library, now_tx, await library.patron(), item)
    await library.check_in(item)
    assert (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Available"
    assert await status(library, request) == "Open - Not yet filled"


async def test_somebody_else_may_borrow_what_only_a_suspended_hold_waits_for(library, lent, now_tx):
    _, item = lent
    request = await suspended(library, now_tx, await library.patron(), item)
    await library.check_in(item)
    await library.check_out(await library.patron(), item)
    assert await status(library, request) == "Open - Not yet filled"


async def test_a_patron_who_comes_for_it_all_the_same_fills_their_own_suspended_hold(library, lent, now_tx):
    _, item = lent
    patron = await library.patron()
    request = await suspended(library, now_tx, patron, item)
    await library.check_in(item)
    await library.check_out(patron, item)
    assert await status(library, request) == "Closed - Filled"


async def test_a_suspended_hold_keeps_nobody_from_renewing(library, client, lent, now_tx):
    borrower, item = lent
    library.clock.advance(days=1)
    await suspended(library, now_tx, await library.patron(), item)
    renewal = {"itemBarcode": item["barcode"], "userBarcode": borrower["barcode"]}
    assert (await client.post("/circulation/renew-by-barcode", json=renewal)).status_code == 200
    library.clock.advance(days=1)
    await library.hold(await library.patron(), item)
    assert (await client.post("/circulation/renew-by-barcode", json=renewal)).status_code == 422


async def test_a_suspension_is_over_on_its_day(library, lent, now_tx):
    _, item = lent
    request = await suspended(library, now_tx, await library.patron(), item, days=3)
    library.clock.advance(days=4)
    await library.check_in(item)
    assert await status(library, request) == "Open - Awaiting pickup"


@pytest.mark.parametrize("by_title", [True, False])
async def test_once_it_is_over_a_copy_on_the_shelf_is_paged(library, lent, now_tx, clock, by_title):
    _, item = lent
    if by_title:
        await title_level(library)
    patron = await library.patron()
    request = await suspended(library, now_tx, patron, item, days=3)
    await library.check_in(item)
    clock.advance(days=4)

    @asynccontextmanager
    async def begin():
        async with now_tx().connection.transaction():
            yield now_tx()

    assert await my_requests.end_suspensions(begin) == 1
    assert await my_requests.end_suspensions(begin) == 0
    found = await library.get(f"/circulation/requests/{request['id']}")
    assert (found["requestType"], found["status"], found["itemId"]) == ("Page", "Open - Not yet filled", item["id"])
    assert (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Paged"
    await library.check_in(item)
    assert await status(library, request) == "Open - Awaiting pickup"


async def test_a_suspension_goes_with_its_request(library, client, lent, now_tx, tx):
    _, item = lent
    request = await suspended(library, now_tx, await library.patron(), item)
    assert (await client.delete(f"/circulation/requests/{request['id']}")).status_code == 204
    assert await tx.connection.fetchval(f"SELECT count(*) FROM {tx.table('request_suspension')}") == 0


async def test_only_a_waiting_hold_of_ones_own_is_suspended(library, lent, now_tx):
    _, item = lent
    patron, other = await library.patron(), await library.patron()
    recall = await library.hold(patron, item, requestType="Recall")
    day = (library.clock() + timedelta(days=2)).date()
    with pytest.raises(NotFound):
        await my_requests.suspend(now_tx(), other["id"], recall["id"], day)
    with pytest.raises(Invalid, match="Only holds can be suspended"):
        await my_requests.suspend(now_tx(), patron["id"], recall["id"], day)
    await library.check_in(item)
    with pytest.raises(Invalid, match="being filled already"):
        await my_requests.suspend(now_tx(), patron["id"], recall["id"], day)
