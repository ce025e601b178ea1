"""Many clients at the same record at the same moment, over a real server: one wins, and nothing is counted twice."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Iterable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from healthy import assert_tenant_healthy
from library import LOAN_POLICY, Json, Library
from octavo.app import wiring
from octavo.store import tenants
from process.world import new_loan
from servers import Served

pytestmark = pytest.mark.slow

TENANT = "crowd"
CLIENTS = 64
DATE = "2026-01-05T10:00:00Z"


@pytest.fixture(scope="module")
async def library(served: Served) -> AsyncIterator[Library]:
    """A library of its own on the real server, and a client with a connection for each of the crowd."""
    async with tenants.administration(served.database_url) as connection:
        await wiring.create_tenant(connection, TENANT, "admin", "admin-password", datetime.now(UTC))
    async with httpx.AsyncClient(
        base_url=served.okapi, headers={"X-Okapi-Tenant": TENANT}, timeout=60,
        limits=httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS),
    ) as client:  # fmt: skip
        answer = await client.post("/authn/login", json={"username": "admin", "password": "admin-password"})
        client.headers["X-Okapi-Token"] = answer.headers["x-okapi-token"]
        yield await Library.founded(client, lambda: datetime.now(UTC))
    await assert_tenant_healthy(served.database_url, TENANT)
    async with tenants.administration(served.database_url) as connection:
        await tenants.drop(connection, TENANT)


async def statuses(answers: Iterable[Awaitable[httpx.Response]]) -> Counter[int]:
    """Send everything at once and count the answers by status."""
    return Counter(answer.status_code for answer in await asyncio.gather(*answers))


async def many(library: Library, number: int) -> list[Json]:
    return list(await asyncio.gather(*(library.patron() for _ in range(number))))


def check_out(library: Library, patron: Json, item: Json) -> Awaitable[httpx.Response]:
    asked = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"], "servicePointId": library.ids["main desk"]}
    return library.client.post("/circulation/check-out-by-barcode", json=asked)


def check_in(library: Library, item: Json) -> Awaitable[httpx.Response]:
    asked = {"itemBarcode": item["barcode"], "servicePointId": library.ids["main desk"], "checkInDate": DATE}
    return library.client.post("/circulation/check-in-by-barcode", json=asked)


def renew(library: Library, patron: Json, item: Json) -> Awaitable[httpx.Response]:
    return library.client.post("/circulation/renew-by-id", json={"itemId": item["id"], "userId": patron["id"]})


def hold(library: Library, patron: Json, item: Json) -> Awaitable[httpx.Response]:
    wish = {"requestDate": DATE, "pickupLocationId": library.ids["main desk"]}
    return library.client.post(f"/patron/account/{patron['id']}/item/{item['id']}/hold", json=wish)


def cancel(library: Library, request: Json) -> Awaitable[httpx.Response]:
    account = f"/patron/account/{request['requesterId']}"
    return library.client.delete(f"{account}/item/{request['itemId']}/hold/{request['id']}")


async def found(library: Library, path: str, query: str) -> list[Json]:
    answer = await library.client.get(path, params={"query": query, "limit": 1000})
    assert answer.status_code == 200, answer.text
    (records,) = (value for value in answer.json().values() if isinstance(value, list))
    return list(records)


async def loans_of(library: Library, item: Json) -> list[Json]:
    return await found(library, "/loan-storage/loans", f"itemId=={item['id']}")


async def queue_of(library: Library, item: Json) -> list[Json]:
    return list((await library.get(f"/circulation/requests/queue/item/{item['id']}"))["requests"])


async def history_of(library: Library, loan: Json) -> list[str]:
    rows = await found(library, "/loan-storage/loan-history", f"loan.id=={loan['id']}")
    return sorted(row["operation"] for row in rows)


async def forget(library: Library, loan: Json) -> None:
    """Delete a loan of an item that there never was, lest it be found an orphan."""
    assert (await library.client.delete(f"/loan-storage/loans/{loan['id']}")).status_code == 204


async def test_one_of_64_who_check_out_the_same_item_gets_it(library: Library) -> None:
    item, patrons = await library.item(), await many(library, 8)
    seen = await statuses(check_out(library, patrons[number % 8], item) for number in range(CLIENTS))
    assert seen == {201: 1, 422: CLIENTS - 1}
    (loan,) = await loans_of(library, item)
    assert loan["status"]["name"] == "Open"
    assert await history_of(library, loan) == ["I"]
    assert (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"] == "Checked out"


async def test_one_of_64_open_loans_of_the_same_item_is_stored(library: Library) -> None:
    item_id = str(uuid4())
    seen = await statuses(
        library.client.post("/loan-storage/loans", json={**new_loan(), "itemId": item_id}) for _ in range(CLIENTS)
    )
    assert seen == {201: 1, 422: CLIENTS - 1}
    (loan,) = await loans_of(library, {"id": item_id})
    assert await history_of(library, loan) == ["I"]
    await forget(library, loan)


async def test_thirty_who_wait_for_one_item_stand_in_one_queue(library: Library) -> None:
    item, patrons = await library.item(), await many(library, 31)
    await library.check_out(patrons.pop(), item)
    assert await statuses(hold(library, patron, item) for patron in patrons) == {201: 30}
    assert [request["position"] for request in await queue_of(library, item)] == list(range(1, 31))

    # Two thirds give up while others come: those who stay close up.
    queue, newcomers = await queue_of(library, item), await many(library, 10)
    acts = [cancel(library, request) for request in queue[::3] + queue[1::3]]
    acts += [hold(library, patron, item) for patron in newcomers]
    random.Random(4).shuffle(acts)  # noqa: S311 - an order, no secret
    assert await statuses(acts) == {204: 20, 201: 10}
    left = await queue_of(library, item)
    assert [request["position"] for request in left] == list(range(1, 21))
    assert {request["id"] for request in queue[2::3]} < {request["id"] for request in left}


async def test_a_key_sent_twenty_times_does_its_work_once(library: Library) -> None:
    item, patron = await library.item(), await library.patron()
    asked = {"itemBarcode": item["barcode"], "userBarcode": patron["barcode"], "servicePointId": library.ids["main desk"]}
    for path, body in {
        "/loan-storage/loans": {name: value for name, value in new_loan().items() if name != "id"},
        "/circulation/check-out-by-barcode": asked,
    }.items():
        headers = {"Idempotency-Key": str(uuid4())}
        answers = await asyncio.gather(*(library.client.post(path, json=body, headers=headers) for _ in range(20)))
        assert {answer.status_code for answer in answers} == {201}
        assert len({(answer.text, answer.headers["location"]) for answer in answers}) == 1
        assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
        made = answers[0].json()
        assert [loan["id"] for loan in await loans_of(library, {"id": made["itemId"]})] == [made["id"]]
        if path == "/loan-storage/loans":
            await forget(library, made)
    other = await library.client.post(path, json={**asked, "itemBarcode": "another"}, headers=headers)
    assert other.status_code == 422


async def test_a_limit_of_one_loan_is_not_exceeded_by_haste(library: Library) -> None:
    policy = {**LOAN_POLICY, "name": "one film", "loansPolicy": {**LOAN_POLICY["loansPolicy"], "itemLimit": 1}}
    limited, ids = await library.post("/loan-policy-storage/loan-policies", **policy), library.ids
    await library.rules()
    usual = (await library.get("/circulation/rules"))["rulesAsText"]
    others = f"r {ids['all requests']} n {ids['no notices']} o {ids['no fines']} i {ids['no lost fees']}"
    await library.rules(f"{usual.rstrip()}\nm {ids['film']}: l {limited['id']} {others}\n")
    try:
        patron = await library.patron()
        films = [await library.item(materialTypeId=ids["film"]) for _ in range(3)]
        assert await statuses(check_out(library, patron, film) for film in films) == {201: 1, 422: 2}
        loans = await found(library, "/loan-storage/loans", f"userId=={patron['id']} and status.name==Open")
        assert len(loans) == 1
    finally:
        await library.rules()


async def test_a_loan_that_may_be_renewed_once_is_renewed_once(library: Library) -> None:
    once = {**LOAN_POLICY["renewalsPolicy"], "numberAllowed": 1}
    policy = {**LOAN_POLICY, "name": "renewed once", "renewalsPolicy": once}
    library.ids["renewed once"] = (await library.post("/loan-policy-storage/loan-policies", **policy))["id"]
    await library.rules(loan="renewed once")
    try:
        patron, item = await library.patron(), await library.item()
        a_week_ago = (datetime.now(UTC) - timedelta(days=7)).isoformat()
        loan = await library.check_out(patron, item, loanDate=a_week_ago)
        assert await statuses(renew(library, patron, item) for _ in range(20)) == {200: 1, 422: 19}
        assert (await library.get(f"/loan-storage/loans/{loan['id']}"))["renewalCount"] == 1
        assert await history_of(library, loan) == ["I", "U"]
    finally:
        await library.rules()


async def test_people_in_each_others_way_all_get_an_answer(library: Library) -> None:
    """Every pair of acts on two items by two patrons, crosswise: no deadlock, no act half done."""
    patrons, items = await many(library, 2), [await library.item(), await library.item()]

    def acts(patron: Json, item: Json) -> list[Awaitable[httpx.Response]]:
        return [
            check_out(library, patron, item), check_in(library, item), renew(library, patron, item), hold(library, patron, item)
        ]

    for round_ in range(6):
        queues = [request for item in items for request in await queue_of(library, item)]
        crowd = [act for patron in patrons for item in items for _ in range(3) for act in acts(patron, item)]
        crowd += [cancel(library, request) for request in queues for _ in range(2)]
        random.Random(round_).shuffle(crowd)  # noqa: S311 - an order, no secret
        seen = await statuses(crowd)
        assert set(seen) <= {200, 201, 204, 422}, seen
        for item in items:
            await check_whole(library, item)


async def check_whole(library: Library, item: Json) -> None:
    """Check that an item's status, loans and queue fit one another."""
    status = (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"]
    open_loans = [loan for loan in await loans_of(library, item) if loan["status"]["name"] == "Open"]
    queue = await queue_of(library, item)
    assert len(open_loans) == (status == "Checked out")
    assert [request["position"] for request in queue] == list(range(1, len(queue) + 1))
    assert len({request["requesterId"] for request in queue}) == len(queue)
    if status == "Awaiting pickup":
        assert queue[0]["status"] == "Open - Awaiting pickup"
    elif status == "Available":
        assert not queue
