"""Requests in tests: bodies to send, and what comes back."""

REQUESTS = "/circulation/requests"


async def lent(library, **more):
    """An item that somebody has on loan."""
    lender, item = await library.patron(), await library.item(**more)
    loan = await library.check_out(lender, item)
    return item, loan, lender


def draft(library, patron, item, holdings=None, **more):
    return {
        "requestType": "Hold", "requestLevel": "Item", "requestDate": library.clock().isoformat(), "requesterId": patron["id"],
        "itemId": item["id"], "fulfillmentPreference": "Hold Shelf", "pickupServicePointId": library.ids["main desk"],
    } | ({"holdingsRecordId": holdings["id"], "instanceId": holdings["instanceId"]} if holdings else {}) | more


async def full_draft(library, patron, item, **more):
    holdings = await library.get(f"/holdings-storage/holdings/{item['holdingsRecordId']}")
    return draft(library, patron, item, holdings, **more)


async def refused(client, path, body, status=422):
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()["errors"] if status == 422 else answer.text


async def positions(library, item):
    queue = await library.get(f"{REQUESTS}/queue/item/{item['id']}")
    assert queue["totalRecords"] == len(queue["requests"])
    return {request["id"]: request["position"] for request in queue["requests"]}


async def title_level(library, **more):
    value = {"titleLevelRequestsFeatureEnabled": True, "createTitleLevelRequestsByDefault": False, **more}
    await library.post(
        "/circulation-settings-storage/circulation-settings", id="91c754c3-33b4-492c-83ba-bd7426e56021", name="TLR", value=value
    )


def title_draft(library, patron, instance, kind):
    return {
        "requestType": kind, "requestLevel": "Title", "requestDate": library.clock().isoformat(), "requesterId": patron["id"],
        "instanceId": instance["id"], "fulfillmentPreference": "Hold Shelf", "pickupServicePointId": library.ids["main desk"],
    }
