"""Taking an item back: where it goes next, what becomes of its loan and of who waits for it."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from library import Library
from octavo.errors import Invalid
from octavo.services.check_in import check_in
from octavo.store.tx import Tx
from octavo_models.circulation import CheckInByBarcode
from octavo_models.scalars import format_instant, parse_instant
from waiting import request

Json = dict[str, Any]


async def refused(client: httpx.AsyncClient, **body: Any) -> Json:
    answer = await client.post("/circulation/check-in-by-barcode", json=body)
    assert answer.status_code == 422, answer.text
    (only,) = answer.json()["errors"]
    assert isinstance(only, dict)
    return only


async def test_a_check_in_closes_the_loan(library: Library, clock: Any) -> None:
    patron, item = await library.patron(), await library.item()
    lent = await library.check_out(patron, item, loanDate="2026-01-05T00:00:00Z")
    told = await library.check_in(item, checkInDate="2026-01-09T12:00:00+01:00")
    loan = told["loan"]
    assert (loan["id"], loan["status"], loan["action"]) == (lent["id"], {"name": "Closed"}, "checkedin")
    assert loan["returnDate"] == "2026-01-09T11:00:00.000Z"
    assert loan["systemReturnDate"] == format_instant(clock.now)
    assert loan["checkinServicePointId"] == library.ids["main desk"]
    assert loan["checkinServicePoint"]["name"] == "main desk"
    assert loan["borrower"]["barcode"] == patron["barcode"]
    assert told["item"]["status"]["name"] == "Available"


async def test_a_check_in_is_recorded(library: Library) -> None:
    item = await library.item()
    loan = await library.check_out(await library.patron(), item)
    await library.check_in(item)
    (record,) = (await library.get(f"/check-in-storage/check-ins?query=itemId=={item['id']}"))["checkIns"]
    assert record["itemStatusPriorToCheckIn"] == "Checked out"
    assert record["requestQueueSize"] == 0
    assert record["servicePointId"] == library.ids["main desk"]
    sessions = await library.get("/patron-action-session-storage/patron-action-sessions?query=actionType==Check-in")
    assert [one["loanId"] for one in sessions["patronActionSessions"]] == [loan["id"]]
    stored = await library.get(f"/item-storage/items/{item['id']}")
    assert stored["lastCheckIn"]["servicePointId"] == library.ids["main desk"]
    history = await library.get(f"/loan-storage/loan-history?query=loan.id=={loan['id']}")
    assert [row["loan"]["action"] for row in history["loansHistory"]] == ["checkedin", "checkedout"]


async def test_an_item_that_was_not_lent_has_been_used_in_the_house(library: Library) -> None:
    told = await library.check_in(await library.item())
    assert told["inHouseUse"] is True
    assert "loan" not in told
    assert set(told) == {"item", "staffSlipContext", "inHouseUse"}


async def test_an_item_from_elsewhere_is_sent_home(library: Library) -> None:
    item = await library.item(stacks="branch stacks")
    told = await library.check_in(item)
    assert told["inHouseUse"] is False
    assert told["item"]["status"]["name"] == "In transit"
    assert told["item"]["inTransitDestinationServicePointId"] == library.ids["branch desk"]
    assert told["item"]["inTransitDestinationServicePoint"] == {"id": library.ids["branch desk"], "name": "branch desk"}
    slip = told["staffSlipContext"]["item"]
    assert (slip["fromServicePoint"], slip["toServicePoint"]) == ("main desk", "branch desk")
    home = await library.check_in(item, desk="branch desk")
    assert home["item"]["status"]["name"] == "Available"
    assert "inTransitDestinationServicePointId" not in home["item"]


async def test_a_requested_item_waits_on_the_hold_shelf(library: Library, clock: Any) -> None:
    item = await library.item()
    await library.check_out(await library.patron(), item)
    wanted = await request(library, item)
    told = await library.check_in(item)
    assert told["item"]["status"]["name"] == "Awaiting pickup"
    assert told["staffSlipContext"]["request"]["requestID"] == wanted["id"]
    assert told["staffSlipContext"]["requester"]["firstName"] == "Ann"
    filled = await library.get(f"/request-storage/requests/{wanted['id']}")
    assert (filled["status"], filled["position"]) == ("Open - Awaiting pickup", 1)
    expires = parse_instant(filled["holdShelfExpirationDate"])
    assert (expires - clock.now).days == 21
    assert expires.strftime("%H:%M:%S") == "23:59:59"


async def test_the_hold_shelf_period_is_not_begun_anew(library: Library, clock: Any) -> None:
    item = await library.item()
    wanted = await request(library, item)
    await library.check_in(item)
    first = await library.get(f"/request-storage/requests/{wanted['id']}")
    clock.advance(days=2)
    await library.check_in(item)
    second = await library.get(f"/request-storage/requests/{wanted['id']}")
    assert second["holdShelfExpirationDate"] == first["holdShelfExpirationDate"]


async def test_a_requested_item_travels_to_where_it_is_wanted(library: Library) -> None:
    item = await library.item()
    wanted = await request(library, item, pickupServicePointId=library.ids["branch desk"])
    told = await library.check_in(item)
    assert told["item"]["status"]["name"] == "In transit"
    assert told["item"]["inTransitDestinationServicePointId"] == library.ids["branch desk"]
    assert (await library.get(f"/request-storage/requests/{wanted['id']}"))["status"] == "Open - In transit"


async def test_a_request_that_says_not_where_stops_the_item(library: Library, client: httpx.AsyncClient) -> None:
    item = await library.item()
    wanted = await request(library, item, pickupServicePointId=None)
    body = {"itemBarcode": item["barcode"], "servicePointId": library.ids["main desk"], "checkInDate": "2026-01-01T00:00:00Z"}
    error = await refused(client, **body)
    message = "Failed to check in item due to the highest priority request missing a pickup service point"
    assert (error["message"], error["parameters"]) == (message, [{"key": "pickupServicePointId", "value": None}])
    assert await library.get(f"/request-storage/requests/{wanted['id']}") == wanted


async def test_a_request_may_be_delivered(library: Library) -> None:
    item = await library.item()
    wanted = await request(library, item, fulfillmentPreference="Delivery", deliveryAddressTypeId=str(uuid4()))
    assert (await library.check_in(item))["item"]["status"]["name"] == "Awaiting delivery"
    assert (await library.get(f"/request-storage/requests/{wanted['id']}"))["status"] == "Open - Awaiting delivery"


async def test_the_first_request_is_filled_and_the_others_keep_their_places(library: Library) -> None:
    item = await library.item()
    first, second = await request(library, item, position=1), await request(library, item, position=2)
    await library.check_in(item)
    found = [await library.get(f"/request-storage/requests/{one['id']}") for one in (first, second)]
    assert [(one["status"], one["position"]) for one in found] == [
        ("Open - Awaiting pickup", 1), ("Open - Not yet filled", 2),
    ]  # fmt: skip


async def test_a_title_s_request_gets_the_item_and_moves_ahead(library: Library) -> None:
    value = {"titleLevelRequestsFeatureEnabled": True}
    await library.post("/circulation-settings-storage/circulation-settings", id=str(uuid4()), name="TLR", value=value)
    title = await library.instance()
    item, other = await library.item(title), await library.item(title)
    ahead = await request(library, other, position=1)
    wanted = await request(library, item, position=2, requestLevel="Title", itemId=None, holdingsRecordId=None)
    await library.check_in(item)
    filled = await library.get(f"/request-storage/requests/{wanted['id']}")
    assert (filled["status"], filled["itemId"], filled["position"]) == ("Open - Awaiting pickup", item["id"], 1)
    assert (await library.get(f"/request-storage/requests/{ahead['id']}"))["position"] == 2


async def test_a_claim_that_an_item_was_returned_must_be_resolved(library: Library, client: httpx.AsyncClient) -> None:
    item = await library.item(status={"name": "Claimed returned"})
    asked = {"itemBarcode": item["barcode"], "servicePointId": library.ids["main desk"], "checkInDate": "2026-01-01"}
    only = await refused(client, **asked)
    assert only["message"] == "Item is claimed returned, a resolution is required to check in"
    assert only["parameters"] == [{"key": "claimedReturnedResolution", "value": None}]
    only = await refused(client, **asked, claimedReturnedResolution="Found under the sofa")
    assert only["message"] == "Unrecognized value provided for property"


@pytest.mark.parametrize(
    ("resolution", "action"),
    [("Found by library", "checkedInFoundByLibrary"), ("Returned by patron", "checkedInReturnedByPatron")],
)
async def test_a_resolved_claim_closes_the_loan(library: Library, resolution: str, action: str) -> None:
    item = await library.item()
    await library.check_out(await library.patron(), item)
    stored = await library.get(f"/item-storage/items/{item['id']}")
    await library.put(f"/item-storage/items/{item['id']}", {**stored, "status": {"name": "Claimed returned"}})
    told = await library.check_in(item, claimedReturnedResolution=resolution)
    assert (told["loan"]["action"], told["loan"]["status"]) == (action, {"name": "Closed"})


@pytest.mark.parametrize(
    ("left_out", "message"),
    [
        ("itemBarcode", "Checkin request must have an item barcode"),
        ("servicePointId", "Checkin request must have a service point id"),
        ("checkInDate", "Checkin request must have an check in date"),
    ],
)
async def test_a_check_in_says_what_where_and_when(
    library: Library, client: httpx.AsyncClient, left_out: str, message: str
) -> None:
    asked = {"itemBarcode": "x", "servicePointId": library.ids["main desk"], "checkInDate": "2026-01-01"}
    del asked[left_out]
    only = await refused(client, **asked)
    assert (only["message"], only["parameters"]) == (message, [{"key": left_out, "value": None}])


async def test_somebody_must_be_at_the_desk(tx: Tx) -> None:
    with pytest.raises(Invalid, match="No logged-in user present"):
        await check_in(tx, CheckInByBarcode.from_wire({"itemBarcode": "x"}))


async def test_a_hold_shelf_may_have_no_limit(library: Library) -> None:
    nowhere, item = str(uuid4()), await library.item()
    library.ids["nowhere"] = nowhere
    wanted = await request(library, item, pickupServicePointId=nowhere)
    told = await library.check_in(item, desk="nowhere")
    assert told["item"]["status"]["name"] == "Awaiting pickup"
    assert "holdShelfExpirationDate" not in await library.get(f"/request-storage/requests/{wanted['id']}")


async def test_an_unknown_barcode_is_told(library: Library, client: httpx.AsyncClient) -> None:
    asked = {"servicePointId": library.ids["main desk"], "checkInDate": "2026-01-01"}
    only = await refused(client, itemBarcode="nothing", **asked)
    assert (only["message"], only["code"]) == ("No item with barcode nothing exists", "ITEM_BARCODE_NOT_FOUND")


async def test_an_intellectual_item_has_no_copy_to_return(library: Library, client: httpx.AsyncClient) -> None:
    item = await library.item(await library.instance("Emma"), status={"name": "Intellectual item"})
    asked = {"servicePointId": library.ids["main desk"], "checkInDate": "2026-01-01"}
    only = await refused(client, itemBarcode=item["barcode"], **asked)
    barcode = item["barcode"]
    assert only["message"] == (
        f"Emma (book) (Barcode: {barcode}) has the item status Intellectual item and cannot be checked in"
    )


async def test_a_hold_without_a_pickup_service_point_cannot_be_filled(
    library: Library, client: httpx.AsyncClient
) -> None:
    item = await library.item()
    await request(library, item, pickupServicePointId=None)
    asked = {"servicePointId": library.ids["main desk"], "checkInDate": "2026-01-01"}
    only = await refused(client, itemBarcode=item["barcode"], **asked)
    assert only["message"].startswith("Failed to check in item due to the highest priority request missing")


async def test_a_check_in_takes_few_round_trips(library: Library, tx: Tx, statements: list[str]) -> None:
    item = await library.item()
    await library.check_out(await library.patron(), item)
    await request(library, item)
    await request(library, item, position=2)
    body = {
        "itemBarcode": item["barcode"], "servicePointId": library.ids["main desk"], "checkInDate": "2026-01-01",
    }  # fmt: skip
    asked = CheckInByBarcode.from_wire(body)
    await asyncio.sleep(0)
    statements.clear()
    await check_in(Tx(tx.connection, tx.schema, tx.now, str(uuid4())), asked)
    await asyncio.sleep(0)
    begin_and_commit = 2
    assert len(statements) + begin_and_commit <= 7
