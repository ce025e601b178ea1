"""Somebody is erased while they borrow or request, or act for another: the one or the other happens, never half of both."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import httpx
import pytest

from library import Library
from octavo.store import tenants
from octavo.store.leftovers import search
from requesting import REQUESTS, full_draft

Json = dict[str, Any]
Act = Callable[[Library, Json, Json], Awaitable[httpx.Response]]

TENANT = "crowded"
WAITING = """SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (
    SELECT pid FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()))"""


def erase(library: Library, patron: Json) -> Awaitable[httpx.Response]:
    return library.client.post(f"/octavo/patrons/{patron['id']}/erase")


def check_out(library: Library, patron: Json, item: Json, **more: Any) -> Awaitable[httpx.Response]:
    asked = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"], "servicePointId": library.ids["main desk"]}
    return library.client.post("/circulation/check-out-by-barcode", json={**asked, **more})


async def request(library: Library, patron: Json, item: Json, **more: Any) -> httpx.Response:
    return await library.client.post(REQUESTS, json=await full_draft(library, patron, item, requestType="Page", **more))


def hold_item(library: Library, patron: Json, item: Json) -> Awaitable[httpx.Response]:
    return library.client.post(f"/patron/account/{patron['id']}/item/{item['id']}/hold", json=wish(library))


async def hold_title(library: Library, patron: Json, item: Json) -> httpx.Response:
    title = await library.instance_of(item)
    return await library.client.post(f"/patron/account/{patron['id']}/instance/{title['id']}/hold", json=wish(library))


def wish(library: Library) -> Json:
    return {"requestDate": library.clock().isoformat(), "pickupLocationId": library.ids["main desk"]}


def store_loan(library: Library, patron: Json, item: Json, **more: Any) -> Awaitable[httpx.Response]:
    loan = {"userId": patron["id"], "itemId": item["id"], "loanDate": library.clock().isoformat(), "action": "checkedout"}
    return library.client.post("/circulation/loans", json={**loan, "status": {"name": "Open"}, **more})


ACTS: tuple[Act, ...] = (check_out, request, hold_item, hold_title)


@pytest.fixture
async def beside(migrated: str, crowded: Library) -> AsyncIterator[asyncpg.Connection]:
    """A connection that keeps others waiting until its transaction is rolled back."""
    connection = await asyncpg.connect(migrated)
    await connection.execute(f"SET search_path TO t_{TENANT}; BEGIN")
    yield connection
    await connection.close()


async def waiting(beside: asyncpg.Connection, *acts: Awaitable[httpx.Response]) -> list[asyncio.Task[httpx.Response]]:
    """Begin one act after another, each when those before it wait for a lock."""
    begun = []
    for number, act in enumerate(acts, 1):
        begun.append(asyncio.ensure_future(act))
        await asyncio.wait_for(_until_waiting(beside, number), 10)
    return begun


async def _until_waiting(beside: asyncpg.Connection, number: int) -> None:
    while True:
        if await beside.fetchval(WAITING) >= number:
            return
        await asyncio.sleep(0.01)


async def left_of(migrated: str, patron: Json) -> list[str]:
    """Return where anything still tells of a patron."""
    known = [patron[name] for name in ("id", "barcode", "username", "externalSystemId")]
    words = [*known, patron["personal"]["lastName"], patron["personal"]["email"]]
    async with tenants.snapshot(migrated, TENANT, datetime.now(UTC)) as tx:
        return [str(found) for found in await search(tx, words)]


@pytest.mark.parametrize("act", ACTS)
async def test_who_is_being_erased_gets_nothing_any_more(
    act: Act, crowded: Library, beside: asyncpg.Connection, migrated: str
) -> None:
    patron, item = await crowded.patron(), await crowded.item()
    await beside.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", patron["id"])
    begun = await waiting(beside, erase(crowded, patron), act(crowded, patron, item))
    await beside.execute("ROLLBACK")
    erased, acted = await asyncio.gather(*begun)
    assert erased.status_code == 200, erased.text
    assert acted.status_code in (404, 422), acted.text
    assert await left_of(migrated, patron) == []
    assert (await crowded.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Available"


@pytest.mark.parametrize("act", ACTS)
async def test_who_is_getting_something_is_not_erased(
    act: Act, crowded: Library, beside: asyncpg.Connection, migrated: str
) -> None:
    patron, item = await crowded.patron(), await crowded.item()
    await beside.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", patron["id"])
    begun = await waiting(beside, act(crowded, patron, item), erase(crowded, patron))
    await beside.execute("ROLLBACK")
    acted, erased = await asyncio.gather(*begun)
    assert acted.status_code == 201, acted.text
    assert erased.status_code == 422, erased.text
    assert (await crowded.get(f"/users/{patron['id']}"))["personal"] == patron["personal"]
    (open_thing,) = [error["code"] for error in erased.json()["errors"]]
    assert open_thing == ("openLoans" if act is check_out else "openRequests")


async def test_of_many_who_are_erased_as_they_come_each_is_either_gone_or_served(crowded: Library, migrated: str) -> None:
    patrons = [await crowded.patron() for _ in range(16)]
    items = [await crowded.item() for _ in patrons]

    async def at_once(patron: Json, item: Json, act: Act, number: int) -> int:
        async def late() -> httpx.Response:
            await asyncio.sleep(number % 4 * 0.004)
            return await erase(crowded, patron)

        acted, erased = await asyncio.gather(act(crowded, patron, item), late())
        assert (acted.status_code, erased.status_code) in {(201, 422), (404, 200), (422, 200)}, (acted.text, erased.text)
        return erased.status_code

    seen = Counter(
        await asyncio.gather(
            *(at_once(patron, item, ACTS[number % 4], number) for number, (patron, item) in enumerate(zip(patrons, items, strict=True)))
        )
    )
    assert seen.total() == 16
    for patron in patrons:
        there = (await crowded.client.get(f"/users/{patron['id']}")).status_code == 200
        left = await left_of(migrated, patron)
        open_loans = (await crowded.get(f"/loan-storage/loans?query=userId=={patron['id']}"))["totalRecords"]
        open_requests = (await crowded.get(f"/request-storage/requests?query=requesterId=={patron['id']}"))["totalRecords"]
        assert (bool(left), open_loans + open_requests) == (there, int(there)), left


@pytest.mark.parametrize(
    ("act", "table", "who"),
    [(check_out, "loan", "proxyUserBarcode"), (store_loan, "loan", "proxyUserId"), (request, "request", "proxyUserId")],
)
async def test_who_is_erased_while_acting_for_another_leaves_no_name_behind(
    act: Any, table: str, who: str, crowded: Library, beside: asyncpg.Connection, migrated: str
) -> None:
    patron, proxy, item = await crowded.patron(), await crowded.patron(), await crowded.item()
    await crowded.post("/proxiesfor", userId=patron["id"], proxyUserId=proxy["id"], status="Active")
    named = proxy["barcode"] if who == "proxyUserBarcode" else proxy["id"]
    await beside.execute(f"LOCK TABLE {table} IN SHARE MODE")  # whoever is about to write waits
    begun = await waiting(beside, act(crowded, patron, item, **{who: named}), erase(crowded, proxy))
    await beside.execute("ROLLBACK")
    acted, erased = await asyncio.gather(*begun)
    assert (acted.status_code, erased.status_code) == (201, 200), (acted.text, erased.text)
    assert await left_of(migrated, proxy) == []
