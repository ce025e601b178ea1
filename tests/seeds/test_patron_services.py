"""Seed 001: Patron Services 3.0 on the Okapi side, by operation and status code, with the seed's own examples."""

from typing import Any

import httpx
import pytest

from library import Json, Library
from seeds.exercises import exercises
from seeds.shapes import Account, AccountLoan, Hold, done, failed, refused, shown, text

UNKNOWN = "7a3e4c2f-7a0c-4d9f-8f3f-0f1d2c3b4a59"
#: Version 7 and the nil UUID break the pattern of the seed as well as text does.
BAD_IDS = ("5", "00000000-0000-0000-0000-000000000000", "0190b8a5-3f5e-7cc1-9e6b-1d2f3a4b5c6d")

#: The seed's example of a hold, as it is to be sent; only the dates and the pick-up location count.
HOLD: dict[str, Any] = {
    "requestId": "dd238b5b-01fc-4205-83b8-ce27a650d827",
    "item": {
        "instanceId": "23611f0b-35cc-4f40-af09-75907d7cc421",
        "itemId": "32e5757d-6566-466e-b69d-994eb33d2b62",
        "title": "Something's Got a Hold on Me",
        "author": "Etta James; Leroy Kirkland; Pearl Woods",
    },
    "queuePosition": 1,
    "requestDate": "2018-06-02T08:16:30Z",
    "expirationDate": "3000-01-30T08:16:30Z",
    "pickupLocationId": "ebab9ccc-4ece-4f35-bc82-01f3325abed8",
    "status": "Open - Not yet filled",
}


def account(patron: Json | str) -> str:
    return f"/patron/account/{patron if isinstance(patron, str) else patron['id']}"


def renewal(patron: Json | str, item: Json | str) -> str:
    return f"{account(patron)}/item/{item if isinstance(item, str) else item['id']}/renew"


def item_holds(patron: Json | str, item: Json | str) -> str:
    return f"{account(patron)}/item/{item if isinstance(item, str) else item['id']}/hold"


def instance_holds(patron: Json | str, instance: Json | str) -> str:
    return f"{account(patron)}/instance/{instance if isinstance(instance, str) else instance['id']}/hold"


def wish(library: Library, **more: Any) -> Json:
    """Return the seed's example with a pick-up location that there is; what is None is left out."""
    record = {**HOLD, "pickupLocationId": library.ids["main desk"], **more}
    return {key: value for key, value in record.items() if value is not None}


@pytest.fixture
async def lent(library: Library) -> tuple[Json, Json]:
    """A patron and an item that is lent to them."""
    patron, item = await library.patron(), await library.item()
    await library.check_out(patron, item)
    return patron, item


@pytest.fixture
async def held(client: httpx.AsyncClient, library: Library, lent: tuple[Json, Json]) -> tuple[Json, Json, Json]:
    """A patron, an item that is lent to somebody else, and the patron's hold on it."""
    patron, (_, item) = await library.patron(), lent
    return patron, item, shown(Hold, await client.post(item_holds(patron, item), json=wish(library)), 201)


async def charge(library: Library, patron: Json, item: Json) -> Json:
    owner = await library.post("/owners", owner="Main")
    kind = await library.post("/feefines", feeFineType="damage - rebinding", ownerId=owner["id"])
    return await library.post(
        "/accounts", userId=patron["id"], feeFineId=kind["id"], ownerId=owner["id"], itemId=item["id"], amount=100,
        remaining=50.0, status={"name": "Open"}, paymentStatus={"name": "Paid partially"}, feeFineType="damage - rebinding",
    )  # fmt: skip


@exercises("GET /patron/account/{id}", 200)
async def test_an_account_shows_the_loan_the_hold_and_the_charge_of_the_seeds_example(client, library, clock):
    patron, lent, wanted = await library.patron(), await library.item(), await library.item()
    loan = await library.check_out(patron, lent)
    await library.check_out(await library.patron(), wanted)
    hold = await library.hold(patron, wanted)
    await charge(library, patron, lent)
    asked = {"includeLoans": "true", "includeHolds": "true", "includeCharges": "true"}
    found = shown(Account, await client.get(account(patron), params=asked))
    assert found["totalCharges"] == {"amount": 50.0, "isoCurrencyCode": "USD"}
    assert (found["totalChargesCount"], found["totalLoans"], found["totalHolds"]) == (1, 1, 1)
    [one_loan], [one_hold], [one_charge] = found["loans"], found["holds"], found["charges"]
    assert (one_loan["id"], one_loan["item"]["itemId"], one_loan["overdue"]) == (loan["id"], lent["id"], False)
    assert (one_hold["requestId"], one_hold["item"]["itemId"], one_hold["queuePosition"]) == (hold["id"], wanted["id"], 1)
    assert one_hold["status"] == "Open - Not yet filled"
    assert one_charge["item"] == one_loan["item"]
    assert one_charge["chargeAmount"] == {"amount": 50.0, "isoCurrencyCode": "USD"}
    assert (one_charge["state"], one_charge["reason"]) == ("Paid partially", "damage - rebinding")


async def test_lists_are_left_out_unless_they_are_asked_for(client, library, lent):
    found = shown(Account, await client.get(account(lent[0])))
    assert (found["totalLoans"], found["loans"], found["holds"], found["charges"]) == (1, [], [], [])


@exercises("GET /patron/account/{id}", 404)
async def test_an_unknown_account_is_not_found(client):
    assert text(await client.get(account(UNKNOWN)), 404) == "account not found"


@exercises("POST /patron/account/{id}/item/{itemId}/renew", 201)
async def test_a_loan_is_renewed_and_shown(client, library, lent, clock):
    patron, item = lent
    clock.advance(days=7)
    renewed = shown(AccountLoan, await client.post(renewal(patron, item)), 201)
    assert (renewed["item"]["itemId"], renewed["overdue"]) == (item["id"], False)
    assert renewed["dueDate"] > clock().isoformat()


@exercises("POST /patron/account/{id}/item/{itemId}/renew", 404)
async def test_an_unknown_patron_renews_nothing_and_an_unknown_item_is_not_renewed(client, lent):
    patron, item = lent
    assert text(await client.post(renewal(UNKNOWN, item)), 404) == "account not found"
    assert text(await client.post(renewal(patron, UNKNOWN)), 404) == "item not found"


@exercises("POST /patron/account/{id}/item/{itemId}/renew", 422)
async def test_a_loan_is_renewed_as_often_as_the_policy_says_and_by_its_patron(client, library, lent, clock):
    patron, item = lent
    for _ in range(2):
        clock.advance(days=7)
        assert (await client.post(renewal(patron, item))).status_code == 201
    clock.advance(days=7)
    [error] = refused(await client.post(renewal(patron, item)))
    assert (error["message"], error["code"]) == ("loan at maximum renewal number", "LOAN_RENEWAL_LIMIT_REACHED")
    [error] = refused(await client.post(renewal(await library.patron(), item)))
    assert error["message"] == "Cannot renew item checked out to different user"
    [error] = refused(await client.post(renewal(patron, await library.item())))
    assert error["message"] == "Item is not on loan"


@exercises("POST /patron/account/{id}/item/{itemId}/hold", 201)
async def test_the_seeds_example_of_a_hold_is_placed_on_an_item(client, library, lent):
    patron, (_, item) = await library.patron(), lent
    hold = shown(Hold, await client.post(item_holds(patron, item), json=wish(library)), 201)
    assert hold["requestId"] != HOLD["requestId"], "the server chooses the id"
    assert (hold["item"]["itemId"], hold["queuePosition"], hold["status"]) == (item["id"], 1, HOLD["status"])
    assert hold["requestDate"] == "2018-06-02T08:16:30.000+00:00"
    assert hold["expirationDate"].startswith("3000-01-30")
    assert hold["pickupLocationId"] == library.ids["main desk"]
    shown_again = await client.get(account(patron), params={"includeHolds": "true"})
    assert shown(Account, shown_again)["holds"] == [hold]


@exercises("POST /patron/account/{id}/item/{itemId}/hold", 404)
async def test_nobody_places_holds_for_an_unknown_patron_or_on_an_unknown_item(client, library, lent):
    assert text(await client.post(item_holds(UNKNOWN, lent[1]), json=wish(library)), 404) == "account not found"
    assert text(await client.post(item_holds(lent[0], UNKNOWN), json=wish(library)), 404) == "item not found"


@exercises("POST /patron/account/{id}/item/{itemId}/hold", 422)
async def test_a_hold_on_an_item_says_where_and_is_placed_once(client, library, held):
    patron, item, _ = held
    other = await library.patron()
    [error] = refused(await client.post(item_holds(other, item), json=wish(library, pickupLocationId=None)))
    assert error["message"] == "must not be null"
    assert error["parameters"] == [{"key": "pickupLocationId", "value": "null"}]
    messages = {error["message"] for error in refused(await client.post(item_holds(patron, item), json=wish(library)))}
    assert "This requester already has an open request for this item" in messages


@exercises("PUT /patron/account/{id}/item/{itemId}/hold/{holdId}", 501)
async def test_replacing_a_hold_is_not_implemented(client, held):
    patron, item, hold = held
    answer = await client.put(f"{item_holds(patron, item)}/{hold['requestId']}", json=hold)
    assert (answer.status_code, answer.content) == (501, b"")


@exercises("DELETE /patron/account/{id}/item/{itemId}/hold/{holdId}", 204)
async def test_a_removed_hold_is_gone_for_the_patron(client, library, held):
    patron, item, hold = held
    done(await client.delete(f"{item_holds(patron, item)}/{hold['requestId']}"))
    found = shown(Account, await client.get(account(patron), params={"includeHolds": "true"}))
    assert (found["totalHolds"], found["holds"]) == (0, [])
    kept = await library.get(f"/request-storage/requests/{hold['requestId']}")
    assert kept["status"] == "Closed - Cancelled"


@exercises("DELETE /patron/account/{id}/item/{itemId}/hold/{holdId}", 404)
async def test_an_unknown_hold_and_somebody_elses_are_not_found(client, library, held):
    patron, item, hold = held
    other = await library.patron()
    for place in (f"{item_holds(patron, item)}/{UNKNOWN}", f"{item_holds(other, item)}/{hold['requestId']}"):
        assert text(await client.delete(place), 404) == "hold not found"


@exercises("DELETE /patron/account/{id}/item/{itemId}/hold/{holdId}", 422)
async def test_a_hold_is_removed_once(client, held):
    patron, item, hold = held
    place = f"{item_holds(patron, item)}/{hold['requestId']}"
    done(await client.delete(place))
    [error] = refused(await client.delete(place))
    assert error["message"] == "The Request has already been closed"


@exercises("POST /patron/account/{id}/instance/{instanceId}/hold", 201)
async def test_the_seeds_example_of_a_hold_is_placed_on_any_copy(client, library):
    instance = await library.instance()
    patron, item = await library.patron(), await library.item(instance)
    hold = shown(Hold, await client.post(instance_holds(patron, instance), json=wish(library)), 201)
    assert (hold["item"]["instanceId"], hold["item"]["itemId"]) == (instance["id"], item["id"])
    assert (hold["queuePosition"], hold["status"]) == (1, "Open - Not yet filled")


@exercises("POST /patron/account/{id}/instance/{instanceId}/hold", 404)
async def test_a_hold_on_any_copy_needs_a_patron_and_an_instance(client, library):
    patron, instance = await library.patron(), await library.instance()
    assert text(await client.post(instance_holds(UNKNOWN, instance), json=wish(library)), 404) == "account not found"
    assert text(await client.post(instance_holds(patron, UNKNOWN), json=wish(library)), 404) == "item not found"


@exercises("POST /patron/account/{id}/instance/{instanceId}/hold", 422)
async def test_a_hold_on_any_copy_needs_copies_and_a_place(client, library):
    patron, instance = await library.patron(), await library.instance()
    [error] = refused(await client.post(instance_holds(patron, instance), json=wish(library)))
    assert error["message"] == "There are no holdings for this instance"
    assert error["parameters"] == [{"key": "holdingsRecords", "value": "null"}]
    await library.post(
        "/holdings-storage/holdings", instanceId=instance["id"], permanentLocationId=library.ids["main stacks"],
        sourceId=library.ids["source"],
    )  # fmt: skip
    [error] = refused(await client.post(instance_holds(patron, instance), json=wish(library)))
    assert error["message"] == "There are no items for this instance"
    refused(await client.post(instance_holds(patron, instance), json=wish(library, pickupLocationId="here")))


@pytest.mark.parametrize("bad", BAD_IDS)
@exercises("GET /patron/account/{id}", 400)
@exercises("POST /patron/account/{id}/item/{itemId}/renew", 400)
@exercises("POST /patron/account/{id}/item/{itemId}/hold", 400)
@exercises("DELETE /patron/account/{id}/item/{itemId}/hold/{holdId}", 400)
@exercises("POST /patron/account/{id}/instance/{instanceId}/hold", 400)
async def test_an_id_in_the_path_that_breaks_the_pattern_is_a_bad_request(client, bad):
    for method, path in (
        ("GET", account(bad)),
        ("POST", renewal(bad, UNKNOWN)),
        ("POST", renewal(UNKNOWN, bad)),
        ("POST", item_holds(bad, UNKNOWN)),
        ("POST", item_holds(UNKNOWN, bad)),
        ("DELETE", f"{item_holds(bad, UNKNOWN)}/{UNKNOWN}"),
        ("DELETE", f"{item_holds(UNKNOWN, bad)}/{UNKNOWN}"),
        ("DELETE", f"{item_holds(UNKNOWN, UNKNOWN)}/{bad}"),
        ("POST", instance_holds(bad, UNKNOWN)),
        ("POST", instance_holds(UNKNOWN, bad)),
    ):
        assert "must match" in text(await client.request(method, path, json=HOLD if method == "POST" else None), 400)


@pytest.mark.parametrize("sent", [b"", b"{", b"[]", b'{"requestDate": "soon"}'])
async def test_a_hold_that_cannot_be_read_is_a_bad_request(client, sent):
    for path in (item_holds(UNKNOWN, UNKNOWN), instance_holds(UNKNOWN, UNKNOWN)):
        text(await client.post(path, content=sent), 400)


EVERY_OPERATION = [
    ("GET", account(UNKNOWN)),
    ("POST", renewal(UNKNOWN, UNKNOWN)),
    ("POST", item_holds(UNKNOWN, UNKNOWN)),
    ("DELETE", f"{item_holds(UNKNOWN, UNKNOWN)}/{UNKNOWN}"),
    ("POST", instance_holds(UNKNOWN, UNKNOWN)),
]
NOT_IMPLEMENTED = ("PUT", f"{item_holds(UNKNOWN, UNKNOWN)}/{UNKNOWN}")


@exercises("GET /patron/account/{id}", 401)
@exercises("POST /patron/account/{id}/item/{itemId}/renew", 401)
@exercises("POST /patron/account/{id}/item/{itemId}/hold", 401)
@exercises("PUT /patron/account/{id}/item/{itemId}/hold/{holdId}", 401)
@exercises("DELETE /patron/account/{id}/item/{itemId}/hold/{holdId}", 401)
@exercises("POST /patron/account/{id}/instance/{instanceId}/hold", 401)
async def test_nothing_is_told_to_nobody(anonymous):
    for method, path in (*EVERY_OPERATION, NOT_IMPLEMENTED):
        answer = await anonymous.request(method, path, json=HOLD if method == "POST" else None)
        assert text(answer, 401).startswith("Token missing")
        assert "www-authenticate" in answer.headers


@exercises("GET /patron/account/{id}", 403)
@exercises("POST /patron/account/{id}/item/{itemId}/renew", 403)
@exercises("POST /patron/account/{id}/item/{itemId}/hold", 403)
@exercises("PUT /patron/account/{id}/item/{itemId}/hold/{holdId}", 403)
@exercises("DELETE /patron/account/{id}/item/{itemId}/hold/{holdId}", 403)
@exercises("POST /patron/account/{id}/instance/{instanceId}/hold", 403)
async def test_every_operation_takes_a_permission(powerless):
    for method, path in (*EVERY_OPERATION, NOT_IMPLEMENTED):
        answer = await powerless.request(method, path, json=HOLD if method == "POST" else None)
        assert "requires permission: patron." in text(answer, 403)


@exercises("GET /patron/account/{id}", 500)
@exercises("POST /patron/account/{id}/item/{itemId}/renew", 500)
@exercises("POST /patron/account/{id}/item/{itemId}/hold", 500)
@exercises("DELETE /patron/account/{id}/item/{itemId}/hold/{holdId}", 500)
@exercises("POST /patron/account/{id}/instance/{instanceId}/hold", 500)
async def test_a_failure_that_nobody_foresaw_tells_nothing_of_the_inside(client, break_table):
    for table in ("item", "request"):
        await break_table(table)
    for method, path in EVERY_OPERATION:
        failed(await client.request(method, path, json=HOLD if method == "POST" else None))
