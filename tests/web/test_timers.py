"""What time alone ends: requests, memberships, visits to the desk; and requests that are replaced all at once."""

from datetime import timedelta
from uuid import uuid4

import orjson
import pytest

from requesting import REQUESTS, lent, positions, refused, title_draft, title_level
from sides import OTHER_TENANT

EXPIRE = "/scheduled-request-expiration"
BATCH = "/request-storage-batch/requests"


async def run(client, path=EXPIRE):
    answer = await client.post(path)
    assert (answer.status_code, answer.content) == (204, b""), answer.text


async def stored(library, request):
    return await library.get(f"/request-storage/requests/{request['id']}")


async def status_of(library, item):
    return (await library.get(f"/item-storage/items/{item['id']}"))["status"]["name"]


def in_days(clock, days):
    return (clock.now + timedelta(days=days)).isoformat()


async def test_a_request_that_nobody_fills_in_time_is_closed_and_those_behind_it_move_up(client, library, clock):
    item, _, _ = await lent(library)
    short = await library.hold(await library.patron(), item, requestExpirationDate=in_days(clock, 2))
    lasting = await library.hold(await library.patron(), item, requestExpirationDate=in_days(clock, 9))
    endless = await library.hold(await library.patron(), item)
    clock.advance(days=2)
    await run(client)
    assert await positions(library, item) == {short["id"]: 1, lasting["id"]: 2, endless["id"]: 3}, "the day is not over"
    clock.advance(days=1, hours=1)
    await run(client)
    assert await positions(library, item) == {lasting["id"]: 1, endless["id"]: 2}
    closed = await stored(library, short)
    assert (closed["status"], "position" in closed) == ("Closed - Unfilled", False)
    assert closed["metadata"]["updatedDate"] > closed["metadata"]["createdDate"]
    assert "awaitingPickupRequestClosedDate" not in closed


async def test_an_item_fetched_for_a_request_that_expires_is_available_again(client, library, clock):
    item = await library.item()
    await library.hold(await library.patron(), item, requestType="Page", requestExpirationDate=in_days(clock, 1))
    assert await status_of(library, item) == "Paged"
    clock.advance(days=3)
    await run(client)
    assert await status_of(library, item) == "Available"


async def test_an_item_that_is_not_fetched_in_time_waits_for_nobody(client, library, clock):
    item, _, _ = await lent(library)
    late = await library.hold(await library.patron(), item, requestExpirationDate=in_days(clock, 1))
    behind = await library.hold(await library.patron(), item)
    await library.check_in(item)
    clock.advance(days=3)
    await run(client)
    assert (await stored(library, late))["status"] == "Open - Awaiting pickup", "only the shelf's date counts now"
    clock.advance(days=30)
    await run(client)
    closed = await stored(library, late)
    assert (closed["status"], "position" in closed) == ("Closed - Pickup expired", False)
    assert closed["awaitingPickupRequestClosedDate"][:19] == clock.now.isoformat()[:19]
    assert await status_of(library, item) == "Awaiting pickup", "somebody has to take it from the shelf"
    assert await positions(library, item) == {behind["id"]: 1}


async def test_requests_of_titles_expire_as_well(client, library, clock):
    await title_level(library)
    instance = await library.instance()
    await lent(library, instance=instance)
    expires = {"requestExpirationDate": in_days(clock, 1)}
    await library.post(REQUESTS, **title_draft(library, await library.patron(), instance, "Hold"), **expires)
    lasting = await library.post(REQUESTS, **title_draft(library, await library.patron(), instance, "Hold"))
    clock.advance(days=3)
    await run(client)
    queue = await library.get(f"{REQUESTS}/queue/instance/{instance['id']}")
    assert [(request["id"], request["position"]) for request in queue["requests"]] == [(lasting["id"], 1)]


async def test_one_request_that_cannot_be_closed_stops_no_other(client, library, clock, tx, caplog):
    broken, sound = [
        await library.hold(await library.patron(), (await lent(library))[0], requestExpirationDate=in_days(clock, days))
        for days in (1, 2)
    ]
    nonsense = orjson.dumps({"requestLevel": "Shelf"})
    await tx.connection.execute(
        f"UPDATE {tx.table('request')} SET doc = doc || $2::jsonb WHERE id = $1::uuid", broken["id"], nonsense
    )
    clock.advance(days=4)
    await run(client)
    assert (await stored(library, sound))["status"] == "Closed - Unfilled"
    assert (await stored(library, broken))["status"] == "Open - Not yet filled"
    assert f"request {broken['id']} has expired and cannot be closed" in caplog.text


async def test_timers_work_for_the_tenant_that_calls_them(client, library, clock, octavo, sides):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item, requestExpirationDate=in_days(clock, 1))
    clock.advance(days=3)
    token = await octavo.token_of(OTHER_TENANT, "admin")
    async with sides.okapi(**{"X-Okapi-Tenant": OTHER_TENANT, "X-Okapi-Token": token}) as elsewhere:
        await run(elsewhere)
    assert (await stored(library, hold))["status"] == "Open - Not yet filled"


async def test_who_is_a_member_no_longer_is_inactive(client, library, clock):
    over, lasting, unlimited = [
        await library.patron(**({"expirationDate": in_days(clock, days)} if days else {})) for days in (1, 9, 0)
    ]
    clock.advance(days=2)
    await run(client, "/users/expire/timer")
    after = [await library.get(f"/users/{patron['id']}") for patron in (over, lasting, unlimited)]
    assert [user["active"] for user in after] == [False, True, True]
    assert after[0]["updatedDate"] > over["updatedDate"]
    await run(client, "/users/expire/timer")
    assert await library.get(f"/users/{over['id']}") == after[0], "once is enough"


async def test_a_visit_to_the_desk_ends_by_itself(client, library, clock):
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    sessions = f"/patron-action-session-storage/patron-action-sessions?query=patronId=={patron['id']}"
    clock.advance(minutes=2)
    await library.check_out(patron, await library.item())
    clock.advance(minutes=2)
    await run(client, "/circulation/notice-session-expiration-by-timeout")
    assert (await library.get(sessions))["totalRecords"] == 2, "the patron is still there"
    clock.advance(minutes=2)
    await run(client, "/circulation/notice-session-expiration-by-timeout")
    assert (await library.get(sessions))["totalRecords"] == 0


async def test_the_library_says_after_how_long_a_visit_is_over(client, library, clock):
    value = {"checkoutTimeout": True, "checkoutTimeoutDuration": "10"}
    await library.post("/circulation/settings", id=str(uuid4()), name="other_settings", value=value)
    await library.check_out(await library.patron(), await library.item())
    for minutes, left in ((9, 1), (2, 0)):
        clock.advance(minutes=minutes)
        await run(client, "/circulation/notice-session-expiration-by-timeout")
        found = await library.get("/patron-action-session-storage/patron-action-sessions?limit=0")
        assert found["totalRecords"] == left


@pytest.fixture
async def waiting(library):
    """Two requests for an item, as they are stored."""
    item, _, _ = await lent(library)
    return [await stored(library, await library.hold(await library.patron(), item)) for _ in range(2)]


async def test_requests_change_places_all_at_once(client, library, waiting):
    first, second = waiting
    unknown = {**first, "id": str(uuid4()), "position": 7}
    answer = await client.post(BATCH, json={"requests": [{**first, "position": 2}, {**second, "position": 1}, unknown]})
    assert (answer.status_code, answer.content) == (201, b""), answer.text
    assert [(await stored(library, request))["position"] for request in waiting] == [2, 1]
    assert (await stored(library, first))["metadata"]["createdDate"] == first["metadata"]["createdDate"]
    assert (await client.get(f"/request-storage/requests/{unknown['id']}")).status_code == 404


async def test_requests_of_a_batch_are_replaced_entirely_or_not_at_all(client, library, waiting):
    first, second = waiting
    errors = await refused(client, BATCH, {"requests": [{**first, "position": 1}, {**second, "position": 1}]})
    assert errors == [
        {"message": "Cannot have more than one request with the same position in the queue", "parameters": [],
         "itemId": None, "position": None}
    ]  # fmt: skip
    assert [await stored(library, request) for request in waiting] == waiting
    nameless = {name: value for name, value in first.items() if name != "id"}
    await refused(client, BATCH, {"requests": [nameless]})
    await refused(client, BATCH, {})
    assert (await client.post(BATCH, json={"requests": [{**first, "id": str(uuid4())}]})).status_code == 201


async def test_a_batch_notes_when_a_waiting_item_was_given_up(client, library, clock):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item)
    await library.check_in(item)
    clock.advance(days=1)
    request = {**await stored(library, hold), "status": "Closed - Pickup expired"}
    assert (await client.post(BATCH, json={"requests": [request]})).status_code == 201
    assert "awaitingPickupRequestClosedDate" in await stored(library, hold)
