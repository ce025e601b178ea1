"""Slips and reports: what staff print, fetch, look for and clear away."""

from typing import Any
from uuid import uuid4

import httpx

from conftest import Clock
from library import Library
from octavo_models.scalars import format_instant
from requesting import title_draft, title_level

Json = dict[str, Any]
DEFAULT_SLIPS = {
    "Hold", "Transit", "Request delivery", "Pick slip", "Due date receipt", "Search slip (Hold requests)",
    "Transit (mediated requests)",
}  # fmt: skip


async def slips(library: Library, kind: str, desk: str = "main desk") -> list[Json]:
    many = {"pick": "pickSlips", "search": "searchSlips"}[kind]
    answer = await library.get(f"/circulation/{kind}-slips/{library.ids[desk]}")
    assert answer["totalRecords"] == len(answer[many])
    return answer[many]


async def paged(library: Library, item: Json | None = None, **more: Any) -> Json:
    return await library.hold(await library.patron(), item or await library.item(), requestType="Page", **more)


async def test_every_tenant_has_seven_staff_slips(library: Library):
    known = await library.get("/staff-slips-storage/staff-slips?limit=100")
    assert {slip["name"] for slip in known["staffSlips"]} == DEFAULT_SLIPS
    search = await library.get("/staff-slips-storage/staff-slips/e6e29ec1-1a76-4913-bbd3-65f4ffd94e03")
    assert (search["name"], search["active"]) == ("Search slip (Hold requests)", True)


async def test_a_pick_slip_says_what_to_fetch_and_for_whom(library: Library, clock: Clock):
    departments = [await library.post("/departments", name=name, code=name) for name in ("History", "Law")]
    patron = await library.patron(departments=[one["id"] for one in departments])
    item = await library.item(copyNumber="c.2", volume="v.3")
    request = await library.hold(patron, item, requestType="Page", patronComments="soon, please")
    (slip,) = await slips(library, "pick")
    assert slip["currentDateTime"] == format_instant(clock.now)
    known = {
        "barcode": item["barcode"], "status": "Paged", "callNumber": "PR4034 .P7", "copy": "c.2", "volume": "v.3",
        "loanType": "can circulate", "materialType": "book", "effectiveLocationSpecific": "main stacks",
        "effectiveLocationLibrary": "Main", "effectiveLocationCampus": "Centre", "effectiveLocationInstitution": "City",
        "effectiveLocationDiscoveryDisplayName": "main stacks", "effectiveLocationPrimaryServicePointName": "main desk",
        "primaryContributor": "Austen, Jane", "allContributors": "Austen, Jane",
    }  # fmt: skip
    assert {name: slip["item"].get(name) for name in known} == known
    assert slip["item"]["instanceHrid"].startswith("in")
    assert slip["request"] == {
        "requestID": request["id"], "servicePointPickup": "main desk", "requestDate": request["requestDate"],
        "patronComments": "soon, please",
    }  # fmt: skip
    assert slip["requester"] == {
        "firstName": "Ann", "lastName": patron["personal"]["lastName"], "barcode": patron["barcode"],
        "patronGroup": "students", "departments": "History; Law",
    }  # fmt: skip


async def test_pick_slips_are_for_the_desk_of_the_shelf_and_in_the_order_of_the_shelf(library: Library):
    for title in ("Persuasion", "Emma"):
        await paged(library, await library.item(await library.instance(title)))
    await paged(library, await library.item(stacks="branch stacks"), desk="main desk")
    assert [slip["item"]["title"] for slip in await slips(library, "pick")] == ["Emma", "Persuasion"]
    assert len(await slips(library, "pick", "branch desk")) == 1


async def test_nobody_fetches_what_was_fetched_already(library: Library):
    item = await library.item()
    await paged(library, item)
    assert len(await slips(library, "pick")) == 1
    await library.check_in(item)
    assert await slips(library, "pick") == []


async def test_search_slips_are_made_only_where_holds_are_printed(library: Library):
    item = await library.item()
    await library.check_out(await library.patron(), item)
    await library.hold(await library.patron(), item)
    assert await slips(library, "search") == []
    setting = {"id": str(uuid4()), "name": "PRINT_HOLD_REQUESTS", "value": {"printHoldRequestsEnabled": True}}
    await library.post("/circulation/settings", **setting)
    assert [slip["item"]["barcode"] for slip in await slips(library, "search")] == [item["barcode"]]
    assert await slips(library, "pick") == []


async def test_a_hold_of_any_copy_is_looked_for_wherever_there_is_one(library: Library):
    emma = await library.instance("Emma", editions=["2nd"], publication=[{"dateOfPublication": "1816"}])
    for stacks in ("main stacks", "branch stacks", "main stacks"):
        await library.check_out(await library.patron(), await library.item(emma, stacks))
    await title_level(library)
    patron = await library.patron()
    request = await library.post("/circulation/requests", **title_draft(library, patron, emma, "Hold"))
    assert await slips(library, "search") == []
    setting = {"id": str(uuid4()), "name": "PRINT_HOLD_REQUESTS", "value": {"printHoldRequestsEnabled": True}}
    await library.post("/circulation/settings", **setting)
    (slip,) = await slips(library, "search")
    assert slip["request"]["requestID"] == request["id"]
    assert slip["requester"]["barcode"] == patron["barcode"]
    assert slip["item"] == {
        "title": "Emma", "primaryContributor": "Austen, Jane", "allContributors": "Austen, Jane", "editions": "2nd",
        "datesOfPublication": "1816", "instanceHrid": emma["hrid"],
    }  # fmt: skip
    assert await slips(library, "search", "branch desk") == [slip]
    other = await library.instance()
    await library.item(other, status={"name": "Checked out"})
    await library.post("/circulation/requests", **title_draft(library, patron, other, "Hold"))
    assert len(await slips(library, "search", "branch desk")) == 1


async def test_a_delivery_is_addressed(library: Library):
    home = await library.post("/addresstypes", addressType="Home")
    address = {"addressTypeId": home["id"], "addressLine1": "1 Main Street", "city": "Bath", "postalCode": "BA1"}
    patron = await library.patron(personal={"lastName": "Reader", "email": "r@example.org", "addresses": [address]})
    item = await library.item()
    request = await library.hold(patron, item, requestType="Page")
    stored = await library.get(f"/request-storage/requests/{request['id']}")
    stored |= {"fulfillmentPreference": "Delivery", "deliveryAddressTypeId": home["id"]}
    await library.put(f"/request-storage/requests/{request['id']}", stored)
    (slip,) = await slips(library, "pick")
    assert slip["request"]["deliveryAddressType"] == "Home"
    assert {name: slip["requester"].get(name) for name in ("addressLine1", "city", "postalCode")} == {
        "addressLine1": "1 Main Street", "city": "Bath", "postalCode": "BA1",
    }  # fmt: skip


async def clearance(library: Library, desk: str = "main desk") -> list[str]:
    report = await library.get(f"/circulation/requests-reports/hold-shelf-clearance/{library.ids[desk]}")
    assert report["totalRecords"] == len(report["requests"])
    return [request["id"] for request in report["requests"]]


async def test_what_lies_on_the_hold_shelf_for_nobody_is_to_be_cleared(client: httpx.AsyncClient, library: Library):
    item = await library.item()
    request = await paged(library, item)
    await library.check_in(item)
    assert await clearance(library) == []

    cancelled = {
        **await library.get(f"/circulation/requests/{request['id']}"), "status": "Closed - Cancelled",
        "cancellationReasonId": library.ids["cancelled by patron"],
    }  # fmt: skip
    await library.put(f"/circulation/requests/{request['id']}", cancelled)
    assert await clearance(library) == [request["id"]]
    assert await clearance(library, "branch desk") == []

    await library.check_in(item)
    assert await clearance(library) == [], "it is back on its own shelf"


async def test_items_in_transit_are_listed_with_what_moves_them(library: Library):
    item = await library.item()
    assert (await library.get("/inventory-reports/items-in-transit"))["items"] == []
    await paged(library, item, desk="branch desk")
    await library.check_in(item)
    report = await library.get("/inventory-reports/items-in-transit")
    assert report["totalRecords"] == 1
    (shown,) = report["items"]
    assert (shown["id"], shown["barcode"], shown["status"]["name"]) == (item["id"], item["barcode"], "In transit")
    assert shown["location"] == {"name": "main stacks", "code": "main/st", "libraryName": "Main"}
    assert shown["request"]["requestType"] == "Page"
    assert shown["request"]["requestPickupServicePointName"] == "branch desk"
    assert shown["inTransitDestinationServicePoint"]["name"] == "branch desk"
    assert shown["lastCheckIn"]["servicePoint"]["name"] == "main desk"


async def test_works_are_listed_with_their_copies(library: Library):
    emma = await library.instance("Emma")
    copies = [await library.item(emma) for _ in range(2)]
    await library.item(await library.instance("Persuasion"))
    listed = await library.get("/circulation/items-by-instance?query=title==Emma")
    assert listed["totalRecords"] == 1
    (work,) = listed["instances"]
    assert [item["barcode"] for item in work["items"]] == [copy["barcode"] for copy in copies]
    lonely = await library.instance("Sanditon")
    listed = await library.get(f"/circulation/items-by-instance?query=id=={lonely['id']}")
    assert listed["instances"][0]["items"] == []
