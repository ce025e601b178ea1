"""Inventory over HTTP: effective values, versions, mod-inventory's nested form, places that requests keep."""

from uuid import uuid4

import httpx
import pytest

from conftest import Clock
from library import Json, Library

UNKNOWN = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
async def item(library: Library) -> Json:
    return await library.item()


async def holdings_of(library: Library, item: Json) -> Json:
    return await library.get(f"/holdings-storage/holdings/{item['holdingsRecordId']}")


async def again(library: Library, item: Json) -> Json:
    return await library.get(f"/item-storage/items/{item['id']}")


async def change(library: Library, item: Json, **fields: object) -> Json:
    now = await again(library, item)
    await library.put(f"/item-storage/items/{item['id']}", {**now, **fields})
    return await again(library, item)


async def test_an_item_is_where_its_holdings_are(library: Library, item: Json):
    assert item["effectiveLocationId"] == library.ids["main stacks"]
    assert item["effectiveCallNumberComponents"] == {"callNumber": "PR4034 .P7"}
    assert item["effectiveShelvingOrder"] == "PR4034 .P7"
    assert item["hrid"].startswith("it")
    assert item["_version"] == 1


async def test_an_items_own_values_come_first(library: Library, item: Json):
    own = await change(
        library, item, itemLevelCallNumber="X 1", itemLevelCallNumberSuffix="fol.", volume="2", copyNumber="c. 3",
        permanentLocationId=library.ids["branch stacks"],
    )
    assert own["effectiveCallNumberComponents"] == {"callNumber": "X 1", "suffix": "fol."}
    assert own["effectiveShelvingOrder"] == "X 1 2 c. 3 fol."
    assert own["effectiveLocationId"] == library.ids["branch stacks"]
    back = await change(library, item, temporaryLocationId=library.ids["main stacks"])
    assert back["effectiveLocationId"] == library.ids["main stacks"]
    assert back["_version"] == 3


async def test_effective_values_are_the_servers_alone(library: Library, item: Json):
    forged = await change(library, item, effectiveLocationId=library.ids["branch stacks"], effectiveShelvingOrder="A")
    assert forged["effectiveLocationId"] == library.ids["main stacks"]
    assert forged["effectiveShelvingOrder"] == "PR4034 .P7"


async def test_items_follow_their_holdings(library: Library, item: Json):
    holdings = await holdings_of(library, item)
    changed = {**holdings, "temporaryLocationId": library.ids["branch stacks"], "callNumber": "QA 76"}
    await library.put(f"/holdings-storage/holdings/{holdings['id']}", changed)
    assert (await holdings_of(library, item))["effectiveLocationId"] == library.ids["branch stacks"]
    moved = await again(library, item)
    assert moved["effectiveLocationId"] == library.ids["branch stacks"]
    assert moved["effectiveShelvingOrder"] == "QA 76"
    assert moved["_version"] == 2


async def test_items_that_need_not_follow_stay_as_they_are(library: Library, item: Json):
    holdings = await holdings_of(library, item)
    await library.put(f"/holdings-storage/holdings/{holdings['id']}", {**holdings, "copyNumber": "1"})
    assert await again(library, item) == item


async def test_the_date_of_a_status_changes_with_its_name(library: Library, item: Json, clock: Clock):
    clock.advance(hours=1)
    same = await change(library, item, status={"name": "Available", "date": "2001-01-01"}, copyNumber="2")
    assert same["status"] == item["status"]
    missing = await change(library, item, status={"name": "Missing"})
    assert missing["status"]["date"] > item["status"]["date"]


async def test_versions_guard_against_lost_changes(library: Library, client: httpx.AsyncClient, item: Json):
    path = f"/item-storage/items/{item['id']}"
    stale = await client.put(path, json={**item, "_version": 7})
    assert stale.status_code == 409
    assert "Stored _version is 1, _version of request is 7" in stale.text
    missing = await client.put(path, json={key: part for key, part in item.items() if key != "_version"})
    assert missing.status_code == 409
    assert (await client.put(path, json={**item, "_version": "1"})).status_code == 204


async def test_refusals_of_items(library: Library, client: httpx.AsyncClient, item: Json):
    other = await library.item()
    path = f"/item-storage/items/{item['id']}"
    unknown = {**item, "holdingsRecordId": UNKNOWN}
    text = f"Cannot set item.holdingsrecordid = {UNKNOWN} because it does not exist in holdings_record.id."
    answer = await client.put(path, json=unknown)
    assert (answer.status_code, answer.text) == (400, text)
    fresh = {key: part for key, part in unknown.items() if key not in ("id", "barcode", "hrid")}
    answer = await client.post("/item-storage/items", json=fresh)
    assert (answer.status_code, answer.json()["errors"][0]["message"]) == (422, text)
    answer = await client.put(path, json={**item, "barcode": other["barcode"]})
    assert answer.status_code == 400
    assert "value already exists in table item" in answer.text
    answer = await client.put(f"/item-storage/items/{UNKNOWN}", json=item)
    assert (answer.status_code, answer.text) == (404, "item not found")


async def test_mod_inventory_takes_and_shows_nested_references(library: Library, client: httpx.AsyncClient):
    holdings = await holdings_of(library, await library.item(await library.instance("Persuasion")))
    made = await library.post(
        "/inventory/items", holdingsRecordId=holdings["id"], barcode="F1", status={"name": "Available"},
        materialType={"id": library.ids["book"]}, permanentLoanType={"id": library.ids["can circulate"]},
        temporaryLocation={"id": library.ids["branch stacks"]}, callNumber="ignored", whatever=True,
    )
    assert made["title"] == "Persuasion"
    assert made["contributorNames"] == [{"name": "Austen, Jane"}]
    assert made["materialType"] == {"id": library.ids["book"], "name": "book"}
    assert made["permanentLoanType"]["name"] == "can circulate"
    assert made["effectiveLocation"] == {"id": library.ids["branch stacks"], "name": "branch stacks"}
    assert made["isBoundWith"] is False
    assert "materialTypeId" not in made
    assert await library.get(f"/inventory/items/{made['id']}") == made
    listed = await library.get("/inventory/items?query=barcode==F1")
    assert listed == {"items": [made], "totalRecords": 1}
    changed = {**made, "_version": "1", "barcode": "F2", "materialType": {"id": library.ids["film"]}}
    await library.put(f"/inventory/items/{made['id']}", changed)
    now = await library.get(f"/inventory/items/{made['id']}")
    assert (now["barcode"], now["materialType"]["name"], now["_version"]) == ("F2", "film", 2)
    assert (await client.delete(f"/inventory/items/{made['id']}")).status_code == 204
    assert (await client.get(f"/inventory/items/{made['id']}")).status_code == 404


async def test_refusals_of_mod_inventory(library: Library, client: httpx.AsyncClient, item: Json):
    nested = {
        "holdingsRecordId": item["holdingsRecordId"], "status": {"name": "Available"}, "_version": 1,
        "materialType": {"id": library.ids["book"]}, "permanentLoanType": {"id": library.ids["can circulate"]},
    }

    async def refused(answer: httpx.Response) -> tuple[int, str]:
        if answer.status_code != 422:
            return answer.status_code, answer.text
        return 422, answer.json()["errors"][0]["message"]

    async def post(**more: object) -> tuple[int, str]:
        return await refused(await client.post("/inventory/items", json={**nested, **more}))

    async def put(record_id: str, **more: object) -> tuple[int, str]:
        return await refused(await client.put(f"/inventory/items/{record_id}", json={**nested, **more}))

    taken = f"Barcode must be unique, {item['barcode']} is already assigned to another item"
    other = await library.item(status={"name": "Claimed returned"})
    assert await post(status=None) == (422, "Status is a required field")
    assert await post(status={"name": "Lent"}) == (422, "Undefined status specified")
    assert await post(barcode=item["barcode"]) == (400, taken)
    assert await put(other["id"], barcode=item["barcode"]) == (400, taken)
    assert (await post(holdingsRecordId=UNKNOWN))[1].startswith("Cannot set item.holdingsrecordid")
    assert (await put(item["id"], holdingsRecordId=UNKNOWN))[1].startswith("Cannot set item.holdingsrecordid")
    assert await put(UNKNOWN) == (404, "No item found")
    assert await put("nonsense") == (404, "No item found")
    assert await put(item["id"], hrid="it1") == (422, "HRID can not be updated")
    assert await put(other["id"], status={"name": "Missing"}) == (
        422, "Claimed returned item cannot be marked as missing",
    )
    assert (await put(item["id"], _version=9))[0] == 409
    assert (await client.post("/inventory/items", content="[]")).status_code == 400


async def test_items_by_holdings_include_what_is_bound_with_them(library: Library, client: httpx.AsyncClient):
    own, other = await library.item(), await library.item()
    await library.post(
        "/inventory-storage/bound-with-parts", itemId=other["id"], holdingsRecordId=own["holdingsRecordId"]
    )
    path = f"/inventory/items-by-holdings-id?query=holdingsRecordId=={own['holdingsRecordId']}"
    found = await library.get(path)
    assert {item["id"] for item in found["items"]} == {own["id"], other["id"]}
    assert found["totalRecords"] == 2
    assert {item["id"]: item["isBoundWith"] for item in found["items"]}[other["id"]] is True
    usual = await library.get(f"/inventory/items-by-holdings-id?query=barcode=={own['barcode']}")
    assert [item["id"] for item in usual["items"]] == [own["id"]]
    bad = f"holdingsRecordId=={'a' * 36}"
    assert (await client.get("/inventory/items-by-holdings-id", params={"query": bad})).status_code == 400


async def test_instances_of_mod_inventory(library: Library, client: httpx.AsyncClient):
    made = await library.post(
        "/inventory/instances", title="Emma", source="FOLIO", instanceTypeId=library.ids["text"], parentInstances=[],
    )
    path = f"/inventory/instances/{made['id']}"
    assert await library.get(path) == made
    await library.put(path, {**made, "title": "Emma, a novel", "isBoundWith": False})
    assert (await library.get("/inventory/instances?query=title=novel"))["instances"][0]["_version"] == 2
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404
    assert (await client.get("/inventory/instances/nonsense")).status_code == 404
    assert (await client.post("/inventory/instances", content="[]")).status_code == 400


async def test_requests_keep_up_with_items_and_places(library: Library, client: httpx.AsyncClient):
    item, patron = await library.item(status={"name": "Available"}), await library.patron()
    await library.check_out(await library.patron(), item)
    request = await library.hold(patron, item)

    async def kept() -> Json:
        return await library.get(f"/request-storage/requests/{request['id']}")

    assert (await kept())["item"]["barcode"] == item["barcode"]
    await change(library, item, barcode="NEW", itemLevelCallNumber="Z 9", temporaryLocationId=library.ids["branch stacks"])
    now = await kept()
    assert now["item"]["barcode"] == "NEW"
    assert now["item"]["itemEffectiveLocationName"] == "branch stacks"
    assert now["item"]["retrievalServicePointName"] == "branch desk"
    assert now["searchIndex"]["callNumberComponents"] == {"callNumber": "Z 9"}
    assert now["searchIndex"]["pickupServicePointName"] == "main desk"
    location = await library.get(f"/locations/{library.ids['branch stacks']}")
    await library.put(f"/locations/{location['id']}", {**location, "name": "far stacks"})
    assert (await kept())["item"]["itemEffectiveLocationName"] == "far stacks"
    for desk in ("main desk", "branch desk"):
        point = await library.get(f"/service-points/{library.ids[desk]}")
        await library.put(f"/service-points/{point['id']}", {**point, "name": f"new {desk}"})
    now = await kept()
    assert now["searchIndex"]["pickupServicePointName"] == "new main desk"
    assert now["item"]["retrievalServicePointName"] == "new branch desk"


async def test_a_location_keeps_its_id(library: Library, client: httpx.AsyncClient):
    location = await library.get(f"/locations/{library.ids['main stacks']}")
    answer = await client.put(f"/locations/{location['id']}", json={**location, "id": str(uuid4())})
    assert answer.json()["errors"][0]["message"] == "Illegal operation: id cannot be changed"


async def test_request_policies_forget_places_where_nothing_is_picked_up(library: Library, client: httpx.AsyncClient):
    main, branch = library.ids["main desk"], library.ids["branch desk"]
    path = "/request-policy-storage/request-policies"
    both = await library.post(
        path, name="both", requestTypes=["Hold", "Page"], allowedServicePoints={"Hold": [main, branch], "Page": [branch]}
    )
    one = await library.post(path, name="one", requestTypes=["Page"], allowedServicePoints={"Page": [branch]})
    await library.put(f"{path}/{one['id']}", {**one, "description": "at the branch"})
    point = await library.get(f"/service-points/{branch}")
    closed = {key: part for key, part in point.items() if key != "holdShelfExpiryPeriod"}
    await library.put(f"/service-points/{branch}", {**closed, "pickupLocation": False})
    both = await library.get(f"{path}/{both['id']}")
    assert (both["requestTypes"], both["allowedServicePoints"]) == (["Hold"], {"Hold": [main]})
    one = await library.get(f"{path}/{one['id']}")
    assert one["requestTypes"] == []
    assert "allowedServicePoints" not in one
    refused = await client.post(path, json={"name": "x", "allowedServicePoints": {"Page": [branch]}})
    assert refused.json()["errors"][0]["code"] == "INVALID_ALLOWED_SERVICE_POINT"
    refused = await client.put(f"{path}/{one['id']}", json={**one, "allowedServicePoints": {"Page": [UNKNOWN]}})
    assert refused.json()["errors"][0]["message"] == "One or more Pickup locations are no longer available"


async def test_a_deleted_service_point_leaves_the_request_policies(library: Library, client: httpx.AsyncClient):
    desk = await library.post("/service-points", name="Kiosk", code="K", discoveryDisplayName="Kiosk",
                              pickupLocation=True, holdShelfExpiryPeriod={"duration": 1, "intervalId": "Days"})
    path = "/request-policy-storage/request-policies"
    policy = await library.post(path, name="kiosk", requestTypes=["Page"], allowedServicePoints={"Page": [desk["id"]]})
    assert (await client.delete(f"/service-points/{desk['id']}")).status_code == 204
    assert "allowedServicePoints" not in await library.get(f"{path}/{policy['id']}")
