"""Requests for titles, for any copy of a work, and where requests may be picked up."""

import pytest

from requesting import REQUESTS, lent, refused, title_draft, title_level


async def test_an_instance_request_takes_the_copy_that_can_be_had_first(client, library):
    instance = await library.instance()
    lent_copy, free = await library.item(instance), await library.item(instance)
    await library.check_out(await library.patron(), lent_copy)
    body = {
        "instanceId": instance["id"], "requestDate": library.clock().isoformat(),
        "pickupServicePointId": library.ids["main desk"],
    }
    patron = await library.patron()
    made = await library.post(f"{REQUESTS}/instances", **body, requesterId=patron["id"])
    assert (made["itemId"], made["requestType"]) == (free["id"], "Page")
    (error,) = await refused(client, f"{REQUESTS}/instances", {**body, "requesterId": patron["id"]})
    assert error["message"] == "This requester already has an open request for an item of this instance"
    next_one = await library.post(f"{REQUESTS}/instances", **body, requesterId=(await library.patron())["id"])
    assert (next_one["itemId"], next_one["requestType"]) == (lent_copy["id"], "Recall")


async def test_an_instance_request_says_what_is_missing(client, library):
    errors = await refused(client, f"{REQUESTS}/instances", {})
    assert [error["message"] for error in errors] == [
        "Request must have a request date", "Request must have a requester id", "Request must have an instance id",
    ]
    instance, patron = await library.instance(), await library.patron()
    body = {
        "instanceId": instance["id"], "requesterId": patron["id"], "requestDate": library.clock().isoformat(),
        "pickupServicePointId": library.ids["main desk"],
    }
    (error,) = await refused(client, f"{REQUESTS}/instances", body)
    assert error["message"] == "There are no holdings for this instance"
    await library.post(
        "/holdings-storage/holdings", instanceId=instance["id"], permanentLocationId=library.ids["main stacks"],
        sourceId=library.ids["source"],
    )
    (error,) = await refused(client, f"{REQUESTS}/instances", body)
    assert error["message"] == "There are no items for this instance"


async def test_titles_are_requested_in_one_queue_once_that_is_switched_on(client, library):
    await title_level(library)
    instance = await library.instance()
    first, second = await library.item(instance), await library.item(instance)
    page = await library.post(REQUESTS, **title_draft(library, await library.patron(), instance, "Page"))
    assert page["itemId"] in (first["id"], second["id"])
    (error,) = await refused(client, REQUESTS, title_draft(library, await library.patron(), instance, "Hold"))
    assert error["code"] == "HOLD_AND_RECALL_TLR_NOT_ALLOWED_PAGEABLE_AVAILABLE_ITEM_FOUND"
    other = second if page["itemId"] == first["id"] else first
    loan = await library.check_out(await library.patron(), other)
    hold = await library.post(REQUESTS, **title_draft(library, await library.patron(), instance, "Hold"))
    recall = await library.post(REQUESTS, **title_draft(library, await library.patron(), instance, "Recall"))
    assert "itemId" not in hold
    assert recall["itemId"] == other["id"]
    assert [page["position"], hold["position"], recall["position"]] == [1, 2, 3]
    assert (await library.get(f"/loan-storage/loans/{loan['id']}"))["action"] == "recallrequested"
    queue = await library.get(f"{REQUESTS}/queue/instance/{instance['id']}")
    assert [request["id"] for request in queue["requests"]] == [page["id"], hold["id"], recall["id"]]
    assert (await client.delete(f"{REQUESTS}/{page['id']}")).status_code == 204
    queue = await library.get(f"{REQUESTS}/queue/instance/{instance['id']}")
    assert [request["position"] for request in queue["requests"]] == [1, 2]


async def test_a_title_without_items_can_be_held(client, library):
    await title_level(library)
    instance, patron = await library.instance(), await library.patron()
    query = f"operation=create&requesterId={patron['id']}&instanceId={instance['id']}"
    assert set(await library.get(f"{REQUESTS}/allowed-service-points?{query}")) == {"Hold"}
    body = {"instanceId": instance["id"], "requesterId": patron["id"], "requestDate": library.clock().isoformat(),
            "pickupServicePointId": library.ids["main desk"]}
    made = await library.post(f"{REQUESTS}/instances", **body)
    assert (made["requestType"], made["requestLevel"]) == ("Hold", "Title")
    (error,) = await refused(client, REQUESTS, title_draft(library, patron, instance, "Hold"))
    assert error["code"] == "INSTANCE_ALREADY_REQUESTED"


async def test_pickup_points_are_told_for_patron_group_item_instance_and_request(client, library):
    item, _, _ = await lent(library)
    hold = await library.hold(await library.patron(), item)
    ways = {
        f"operation=create&patronGroupId={library.ids['students']}&itemId={item['id']}": {"Hold", "Recall"},
        f"operation=create&patronGroupId={library.ids['students']}&instanceId={hold['instanceId']}": {"Hold", "Recall"},
        f"operation=replace&requestId={hold['id']}": {"Page", "Hold", "Recall"},
        f"operation=move&requestId={hold['id']}&itemId={item['id']}": {"Hold", "Recall"},
    }
    for query, kinds in ways.items():
        points = await library.get(f"{REQUESTS}/allowed-service-points?{query}")
        assert set(points) == kinds, query
        assert [point["name"] for point in points["Hold"]] == ["branch desk", "main desk"]
        assert set(points["Hold"][0]) == {"id", "name", "discoveryDisplayName"}


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("operation=create", 400, "Invalid combination of query parameters"),
        ("operation=create&requesterId=x&itemId=y", 400, "Requester ID is not a valid UUID: x. Item ID is not a valid UUID: y."),
        ("operation=replace&requestId=5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e&useStubItem=maybe", 400, "useStubItem is not a valid boolean: maybe."),
        ("operation=replace&requestId=5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e", 422, "Request with ID 5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e was not found"),
        (
            "operation=create&patronGroupId=5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e&itemId=5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e",
            422, "Item with id=5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e cannot be found",
        ),
        (
            "operation=create&requesterId=5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e&itemId=5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e",
            422, "User with ID 5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e was not found",
        ),
        (
            "operation=create&patronGroupId=5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e&instanceId=5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e",
            422, "Instance with ID 5e9a4e2f-8c8b-4d0c-9d4e-9d4e9d4e9d4e was not found",
        ),
    ],
)
async def test_pickup_points_are_asked_for_in_folios_ways(client, library, query, status, text):
    answer = await client.get(f"{REQUESTS}/allowed-service-points?{query}")
    assert answer.status_code == status
    assert text in answer.text


async def test_the_nearest_available_copy_is_paged_for_a_title(client, library):
    await title_level(library)
    instance = await library.instance()
    copies = [await library.item(instance, stacks=stacks) for stacks in ("main stacks", "branch stacks", "main stacks")]
    body = title_draft(library, await library.patron(), instance, "Page")
    page = await library.post(REQUESTS, **{**body, "pickupServicePointId": library.ids["branch desk"]})
    assert page["itemId"] == copies[1]["id"]


async def test_an_instance_request_that_no_copy_can_serve_tells_every_reason_once(client, library):
    instance = await library.instance()
    for _ in range(2):
        await library.item(instance, status={"name": "Declared lost"})
    body = {
        "instanceId": instance["id"], "requesterId": (await library.patron())["id"], "requestDate": library.clock().isoformat(),
        "pickupServicePointId": library.ids["main desk"],
    }
    errors = await refused(client, f"{REQUESTS}/instances", body)
    assert [error["message"] for error in errors] == [
        f"{kind} requests are not allowed for this patron and item combination" for kind in ("Page", "Recall", "Hold")
    ]


async def test_a_title_without_items_is_not_held_where_holds_must_follow_the_rules(client, library):
    await title_level(library, tlrHoldShouldFollowCirculationRules=True)
    instance, patron = await library.instance(), await library.patron()
    query = f"operation=create&requesterId={patron['id']}&instanceId={instance['id']}"
    assert await library.get(f"{REQUESTS}/allowed-service-points?{query}") == {}
    (error,) = await refused(client, REQUESTS, title_draft(library, patron, instance, "Hold"))
    assert error["code"] == "REQUEST_NOT_ALLOWED_FOR_PATRON_TITLE_COMBINATION"
